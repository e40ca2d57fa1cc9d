// Runs a PAC in a context of its own, which has the language and nothing else: no DNS functions, no shExpMatch, no
// Node. In: {pac, askAll, asks} on stdin; out: what askAll answers.
"use strict";
const fs = require("fs");
const vm = require("vm");

const { pac, askAll, asks } = JSON.parse(fs.readFileSync(0, "utf8"));
const context = vm.createContext(Object.create(null));
vm.runInContext(pac, context, { filename: "proxy.pac" });
process.stdout.write(vm.runInContext(askAll, context)(JSON.stringify(asks)));
