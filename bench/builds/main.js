// The benchmark of decisions and of whole builds: `bench/run`, whose options are in bench/README.md.
"use strict";
const { execFileSync } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");
const parts = require("./parts.js");
const { Runner } = require("./runner.js");
const { load } = require("../pac/names.js");
const { between } = require("../pac/report.js");

const checkout = path.join(__dirname, "../..");
const work = path.join(checkout, "target/bench");

/** A program, or null where there is none. */
function found(name) {
  const folders = [...process.env.PATH.split(":"), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file)) || null;
}

/** Builds a benchmark of `benches/`, and says where it is. */
function compiled(name) {
  const words = ["bench", "--quiet", "--no-run", "--bench", name, "--message-format=json"];
  const lines = execFileSync("cargo", words, { cwd: checkout, encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "inherit"] });
  return lines.split("\n").filter(Boolean).map((line) => JSON.parse(line)).find((line) => line.target?.name === name && line.executable).executable;
}

function about(tools, source) {
  const version = (tool, ...args) => execFileSync(tool, args, { encoding: "utf8" }).trim().split("\n")[0];
  const lock = fs.readFileSync(path.join(checkout, "Cargo.lock"), "utf8");
  const crate = (name) => `${name} ${lock.match(new RegExp(`name = "${name}"\\nversion = "([^"]*)"`))[1]}`;
  const hostlist = require(path.join(path.dirname(tools.hostlist), "../package.json")).version;
  const machine = `${os.cpus()[0].model}, ${os.cpus().length} cores, ${os.type()} ${os.release()}, load before the start ${os.loadavg()[0].toFixed(1)}`;
  const programs = [version(tools.pacwright, "--version"), version("rustc", "--version"), crate("globset"), crate("regex"),
    `hostlist-compiler ${hostlist} on Node ${process.versions.node}`, tools.squid ? version(tools.squid, "-v") : "no Squid"];
  return `${new Date().toISOString().slice(0, 10)}; ${machine}; ${programs.join(", ")}; names: ${source}.`;
}

/** A program as it is installed: copied. What a linker has just written was measured to start one or two milliseconds later. */
function installed(program, root) {
  const copy = path.join(root, `installed-${path.basename(program)}`);
  fs.copyFileSync(program, copy);
  fs.chmodSync(copy, 0o755);
  return copy;
}

async function main() {
  const args = process.argv.slice(2);
  const only = args.includes("--only") ? args[args.indexOf("--only") + 1].split(",") : null;
  const wanted = Object.keys(parts).filter((part) => !only || only.includes(part));
  // Other benchmarks have words of their own.
  if (wanted.length === 0) return;
  const root = path.join(work, "builds");
  fs.mkdirSync(root, { recursive: true });
  const { names, source } = load(checkout);
  const tools = {
    node: process.execPath,
    pacwright: installed(process.env.PACWRIGHT || path.join(checkout, "target/release/pacwright"), root),
    hostlist: path.join(work, "node_modules/@adguard/hostlist-compiler/src/cli.js"),
    squid: found("squid"),
    stages: installed(compiled("stages"), root),
  };
  const runner = new Runner(path.join(work, "venv/bin/python"));
  for (const part of wanted) {
    // Each part says on what it was measured, because each can be measured again alone.
    const text = [];
    const show = (lines) => {
      text.push(lines);
      console.log(`${lines}\n`);
      if (args.includes("--write")) between(path.join(checkout, "docs/performance.md"), part, text.join("\n\n"));
    };
    show(about(tools, source));
    await parts[part]({ tools, root, checkout, names, runner, compiled, show });
  }
  runner.end();
}

main().catch((error) => {
  console.error(String(error.stderr || error.stack || error));
  process.exit(1);
});
