// What is compared: for each case a folder with the PAC files, and the probes.
"use strict";
const { execFileSync } = require("child_process");
const fs = require("fs");
const path = require("path");
const probes = require("./probes.js");
const representations = require("./representations.js");
const shapes = require("./shapes.js");

const answersOf = (routes) => ["DIRECT", ...Array.from({ length: routes }, (_, i) => `PROXY p${i}.example:8080`)];

/** Builds a site and gives its folder of outputs; `lists` are the lines of each route. */
function site(tools, folder, lists, more = "") {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const routes = lists.map((_, i) => `  p${i}: {proxies: ["http://p${i}.example:8080"]}\n`).join("");
  const rules = lists.map((lines, i) => {
    if (typeof lines === "string") return `  - {route: p${i}, ${lines}}\n`;
    fs.writeFileSync(path.join(folder, `p${i}.txt`), lines.map((line) => `${line}\n`).join(""));
    return `  - {route: p${i}, hosts_file: p${i}.txt}\n`;
  });
  fs.writeFileSync(path.join(folder, "site.yaml"),
    `site: bench\nroutes:\n${routes}rules:\n${rules.join("")}default: direct\noutputs:\n  - {target: pac}\n${more}`);
  execFileSync(tools.pacwright, ["build", "--quiet"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  return path.join(folder, "out");
}

/** A contestant: what it is called, how many proxies it tells apart, its file. */
function contestant(folder, name, routes, make) {
  const file = path.join(folder, `${name.replace(/[^a-z0-9]+/gi, "-")}.pac`);
  try {
    fs.writeFileSync(file, make());
  } catch (error) {
    const why = String(error.stderr || error.message).trim().split("\n")[0];
    return { name, routes, failed: why };
  }
  return { name, routes, file, bytes: fs.statSync(file).size };
}

function ofSize(tools, root, all, count) {
  const names = all.slice(0, count);
  const folder = path.join(root, `names-${count}`);
  fs.mkdirSync(folder, { recursive: true });
  const ours = (routes) => {
    const lists = Array.from({ length: routes }, (_, r) => names.filter((_, i) => i % routes === r).map((n) => `.${n}`));
    return () => fs.readFileSync(path.join(site(tools, path.join(folder, `site-${routes}`), lists), "proxy.pac"), "utf8");
  };
  const index = (routes) => new Map(names.map((name, i) => [name, 1 + (i % routes)]));
  const patterns = names.flatMap((name) => [name, `*.${name}`]);
  const contestants = [
    contestant(folder, "ours", 3, ours(3)),
    contestant(folder, "bare walk", 3, () => shapes.bare(names, 3)),
    contestant(folder, "ours, one proxy", 1, ours(1)),
    contestant(folder, "genpac", 1, () => shapes.genpac(tools.genpac, names, folder, false)),
    contestant(folder, "genpac --pac-compress", 1, () => shapes.genpac(tools.genpac, names, folder, true)),
    contestant(folder, "Get-PacFile's shape", 1, () => shapes.getPacFile(patterns)),
  ];
  return { title: `${count.toLocaleString("en")} names`, contestants, sets: (routes) => probes.ofNames(names, index(routes), answersOf(routes)) };
}

function ofRepresentations(tools, root, all) {
  const count = Math.min(100000, all.length);
  const names = all.slice(0, count);
  const size = ofSize(tools, root, all, count);
  const folder = path.join(root, `names-${count}`);
  const tried = Object.entries(representations).map(([name, make]) => contestant(folder, name, 3, () => make(names, 3)));
  const kept = size.contestants.filter(({ name }) => ["ours", "bare walk"].includes(name));
  return { ...size, title: `${count.toLocaleString("en")} names in other representations`, contestants: [...kept, ...tried] };
}

function ofNetworks(tools, root, all) {
  const names = all.slice(0, 300);
  const folder = path.join(root, "networks");
  const made = probes.ofNetworks(3000, answersOf(1)[1], "DIRECT");
  const lines = [...names.map((n) => `.${n}`), ...made.networks];
  return {
    title: "300 names and 3,000 networks",
    contestants: [
      contestant(root, "ours", 1, () => fs.readFileSync(path.join(site(tools, folder, [lines]), "proxy.pac"), "utf8")),
      contestant(root, "bare walk", 1, () => shapes.bare(names, 1)),
    ],
    sets: () => ({ addresses: made.set }),
  };
}

/** Whether a host is what a pattern of the catalog means: a star stands for a part of a label, at the front for labels. */
function like(pattern, host) {
  if (pattern.startsWith(".")) return host === pattern.slice(1) || host.endsWith(pattern);
  const labels = pattern.split(".").map((label) => label.replace(/[^a-z0-9*]/g, "\\$&").replace(/\*/g, "[^.]*"));
  if (labels[0] === "[^.]*") labels[0] = ".+";
  return new RegExp(`^${labels.join("\\.")}$`).test(host);
}

function ofCatalog(tools, root) {
  const folder = path.join(root, "catalog");
  const more = "  - {target: csv}\nparams: {location: [japaneast], workspace_id: 0a1b2c3d-0000-0000-0000-000000000000, workspace: w}\n";
  let out = null;
  const ours = contestant(root, "ours", 1, () => {
    out = site(tools, folder, ['services: ["*"]'], more);
    return fs.readFileSync(path.join(out, "proxy.pac"), "utf8");
  });
  const rows = out ? fs.readFileSync(path.join(out, "destinations.csv"), "utf8").split("\n").slice(1).map((l) => l.split(",")) : [];
  const entries = rows.filter((r) => r[7] === "proxy" && /^[*.a-z]/.test(r[3])).map((r) => {
    const pattern = r[3].replace(/\/.*/, "");
    return { pattern, ports: r[6].split(" ") };
  });
  const patterns = [...new Set(entries.map((e) => e.pattern))];
  const said = (host, port) => entries.some((e) => (e.ports.includes(`tcp/${port}`) || e.ports.includes("all")) && like(e.pattern, host));
  const hostOf = (pattern, i) => pattern.replace(/^\./, i % 2 ? "www." : "").replace(/^\*/, ["www", "a", "login.eu"][i % 3]).replace(/\*/g, "x1");
  const hosts = Array.from({ length: 2000 }, (_, i) => hostOf(patterns[(i * 7) % patterns.length], i));
  const sets = { hits: hosts, misses: hosts.map((h, i) => (i % 2 ? `${h}.test` : h.replace(/\.[^.]*$/, "q$&"))) };
  const plain = patterns.filter((p) => !/\*./.test(p.slice(1)) && !/^\*[^.]/.test(p)).map((p) => p.replace(/^(\*\.|\.)/, ""));
  return {
    title: `the whole catalog (${patterns.length} patterns with ports)`,
    contestants: [
      ours,
      contestant(root, "bare walk", 1, () => shapes.bare([...new Set(plain)], 1)),
      contestant(root, "genpac", 1, () => shapes.genpac(tools.genpac, patterns.map((p) => p.replace(/^(\*\.|\.)/, "")), root, false)),
      contestant(root, "genpac --pac-compress", 1, () => shapes.genpac(tools.genpac, patterns.map((p) => p.replace(/^(\*\.|\.)/, "")), root, true)),
      contestant(root, "Get-PacFile's shape", 1, () => shapes.getPacFile(patterns.flatMap((p) => (p.startsWith(".") ? [p.slice(1), `*${p}`] : [p])))),
    ],
    sets: () => Object.fromEntries(Object.entries(sets).map(([name, hosts]) => {
      const set = probes.withAnswers(hosts, () => "");
      set.want = set.urls.map((url, i) => answersOf(1)[said(hosts[i], url.startsWith("https") ? 443 : 80) ? 1 : 0]);
      return [name, set];
    })),
  };
}

module.exports = { ofSize, ofRepresentations, ofNetworks, ofCatalog };
