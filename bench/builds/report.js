// Results of policy and builds as tables.
"use strict";
const { spread } = require("../pac/measure.js");
const { markdown, number } = require("../pac/report.js");

const list = (values) => {
  const { min, median, max } = spread(values);
  return `${number(min)} / **${number(median)}** / ${number(max)}`;
};

/** How many times as long `entry` took as `base`, round by round. */
const times = (entry, base) => entry.map((value, i) => value / base[i]).filter((ratio) => !Number.isNaN(ratio));
const of = (entry, what) => entry.runs.map((run) => run[what]);

/** Decisions: nanoseconds, times ours, times the bare walk. */
function decisions({ count, contestants }) {
  const [ours, bare] = ["ours", "bare walk"].map((name) => contestants.find((c) => c.name === name));
  const sets = Object.keys(ours.ns);
  const head = ["patterns", "", "load ms", ...sets.flatMap((set) => [`${set} ns`, "times ours", "times the bare walk"]), "wrong"];
  const rows = contestants.map((c) => [count.toLocaleString("en"), c.name, number(c.load_ms),
    ...sets.flatMap((set) => [number(spread(c.ns[set]).median), c === ours ? "" : list(times(c.ns[set], ours.ns[set])),
      c === bare ? "" : list(times(c.ns[set], bare.ns[set]))]),
    c.wrong ? `${(100 * c.wrong / c.asked).toFixed(1)} %` : "0"]);
  return markdown({ head, rows });
}

/** Builds of one list by everybody; times as long as the peer takes, and the other way round. */
function builds(measured) {
  const head = ["names", "outputs", "", "s", "s of processors", "peak MB", "hostlist-compiler, times as long", "of processors, times as long"];
  const rows = measured.flatMap(({ built, entries }) => {
    const peer = entries.find((entry) => entry.contestant === built.peer);
    return entries.map((entry) => [built.names.toLocaleString("en"), entry === peer ? "" : built.outputs.join(" + "), entry.contestant.name,
      list(of(entry, "ms").map((ms) => ms / 1000)), number(spread(of(entry, "cpu")).median / 1000),
      Math.round(spread(of(entry, "mb")).max).toLocaleString("en"),
      ...["ms", "cpu"].map((what) => (entry === peer ? "" : list(times(of(peer, what), of(entry, what)))))]);
  });
  return markdown({ head, rows });
}

/** Sizes on one line: seconds of the median, and in brackets how many times those of the size before. */
function linearity(measured) {
  const names = measured[0].entries.map((entry) => entry.contestant.name);
  return names.map((name) => {
    let before = null;
    const sizes = measured.map(({ built, entries }) => {
      const cpu = spread(of(entries.find((entry) => entry.contestant.name === name), "cpu")).median / 1000;
      const words = `${built.names.toLocaleString("en")} ${number(cpu)}${before ? ` (${number(cpu / before)} times)` : ""}`;
      before = cpu;
      return words;
    });
    return `- ${name}, s of processors: ${sizes.join(", ")}.`;
  }).join("\n");
}

/** What each step of a build takes, in milliseconds: the median of the rounds. */
function steps(measured) {
  const of = (entry) => entry.runs.map((run) => JSON.parse(run.printed.trim().split("\n").pop()));
  const all = measured.map(({ built, entries }) => ({ built, ran: of(entries.find((entry) => entry.contestant.name === built.steps.name)) }));
  const names = ["load", "run", "check", "claims", "proof", "manifest", "publish"];
  const head = ["names", "outputs", ...names.map((name) => `${name} ms`), "the proof's share"];
  const rows = all.map(({ built, ran }) => {
    const medians = names.map((name) => spread(ran.map((run) => run[name])).median);
    const share = spread(ran.map((run) => run.proof / names.reduce((sum, name) => sum + run[name], 0))).median;
    return [built.names.toLocaleString("en"), built.outputs.join(" + "), ...medians.map(number), `${(100 * share).toFixed(0)} %`];
  });
  return markdown({ head, rows });
}

/** Commands, beside what the program takes to say its version. */
function commands(entries) {
  const base = entries[0];
  const head = ["pacwright", "ms", `times \`${base.contestant.name}\``, "peak MB"];
  const rows = entries.map((entry) => [entry.contestant.name, list(of(entry, "ms")),
    entry === base ? "" : list(times(of(entry, "ms"), of(base, "ms"))), Math.round(spread(of(entry, "mb")).max)]);
  return markdown({ head, rows });
}

/** Squid reading lists. */
function squid(measured, lines) {
  const head = ["names", "list", "lines", "ms", "times ours", "peak MB", "Squid says"];
  const rows = measured.flatMap(({ built, entries }) => {
    const ours = entries.find((entry) => entry.contestant.name === "ours");
    return entries.map((entry) => {
      const failed = entry.runs.find((run) => run.code !== 0);
      const said = failed ? `exit ${failed.code}: ${(failed.printed.match(/(?:ERROR|FATAL): (.*)/) || ["", "?"])[1]}` : "nothing";
      return [built.names.toLocaleString("en"), entry.contestant.name, lines(entry.contestant.list).toLocaleString("en"), list(of(entry, "ms")),
        entry === ours ? "" : list(times(of(entry, "ms"), of(ours, "ms"))), Math.round(spread(of(entry, "mb")).max), said];
    });
  });
  return markdown({ head, rows });
}

module.exports = { decisions, builds, linearity, steps, commands, squid };
