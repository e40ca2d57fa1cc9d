// Looks whether PAC files are ECMAScript 3 as WinHTTP's JScript reads it, and keep to what every client has.
// In: {name: text} on stdin; out: {name: [what is wrong, ...]}.
"use strict";
const fs = require("fs");

let acorn;
try {
  acorn = require("acorn");
} catch (error) {
  process.stderr.write("acorn is missing in tests/node/node_modules: run tests/run, or npm ci in tests/node\n");
  process.exit(2);
}

// What a client's own functions are called: those that ask DNS, and those that engines disagree about.
const HELPERS = new Set(["dnsResolve", "dnsResolveEx", "isResolvable", "isResolvableEx", "isInNet", "isInNetEx",
  "myIpAddress", "myIpAddressEx", "sortIpAddressList", "getClientVersion", "dnsDomainIs", "dnsDomainLevels",
  "localHostOrDomainIs", "isPlainHostName", "shExpMatch", "weekdayRange", "dateRange", "timeRange", "alert"]);
const GLOBALS = new Set(["Math", "parseInt", "undefined"]);
// Methods and properties of ES3 (ECMA-262, 3rd edition, section 15) that a PAC has a use for. `indexOf` is a string's.
const MEMBERS = new Set(["length", "charAt", "charCodeAt", "indexOf", "lastIndexOf", "substring", "split", "toLowerCase",
  "toString", "concat", "join", "push", "slice", "test", "exec", "floor"]);

function problems(text) {
  const found = [];
  const bad = text.search(/[^\n\x20-\x7e]/);
  if (bad >= 0) found.push(`a character that is not printable ASCII: U+${text.charCodeAt(bad).toString(16)}`);
  if (/\\\n/.test(text)) found.push("a string over two lines");
  const tokens = [];
  let tree;
  try {
    // "never": not even after a dot or as a key may a reserved word stand bare.
    tree = acorn.parse(text, { ecmaVersion: 3, allowReserved: "never", sourceType: "script", onToken: tokens });
  } catch (error) {
    found.push(error.message);
    return found;
  }
  tokens.forEach((token, at) => {
    const next = tokens[at + 1];
    // The grammar takes a comma at the end of an array, and JScript counts one element more.
    if (token.type.label === "," && next && ["]", "}", ")"].includes(next.type.label)) {
      found.push(`a comma before ${next.type.label} at ${token.start}`);
    }
  });

  const declared = new Set(["arguments"]), used = new Set();
  const walk = (node, parent, key) => {
    if (node.type === "FunctionDeclaration" || node.type === "FunctionExpression") {
      if (node.id) declared.add(node.id.name);
      node.params.forEach((param) => declared.add(param.name));
    }
    if (node.type === "VariableDeclarator") declared.add(node.id.name);
    if (node.type === "MemberExpression" && !node.computed && !MEMBERS.has(node.property.name)) {
      found.push(`.${node.property.name} is not known to every client`);
    }
    const name = node.type === "Identifier" && !(parent.type === "MemberExpression" && key === "property" && !parent.computed)
      && !(parent.type === "Property" && key === "key");
    if (name) used.add(node.name);
    for (const [key, child] of Object.entries(node)) {
      for (const one of Array.isArray(child) ? child : [child]) {
        if (one && typeof one.type === "string") walk(one, node, key);
      }
    }
  };
  walk(tree, {}, "");
  // The tables' own keys are members too.
  const own = new Set(tokens.filter((t, at) => t.type.label === "name" && tokens[at + 1]?.type.label === ":").map((t) => t.value));
  for (const name of used) {
    if (HELPERS.has(name)) found.push(`${name} is a client's own function`);
    else if (!declared.has(name) && !GLOBALS.has(name)) found.push(`${name} is declared nowhere`);
  }
  return found.filter((problem) => !(/^\.(\w+) is not known/.test(problem) && own.has(RegExp.$1)));
}

const files = JSON.parse(fs.readFileSync(0, "utf8"));
const answer = {};
for (const [name, text] of Object.entries(files)) answer[name] = problems(text);
process.stdout.write(JSON.stringify(answer));
