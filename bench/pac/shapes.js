// The PAC files that ours is held against. Each takes the names, all for one proxy, or for the proxy of their position.
"use strict";
const { execFileSync } = require("child_process");
const fs = require("fs");
const path = require("path");

const PROXY = "PROXY p0.example:8080";
const quoted = (text) => JSON.stringify(text);

/** The least a table costs: one hash table, asked for the host and then for its suffixes. No port, case, dot, address. */
function bare(names, routes) {
  const answers = Array.from({ length: routes }, (_, i) => quoted(`PROXY p${i}.example:8080`));
  return `var answers = ["DIRECT", ${answers.join(", ")}];
var table = {${names.map((name, i) => `${quoted(name)}:${1 + (i % routes)}`).join(",")}};
function FindProxyForURL(url, host) {
  var name = host, dot;
  for (;;) {
    if (table[name] >= 1) return answers[table[name]];
    dot = name.indexOf(".");
    if (dot < 0) return answers[0];
    name = name.substring(dot + 1);
  }
}
`;
}

/** What the PowerShell script Get-PacFile writes: a chain of shExpMatch. A name and all below it are two patterns. */
function getPacFile(patterns) {
  const chain = patterns.map((pattern) => `shExpMatch(host, ${quoted(pattern)})`).join("\r\n        || ");
  return `// This PAC file will provide proxy config to Microsoft 365 services\r
function FindProxyForURL(url, host)\r
{\r
    var direct = "DIRECT";\r
    var proxyServer = ${quoted(PROXY)};\r
\r
    host = host.toLowerCase();\r
\r
    if(${chain})\r
    {\r
        return proxyServer;\r
    }\r
\r
    return direct;\r
}\r
`;
}

/** What genpac writes of a list of names. */
function genpac(tool, names, folder, compress) {
  const rules = path.join(folder, "rules.txt");
  const out = path.join(folder, "written-by-genpac.pac");
  fs.writeFileSync(rules, names.map((name) => `||${name}\n`).join(""));
  const more = compress ? ["--pac-compress"] : [];
  execFileSync(tool, ["--format", "pac", "--gfwlist-disabled", "--user-rule-from", rules, "--pac-proxy", PROXY,
    ...more, "--output", out], { stdio: ["ignore", "ignore", "pipe"] });
  return fs.readFileSync(out, "utf8");
}

/** The helpers of a browser, as Mozilla's library has them; peers call them. */
const HELPERS = `
function dnsDomainIs(host, domain) {
  return host.length >= domain.length && host.substring(host.length - domain.length) == domain;
}
function shExpMatch(text, pattern) {
  pattern = pattern.replace(/\\./g, "\\\\.");
  pattern = pattern.replace(/\\*/g, ".*");
  pattern = pattern.replace(/\\?/g, ".");
  return new RegExp("^" + pattern + "$").test(text);
}
`;

module.exports = { bare, getPacFile, genpac, HELPERS, PROXY };
