// All contestants of a case in one engine, in turns, so that what disturbs the machine disturbs them alike.
"use strict";
const { Child } = require("./child.js");

const ROUNDS = 9;
/** Milliseconds of calls a turn. */
const BUDGET = 20;
/** A PAC that takes longer a call, in microseconds, has three turns: nothing subtle is left to see. */
const SLOW = 20000;

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** Minimum, median, maximum. */
const spread = (list) => ({ min: Math.min(...list), median: median(list), max: Math.max(...list) });

async function measure(engine, tools, one, helpers) {
  const entries = [];
  const sets = new Map();
  for (const contestant of one.contestants) {
    if (contestant.failed) continue;
    if (!sets.has(contestant.routes)) sets.set(contestant.routes, one.sets(contestant.routes));
    const asked = sets.get(contestant.routes);
    const child = new Child(engine, tools, contestant.file, helpers);
    const entry = { contestant, child, results: {}, wrong: 0, calls: 0 };
    const { load, failed } = await child.ask({ sets: asked });
    if (failed) {
      entry.failed = failed;
    } else {
      const set = Object.values(asked)[0];
      // Under the top level that most names have, where the most is to unpack.
      const at = Math.max(0, set.hosts.findIndex((h) => h.endsWith(".com")));
      const first = await child.ask({ first: { url: set.urls[at], host: set.hosts[at] } });
      Object.assign(entry, { load, first: first.first, failed: first.failed });
    }
    entries.push(entry);
    for (const name of entry.failed ? [] : Object.keys(asked)) {
      // The first calls unpack and compile: the quickest of some tells whether every probe can be asked. A clock that counts
      // whole milliseconds says 0 for most of them, which is quick.
      let us = Infinity;
      let failed = null;
      for (let i = 0; i < 5 && !failed && !(us > SLOW && us < Infinity); i++) {
        const tried = await child.run(name, 0, 1);
        failed = tried.failed;
        us = failed ? us : Math.min(us, tried.us);
      }
      // Warm: every probe is asked, where that takes no minutes. Once to unpack what is asked for, then to tell how many make a turn.
      for (let i = 0; i < 2 && !failed && !(us > SLOW / 10); i++) {
        const warm = await child.run(name, 3 * BUDGET, asked[name].hosts.length);
        failed = warm.failed;
        us = failed ? us : warm.us;
      }
      if (failed) {
        entry.failed = failed;
        break;
      }
      const step = Math.max(1, Math.floor((BUDGET * 1000) / us / 4));
      entry.results[name] = { step, slow: us > SLOW, rounds: [] };
    }
  }
  const names = Object.keys([...sets.values()][0] || {});
  for (const name of names) {
    // The first turn is not counted: it brings what lay idle back into the caches.
    for (let round = -1; round < ROUNDS; round++) {
      for (const entry of entries) {
        const result = entry.results[name];
        if (entry.failed || !result || (result.slow && (round < 0 || round >= 3))) continue;
        const { us, wrong, calls, failed } = await entry.child.run(name, BUDGET, result.step);
        if (failed) {
          entry.failed = failed;
          continue;
        }
        if (round >= 0) result.rounds.push(us);
        entry.wrong += wrong;
        entry.calls += calls;
      }
    }
  }
  entries.forEach((entry) => entry.child.end());
  return { engine, names, entries };
}

/** How many times as long `entry` takes as `base`, turn by turn. */
function ratio(entry, base, name) {
  const a = entry.results[name]?.rounds || [];
  const b = base?.results[name]?.rounds || [];
  const ratios = a.slice(0, b.length).map((us, i) => us / b[i]);
  return ratios.length ? spread(ratios) : null;
}

module.exports = { measure, ratio, median, spread };
