// Results as tables, on the screen and in the documentation.
"use strict";
const fs = require("fs");
const { ratio, median } = require("./measure.js");

const number = (n) => (n >= 1000 ? Math.round(n).toLocaleString("en") : n >= 10 ? n.toFixed(0) : n >= 1 ? n.toFixed(1) : n.toFixed(2));

function table(one, measured) {
  const base = measured.entries.find((e) => e.contestant.name === "bare walk");
  const head = ["engine", "PAC", "bytes", "load ms", "first call ms",
    ...measured.names.flatMap((name) => [`${name} us`, "of the bare walk"]), "wrong"];
  const rows = one.contestants.map((contestant) => {
    const entry = measured.entries.find((e) => e.contestant === contestant);
    const what = contestant.failed || entry.failed;
    const cells = what ? measured.names.flatMap(() => ["-", "-"]) : measured.names.flatMap((name) => {
      const times = ratio(entry, base, name);
      return [number(median(entry.results[name].rounds)),
        entry === base || !times ? "" : `${number(times.min)} / **${number(times.median)}** / ${number(times.max)}`];
    });
    return [measured.engine, contestant.name, contestant.bytes ? contestant.bytes.toLocaleString("en") : "-",
      what ? "-" : number(entry.load), what ? "-" : number(entry.first), ...cells,
      what ? `fails: ${what.slice(0, 100)}` : entry.wrong ? `${(100 * entry.wrong / entry.calls).toFixed(1)} %` : "0"];
  });
  return { head, rows };
}

const markdown = ({ head, rows }) => [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** Writes a text between the marks of a name in a file. */
function between(file, mark, text) {
  const [from, to] = [`<!-- ${mark}: written by bench/run -->`, `<!-- end of ${mark} -->`];
  const old = fs.readFileSync(file, "utf8");
  const [start, end] = [old.indexOf(from), old.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`${file} has no place for ${mark}`);
  fs.writeFileSync(file, `${old.slice(0, start + from.length)}\n\n${text}\n\n${old.slice(end)}`);
}

module.exports = { table, markdown, between, number };
