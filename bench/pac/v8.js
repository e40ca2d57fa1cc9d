// One PAC in a process of its own, as the script of the real global object: a context made by `vm.createContext` has an
// interceptor in front of every global, and a PAC that reads globals looks twenty times slower than it is.
// In: lines of JSON; out: a line each.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");
const readline = require("readline");

const [, , pac, helpers] = process.argv;
const source = fs.readFileSync(pac, "utf8");
vm.runInThisContext(fs.readFileSync(helpers, "utf8"), { filename: "helpers.js" });
vm.runInThisContext(fs.readFileSync(path.join(__dirname, "loop.js"), "utf8"), { filename: "loop.js" });
const start = performance.now();
vm.runInThisContext(source, { filename: "proxy.pac" });
const load = performance.now() - start;
const now = () => performance.now();

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { sets, first, run, budget, step } = JSON.parse(line);
  let answer;
  if (sets) {
    for (const [name, set] of Object.entries(sets)) benchSets[name] = { text: JSON.stringify(set), next: 0 };
    answer = { load };
  } else if (first) {
    const start = performance.now();
    const said = FindProxyForURL(first.url, first.host);
    answer = { first: performance.now() - start, said };
  } else {
    answer = { ran: benchRun(FindProxyForURL, run, budget, step, now) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
