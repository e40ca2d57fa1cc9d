// Hosts to ask about, and what has to be answered.
"use strict";
const { random } = require("./names.js");

const COUNT = 2000;

/** Whether a name or something above it is listed. */
function listed(index, host) {
  for (let name = host; ; name = name.slice(name.indexOf(".") + 1)) {
    if (index.has(name)) return index.get(name);
    if (!name.includes(".")) return 0;
  }
}

/** Probes of a list of names; `index` says which answer a name has, 0 for none. */
function ofNames(names, index, answers) {
  const next = random(11);
  const one = () => names[Math.floor(next() * names.length)];
  const label = (length) => Array.from({ length }, () => "abcdefghijklmnopqrstuvwxyz"[Math.floor(next() * 26)]).join("");
  const unlisted = () => {
    for (;;) {
      const name = one();
      const dot = name.indexOf(".");
      const host = `${name.slice(0, dot)}${label(2)}${name.slice(dot)}`;
      if (!listed(index, host)) return host;
    }
  };
  const many = (make, count = COUNT) => Array.from({ length: count }, (_, i) => make(i));
  const labels = (count) => many(() => label(1 + Math.floor(next() * 6)), count).join(".");
  const long = [
    () => `${label(1990)}.test`,
    () => `${"a.".repeat(990)}${unlisted()}`,
    () => `${label(1990 - 20)}.${one()}`,
    () => `${many(() => label(9), 198).join(".")}.${one()}`,
  ];
  const sets = {
    hits: many((i) => (i % 2 ? `www.${one()}` : one())),
    misses: many((i) => ["", "www.", "www.eu."][i % 3] + unlisted()),
    deep: many((i) => `${labels(5 + (i % 3))}.${i % 2 ? one() : unlisted()}`),
    long: many((i) => long[i % long.length](), 40),
  };
  return Object.fromEntries(Object.entries(sets).map(([name, hosts]) => [name, withAnswers(hosts, (h) => answers[listed(index, h)])]));
}

/** Networks of several sizes that do not overlap, and addresses inside and outside of them. */
function ofNetworks(count, answer, otherwise) {
  const next = random(13);
  const taken = new Map();
  while (taken.size < count) {
    const bits = 18 + Math.floor(next() * 13);
    const size = 2 ** (32 - bits);
    // A few /8 hold most of them, as with real clouds.
    const first = [13, 20, 40, 52, 104, 168, 191, 4][Math.floor(next() * 8)] * 2 ** 24 + Math.floor(next() * 2 ** 24 / size) * size;
    if (![...Array(13).keys()].some((k) => taken.has(Math.floor(first / 2 ** (k + 2)) * 2 ** (k + 2)))) taken.set(first, bits);
  }
  const text = (n) => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join(".");
  const nets = [...taken].sort(([a], [b]) => a - b);
  const inside = (n) => nets.some(([first, bits]) => n >= first && n < first + 2 ** (32 - bits));
  const hosts = Array.from({ length: COUNT }, (_, i) => {
    const [first, bits] = nets[Math.floor(next() * nets.length)];
    return text(i % 2 ? first + Math.floor(next() * 2 ** (32 - bits)) : Math.floor(next() * 2 ** 32));
  });
  const number = (host) => host.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return {
    networks: nets.map(([first, bits]) => `${text(first)}/${bits}`),
    set: withAnswers(hosts, (host) => (inside(number(host)) ? answer : otherwise)),
  };
}

/** A browser shows the scheme, the host and a slash of an https URL. */
function withAnswers(hosts, answer) {
  return { hosts, urls: hosts.map((host, i) => `http${i % 4 ? "s" : ""}://${host}/`), want: hosts.map(answer) };
}

module.exports = { ofNames, ofNetworks, withAnswers, listed };
