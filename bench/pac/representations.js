// Ways to hold names in a PAC file that were tried before the one that files have. All ask the same: the host, then its
// suffixes, each name with the number of its proxy.
"use strict";
const quoted = (text) => JSON.stringify(text);

const answers = (routes) =>
  `var answers = ["DIRECT", ${Array.from({ length: routes }, (_, i) => quoted(`PROXY p${i}.example:8080`)).join(", ")}];\n`;

/** Asks `table`; what `unpack(top)` adds to it when nothing is found is asked once more. */
const WALK = `
function ask(host) {
  var name = host, dot;
  for (;;) {
    if (table[name] >= 1) return table[name];
    dot = name.indexOf(".");
    if (dot < 0) return 0;
    name = name.substring(dot + 1);
  }
}
function FindProxyForURL(url, host) {
  var found = ask(host);
  return answers[found || !unpack(host.substring(host.lastIndexOf("."))) ? found : ask(host)];
}
`;

/** Names by top level: what stands before it, and the number. */
function byTop(names, routes) {
  const tops = new Map();
  names.forEach((name, i) => {
    const dot = name.lastIndexOf(".");
    const top = name.slice(dot);
    if (!tops.has(top)) tops.set(top, []);
    tops.get(top).push([name.slice(0, dot), 1 + (i % routes)]);
  });
  for (const list of tops.values()) list.sort(([a], [b]) => (a < b ? -1 : 1));
  return tops;
}

const texts = (tops, text) => `var packed = {${[...tops].map(([top, list]) => `${quoted(top)}:${quoted(text(list))}`).join(",\n")}};\n`;

/** Names and numbers as an object that the engine parses at load. */
function literal(names, routes) {
  return `${answers(routes)}var table = {${names.map((n, i) => `${quoted(n)}:${1 + (i % routes)}`).join(",")}};
function unpack() { return false; }${WALK}`;
}

/** One string that is split at load. */
function split(names, routes) {
  return `${answers(routes)}var table = {}, list = ${quoted(names.map((n, i) => `${1 + (i % routes)}${n}`).join(" "))}.split(" "), i;
for (i = 0; i < list.length; i++) table[list[i].substring(1)] = +list[i].charAt(0);
function unpack() { return false; }${WALK}`;
}

/** A string for each top level, split at its first host. */
function splitByTop(names, routes) {
  return `${answers(routes)}var table = {};
${texts(byTop(names, routes), (list) => list.map(([n, way]) => way + n).join(" "))}
function unpack(top) {
  var list, i;
  if (!packed[top]) return false;
  list = packed[top].split(" ");
  packed[top] = "";
  for (i = 0; i < list.length; i++) table[list[i].substring(1) + top] = +list[i].charAt(0);
  return true;
}${WALK}`;
}

/** The same, a string for each proxy, so that no name needs a number of its own. */
function splitByRoute(names, routes) {
  const text = (list) => Array.from({ length: routes }, (_, r) => list.filter(([, way]) => way === r + 1).map(([n]) => n).join(" ")).join("|");
  return `${answers(routes)}var table = {};
${texts(byTop(names, routes), text)}
function unpack(top) {
  var ways, list, i, k;
  if (!packed[top]) return false;
  ways = packed[top].split("|");
  packed[top] = "";
  for (k = 0; k < ways.length; k++) {
    list = ways[k].split(" ");
    for (i = 0; i < list.length; i++) if (list[i]) table[list[i] + top] = k + 1;
  }
  return true;
}${WALK}`;
}

/** Labels from the right as objects within objects. */
function trie(names, routes) {
  const root = {};
  names.forEach((name, i) => {
    let node = root;
    for (const label of name.split(".").reverse()) node = node[`.${label}`] ||= {};
    node._ = 1 + (i % routes);
  });
  return `${answers(routes)}var root = ${JSON.stringify(root).replace(/\{"_":(\d)\}/g, "$1")};
function FindProxyForURL(url, host) {
  var node = root, end = host.length, found = 0, dot;
  while (end > 0) {
    dot = host.lastIndexOf(".", end - 1);
    node = node["." + host.substring(dot + 1, end)];
    if (!node) break;
    if (typeof node === "number") return answers[node];
    if (node._) found = node._;
    end = dot;
  }
  return answers[found];
}
`;
}

/** What files have, but with one text for each top level, however many names share it. */
function undivided(names, routes) {
  const codes = "ABCDEFGHIJKLMNOPQRSTUVWXYZ!#%()*+,/:;?@[]^`{|}~";
  const most = Math.floor(codes.length / routes) - 1;
  const text = (list) => {
    let before = "";
    return list.map(([name, way]) => {
      let shared = 0;
      while (shared < most && shared < before.length && before[shared] === name[shared]) shared++;
      before = name;
      return codes[shared * routes + way - 1] + name.slice(shared);
    }).join("");
  };
  return `${answers(routes)}var table = {}, codes = ${quoted(codes)};
${texts(byTop(names, routes), text)}
function unpack(top) {
  var each = /([^a-z0-9_.-])([a-z0-9_.-]*)/g, text = packed[top], name = "", found, code;
  if (!text) return false;
  packed[top] = "";
  while ((found = each.exec(text)) !== null) {
    code = codes.indexOf(found[1]);
    name = name.substring(0, Math.floor(code / ${routes})) + found[2];
    table[name + top] = 1 + code % ${routes};
  }
  return true;
}${WALK}`;
}

module.exports = {
  "object literal": literal,
  "one string, split at load": split,
  "a string a top level, split at first use": splitByTop,
  "the same, a string a proxy": splitByRoute,
  "trie of objects": trie,
  "shared beginnings, a text a top level": undivided,
};
