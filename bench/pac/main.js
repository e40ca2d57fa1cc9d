// The benchmark of PAC files: `bench/run`, whose options are in bench/README.md.
"use strict";
const { execFileSync } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");
const cases = require("./cases.js");
const { ENGINES } = require("./child.js");
const { load } = require("./names.js");
const { measure, ratio } = require("./measure.js");
const { table, markdown, between, number } = require("./report.js");
const { HELPERS } = require("./shapes.js");

const checkout = path.join(__dirname, "../..");
const work = path.join(checkout, "target/bench");
const tools = {
  node: process.execPath,
  python: path.join(work, "venv/bin/python"),
  genpac: path.join(work, "venv/bin/genpac"),
  pacwright: process.env.PACWRIGHT || path.join(checkout, "target/release/pacwright"),
};

/** `--only 300,10000,catalog`, `--engines V8,QuickJS`, `--write`. */
function options(args) {
  const value = (name) => (args.includes(name) ? args[args.indexOf(name) + 1].split(",") : null);
  return { only: value("--only"), engines: value("--engines") || Object.keys(ENGINES), write: args.includes("--write") };
}

function about(source) {
  const version = (tool, ...args) => execFileSync(tool, args, { encoding: "utf8" }).trim();
  const packages = version(tools.python, "-m", "pip", "--disable-pip-version-check", "list", "--format=freeze");
  const of = (name) => packages.split("\n").find((line) => line.startsWith(`${name}==`))?.split("==")[1] || "?";
  return `${new Date().toISOString().slice(0, 10)}; ${os.cpus()[0].model}, ${os.cpus().length} cores, ${os.type()} ${os.release()}; `
    + `${version(tools.pacwright, "--version")}, Node ${process.versions.node} (V8 ${process.versions.v8}), `
    + `pacparser ${of("pacparser")}, genpac ${of("genpac")}; names: ${source}.`;
}

/** The ratios that matter most, in words. */
function summary(measured) {
  const of = (name) => measured.entries.find((e) => e.contestant.name === name && !e.failed);
  const ours = of("ours");
  const lines = [];
  for (const peer of ["Get-PacFile's shape", "genpac", "genpac --pac-compress"].map(of).filter((peer) => peer && ours)) {
    const times = measured.names.map((name) => `${name} ${number(ratio(peer, ours, name)?.median || NaN)}`).join(", ");
    lines.push(`${peer.contestant.name}, times as long as ours: ${times}.`);
  }
  return lines;
}

async function main() {
  const { only, engines, write } = options(process.argv.slice(2));
  const wanted = (name) => !only || only.includes(String(name));
  const { names, source } = load(checkout);
  const folder = path.join(work, "pac");
  fs.mkdirSync(folder, { recursive: true });
  const helpers = path.join(folder, "helpers.js");
  fs.writeFileSync(helpers, HELPERS);
  const makers = [
    ...[100, 300, 1000, 10000, 100000].map((count) => [count, () => cases.ofSize(tools, folder, names, count)]),
    ["representations", () => cases.ofRepresentations(tools, folder, names)],
    ["networks", () => cases.ofNetworks(tools, folder, names)],
    ["catalog", () => cases.ofCatalog(tools, folder)],
  ].filter(([name]) => wanted(name));
  // Other benchmarks have words of their own.
  if (makers.length === 0) return;
  const text = [about(source)];
  const show = (lines) => {
    text.push(lines);
    console.log(`${lines}\n`);
  };
  console.log(`${text[0]}\n`);
  for (const [, make] of makers) {
    const one = make();
    show(`### ${one.title[0].toUpperCase()}${one.title.slice(1)}`);
    let head = null;
    const rows = [];
    const said = [];
    for (const engine of engines) {
      const measured = await measure(engine, tools, one, helpers);
      const made = table(one, measured);
      head = made.head;
      rows.push(...made.rows);
      said.push(...summary(measured).map((line) => `- ${engine}: ${line}`));
    }
    show(markdown({ head, rows }));
    if (said.length) show(said.join("\n"));
    // After each case: who ends a run that takes too long keeps what it has.
    if (write) between(path.join(checkout, "docs/performance.md"), "PAC files", text.join("\n\n"));
  }
}

main().catch((error) => {
  console.error(String(error.stderr || error.stack || error));
  process.exit(1);
});
