// The parts that `--only` names: each measures, and shows its tables.
"use strict";
const { execFileSync } = require("child_process");
const fs = require("fs");
const cases = require("./cases.js");
const report = require("./report.js");
const { rounds } = require("./runner.js");
const { invented } = require("../pac/names.js");

const ROUNDS = { 1000: 9, 10000: 7, 100000: 5, 1000000: 3 };
/** After so many minutes a case begins no new round. */
const PATIENCE = 5;

const take = async (bench, built, contestants) => ({ built, entries: await rounds(bench.runner, contestants, ROUNDS[built.names], PATIENCE) });

/** Without the build that says what its steps take. */
const programs = ({ built, entries }) => ({ built, entries: entries.filter(({ contestant }) => contestant.name !== built.steps.name) });

const ofNames = ({ tools, root, names }) =>
  [10000, 100000].map((count) => cases.ofList(tools, root, "names", names.slice(0, count), ["pac", "squid", "csv"]));

async function decide({ compiled, checkout, show }) {
  const env = { ...process.env, BENCH_ROUNDS: "9" };
  const measured = JSON.parse(execFileSync(compiled("decide"), [], { cwd: checkout, encoding: "utf8", env }));
  measured.cases.forEach((one) => show(report.decisions(one)));
}

async function own({ tools, root, checkout, runner, show }) {
  const entries = await rounds(runner, cases.ofOwn(tools, root, checkout), 15, PATIENCE);
  show(report.commands(entries));
}

async function builds(bench) {
  const measured = [];
  for (const one of ofNames(bench)) measured.push(await take(bench, one, [one.ours, one.unproved, one.steps, one.peer]));
  bench.show(report.builds(measured.map(programs)));
  bench.show(report.steps(measured));
}

async function squid(bench) {
  if (!bench.tools.squid) return;
  const measured = [];
  for (const one of ofNames(bench)) {
    await rounds(bench.runner, [one.unproved], 1, PATIENCE);
    measured.push(await take(bench, one, cases.ofSquid(bench.tools, one)));
  }
  const isLine = (line) => line && !line.startsWith("#");
  const lines = (file) => (file ? fs.readFileSync(file, "utf8").split("\n").filter(isLine).length : 0);
  bench.show(report.squid(measured, lines));
}

async function sizes(bench) {
  const measured = [];
  for (const count of [1000, 10000, 100000, 1000000]) {
    const one = cases.ofList(bench.tools, bench.root, "invented", invented(count), ["squid", "csv"]);
    measured.push(await take(bench, one, [one.ours, one.unproved, { ...one.steps, once: true }, one.peer]));
  }
  const built = measured.map(programs);
  bench.show(report.builds(built));
  bench.show(report.linearity(built));
  bench.show(report.steps(measured));
}

module.exports = { decide, own, builds, sizes, squid };
