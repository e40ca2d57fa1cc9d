// The names a benchmark works on, and a random order that is the same in every run.
"use strict";
const fs = require("fs");
const path = require("path");

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function shuffle(list, next) {
  for (let i = list.length - 1; i > 0; i--) {
    const k = Math.floor(next() * (i + 1));
    [list[i], list[k]] = [list[k], list[i]];
  }
  return list;
}

/** Names that look like those of a block list: syllables, some numbers, a few top levels that most names share. */
function invented(count) {
  const next = random(1);
  const pick = (from) => from[Math.floor(next() * from.length)];
  const syllables = "an be co da el fi go ha in jo ka li mo na or pa ra sa ta un ve wo xi za ing net web shop blog cloud data".split(" ");
  const tops = "com com com com com com net net org org de ru info io co.uk com.br co.jp fr pl".split(" ");
  const names = new Set();
  while (names.size < count) {
    let label = "";
    for (let parts = 2 + Math.floor(next() * 3); parts > 0; parts--) label += pick(syllables);
    if (next() < 0.1) label += Math.floor(next() * 1000);
    names.add(`${label}.${pick(tops)}`);
  }
  return [...names];
}

/** Where names come from: a JSON file whose key `list` holds them, else invented ones. In a shuffled order. */
function load(checkout) {
  const beside = path.join(checkout, "../shared/data/domains/cloudflare-top100k.json");
  const file = process.env.BENCH_NAMES || (fs.existsSync(beside) ? beside : null);
  // One that is itself the end of others would decide for them, and a single label is no host.
  const names = file ? JSON.parse(fs.readFileSync(file, "utf8")).list.filter((n) => n.includes(".")) : invented(100000);
  const source = file ? path.basename(file) : "invented names";
  return { names: shuffle([...new Set(names)].sort(), random(7)), source };
}

module.exports = { load, random, shuffle, invented };
