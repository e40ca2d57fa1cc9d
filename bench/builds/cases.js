// What is built, and by whom: a folder a case with the list, our site and the configuration of the others.
"use strict";
const fs = require("fs");
const path = require("path");
const { random, shuffle } = require("../pac/names.js");

const ROUTES = 'routes: {web: {proxies: ["http://p.example:8080"]}}\ndefault: direct\n';
const OUTPUTS = { pac: "{target: pac}", squid: "{target: squid, routes: [web]}", csv: "{target: csv}" };

/** Who builds the outputs of a list of names, each with everything below it. */
function ofList(tools, root, title, names, outputs) {
  const folder = path.join(root, `${title}-${names.length}`.replace(/\W+/g, "-"));
  const lines = (form) => names.map((name) => `${form(name)}\n`).join("");
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "list.txt"), lines((name) => `.${name}`));
  fs.writeFileSync(path.join(folder, "site.yaml"),
    `site: big\n${ROUTES}rules: [{route: web, hosts_file: list.txt}]\noutputs: [${outputs.map((name) => OUTPUTS[name]).join(", ")}]\n`);
  fs.writeFileSync(path.join(folder, "rules.txt"), lines((name) => `||${name}^`));
  const source = { source: path.join(folder, "rules.txt"), type: "adblock" };
  fs.writeFileSync(path.join(folder, "config.json"),
    JSON.stringify({ name: "t", sources: [source], transformations: ["Validate", "Deduplicate", "Compress"] }));
  const site = path.join(folder, "site.yaml");
  // Every build writes all of its files anew.
  const contestant = (name, out, command) => ({
    name, command, cwd: folder, before: () => fs.rmSync(path.join(folder, out), { recursive: true, force: true }),
  });
  const ours = contestant("ours", "out", [tools.pacwright, "build", "--quiet"]);
  const unproved = contestant("ours, without the proof", "unproved", [tools.stages, site, path.join(folder, "unproved"), "--without-proof"]);
  const steps = contestant("ours, step by step", "steps", [tools.stages, site, path.join(folder, "steps")]);
  const peer = contestant("hostlist-compiler", "out.txt", [tools.node, tools.hostlist, "-c", "config.json", "-o", "out.txt"]);
  return { title, names: names.length, outputs, folder, ours, unproved, steps, peer };
}

/** The sample site of the repository, and what is asked of it. */
function ofOwn(tools, root, checkout) {
  const folder = path.join(root, "own");
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const config = ["-c", path.join(checkout, "site.yaml")];
  const contestant = (name, words, before) => ({ name, command: [tools.pacwright, ...words], cwd: folder, before });
  const fresh = () => fs.rmSync(path.join(folder, "fresh"), { recursive: true, force: true });
  return [
    contestant("--version", ["--version"]),
    contestant("build, into a new folder", ["build", "--quiet", ...config, "-o", path.join(folder, "fresh")], fresh),
    contestant("build, nothing new", ["build", "--quiet", ...config, "-o", path.join(folder, "same")]),
    { ...contestant("build, without the proof", []), command: [tools.stages, config[1], path.join(folder, "unproved"), "--without-proof"] },
    contestant("explain", ["explain", "login.microsoftonline.com", ...config]),
    contestant("list services", ["list", "services", ...config]),
  ];
}

/** Squid reading a list as we build it, the same lines in any order, and the names as they were given, some below others. */
function ofSquid(tools, built) {
  const configured = (name, list) => {
    const file = path.join(built.folder, `squid-${name}.conf`);
    const acl = list ? `acl l dstdomain -n "${list}"\nhttp_access allow l\n` : "";
    fs.writeFileSync(file, `visible_hostname bench.example\nhttp_port 127.0.0.1:3128\n${acl}http_access deny all\n`);
    return [tools.squid, "-k", "parse", "-f", file];
  };
  const folder = path.join(built.folder, "unproved/squid");
  const ours = fs.readdirSync(folder).filter((name) => name.endsWith(".txt"));
  if (ours.length !== 1) throw new Error(`${folder} holds ${ours.length} lists`);
  const sorted = path.join(folder, ours[0]);
  const lines = fs.readFileSync(sorted, "utf8").split("\n").filter((line) => line.startsWith("."));
  const mixed = path.join(built.folder, "mixed.txt");
  fs.writeFileSync(mixed, shuffle(lines, random(3)).map((line) => `${line}\n`).join(""));
  const contestant = (name, list) => ({ name, command: configured(name, list), cwd: built.folder, fails: name === "unpruned", list });
  return [contestant("none"), contestant("ours", sorted), contestant("mixed", mixed), contestant("unpruned", path.join(built.folder, "list.txt"))];
}

module.exports = { ofList, ofOwn, ofSquid };
