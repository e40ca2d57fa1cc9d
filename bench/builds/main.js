// The benchmark of decisions and of whole builds: `bench/run`, whose options are in bench/README.md.
"use strict";
const { execFileSync } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");
const cases = require("./cases.js");
const report = require("./report.js");
const { Runner, rounds } = require("./runner.js");
const { invented, load } = require("../pac/names.js");
const { between } = require("../pac/report.js");

const checkout = path.join(__dirname, "../..");
const work = path.join(checkout, "target/bench");
const PARTS = ["decide", "builds", "sizes", "own", "squid"];
const ROUNDS = { 10000: 7, 100000: 5, 1000000: 3 };
/** After so many minutes a case begins no new round. */
const PATIENCE = 10;

/** A program, or null where there is none. */
function found(name) {
  const folders = [...process.env.PATH.split(":"), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file)) || null;
}

/** Builds a benchmark of `benches/`, and says where it is. */
function compiled(name) {
  const words = ["bench", "--quiet", "--no-run", "--bench", name, "--message-format=json"];
  const lines = execFileSync("cargo", words, { cwd: checkout, encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "inherit"] });
  return lines.split("\n").filter(Boolean).map((line) => JSON.parse(line)).find((line) => line.target?.name === name && line.executable).executable;
}

function about(tools, source) {
  const version = (tool, ...args) => execFileSync(tool, args, { encoding: "utf8" }).trim().split("\n")[0];
  const lock = fs.readFileSync(path.join(checkout, "Cargo.lock"), "utf8");
  const crate = (name) => `${name} ${lock.match(new RegExp(`name = "${name}"\\nversion = "([^"]*)"`))[1]}`;
  return `${new Date().toISOString().slice(0, 10)}; ${os.cpus()[0].model}, ${os.cpus().length} cores, ${os.type()} ${os.release()}; `
    + `load before the start ${os.loadavg()[0].toFixed(1)}; ${version(tools.pacwright, "--version")}, ${version("rustc", "--version")}, `
    + `${crate("globset")}, ${crate("regex")}, hostlist-compiler ${require(path.join(path.dirname(tools.hostlist), "../package.json")).version} on Node ${process.versions.node}`
    + `${tools.squid ? `, ${version(tools.squid, "-v")}` : ", no Squid"}; names: ${source}.`;
}

async function main() {
  const args = process.argv.slice(2);
  const only = args.includes("--only") ? args[args.indexOf("--only") + 1].split(",") : null;
  const wanted = (part) => !only || only.includes(part);
  if (!PARTS.some(wanted)) return;
  const root = path.join(work, "builds");
  fs.mkdirSync(root, { recursive: true });
  const { names, source } = load(checkout);
  const tools = {
    node: process.execPath,
    pacwright: process.env.PACWRIGHT || path.join(checkout, "target/release/pacwright"),
    hostlist: path.join(work, "node_modules/@adguard/hostlist-compiler/src/cli.js"),
    squid: found("squid"),
    stages: compiled("stages"),
  };
  const text = [about(tools, source)];
  const show = (lines) => {
    text.push(lines);
    console.log(`${lines}\n`);
    if (args.includes("--write")) between(path.join(checkout, "docs/performance.md"), "policy and builds", text.join("\n\n"));
  };
  console.log(`${text[0]}\n`);
  const runner = new Runner(path.join(work, "venv/bin/python"));
  const take = async (built, contestants) =>
    ({ built, entries: await rounds(runner, contestants, ROUNDS[built.names] || 5, PATIENCE) });

  if (wanted("decide")) {
    const env = { ...process.env, BENCH_ROUNDS: "9" };
    const measured = JSON.parse(execFileSync(compiled("decide"), { cwd: checkout, encoding: "utf8", env }));
    show("### Decisions");
    for (const one of measured.cases) show(report.decisions(one));
  }
  const built = {};
  if (wanted("builds") || wanted("squid")) {
    for (const count of [10000, 100000]) {
      built[count] = cases.ofList(tools, root, "names", names.slice(0, count), ["pac", "squid", "csv"]);
    }
  }
  if (wanted("builds")) {
    const measured = [];
    for (const one of Object.values(built)) measured.push(await take(one, [one.ours, one.unproved, one.steps, one.peer]));
    const without = measured.map(({ built, entries }) => ({ built, entries: entries.filter(({ contestant }) => contestant !== built.steps) }));
    show(`### Builds of a list\n\n${report.builds(without)}`);
    show(report.steps(measured));
  }
  if (wanted("sizes")) {
    const measured = [];
    for (const count of [10000, 100000, 1000000]) {
      const one = cases.ofList(tools, root, "invented", invented(count), ["squid", "csv"]);
      measured.push(await take(one, [one.ours, one.unproved, one.steps, one.peer]));
    }
    const without = measured.map(({ built, entries }) => ({ built, entries: entries.filter(({ contestant }) => contestant !== built.steps) }));
    show(`### Ten, a hundred times as many names (invented)\n\n${report.builds(without)}`);
    show(report.linearity(without));
    show(report.steps(measured));
  }
  if (wanted("own")) {
    const entries = await rounds(runner, cases.ofOwn(tools, root, checkout), 15, PATIENCE);
    show(`### The repository's own site\n\n${report.commands(entries)}`);
  }
  if (wanted("squid") && tools.squid) {
    const measured = [];
    for (const one of Object.values(built)) {
      await runner.run(one.ours.command, one.folder);
      measured.push(await take(one, cases.ofSquid(tools, one)));
    }
    const lines = (file) => (file ? fs.readFileSync(file, "utf8").split("\n").filter((line) => line && !line.startsWith("#")).length : 0);
    show(`### What Squid takes to read it\n\n${report.squid(measured, lines)}`);
  }
  runner.end();
}

main().catch((error) => {
  console.error(String(error.stderr || error.stack || error));
  process.exit(1);
});
