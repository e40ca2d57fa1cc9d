// Which of many damaged PACs answer otherwise than the sound one. In, on stdin: {pac, mutants, askAll, asks}; out: for
// each mutant null, or how it shows. Each runs in a context of its own, like in pac.js, and is stopped when it hangs.
"use strict";
const fs = require("fs");
const vm = require("vm");

const { pac, mutants, askAll, asks } = JSON.parse(fs.readFileSync(0, "utf8"));
const questions = JSON.stringify(asks);

function answers(text) {
  const context = vm.createContext(Object.create(null));
  const limit = { timeout: 20000 };
  vm.runInContext(text, context, { filename: "proxy.pac", ...limit });
  const { answers, said } = JSON.parse(vm.runInContext(`${askAll}(${JSON.stringify(questions)})`, context, limit));
  return said.map((n) => answers[n]);
}

const sound = answers(pac);
function changed(mutant) {
  try {
    const at = answers(mutant).findIndex((answer, at) => answer !== sound[at]);
    return at < 0 ? null : `other answer for ${asks[at][0]}`;
  } catch (error) {
    return String(error).split("\n")[0];
  }
}
process.stdout.write(JSON.stringify(mutants.map(changed)));
