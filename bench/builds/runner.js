// Whole programs, from start to exit, in turns: a round runs everybody once, so that what disturbs the machine disturbs them alike.
"use strict";
const { spawn } = require("child_process");
const fs = require("fs");
const path = require("path");
const readline = require("readline");

class Runner {
  constructor(python) {
    this.process = spawn(python, [path.join(__dirname, "run.py")], { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = readline.createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  /** Milliseconds, milliseconds of all processors, peak memory in MB, exit code, and what it printed. */
  async run(command, cwd) {
    const stdout = path.join(cwd, "printed.txt");
    this.process.stdin.write(`${JSON.stringify({ command, cwd, stdout })}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`cannot run ${command[0]}`);
    return { ...JSON.parse(value), printed: fs.readFileSync(stdout, "utf8") };
  }

  end() {
    this.process.stdin.end();
  }
}

/**
 * Rounds over contestants `{name, command, cwd, before, once, fails}`; no new round begins when `minutes` are over. Whoever does not exit as
 * expected is a failure of the benchmark, unless it `fails` by nature: then what it printed is kept.
 */
async function rounds(runner, contestants, count, minutes) {
  const entries = contestants.map((contestant) => ({ contestant, runs: [] }));
  const end = Date.now() + minutes * 60000;
  for (let round = 0; round < count && (round === 0 || Date.now() < end); round++) {
    for (const { contestant, runs } of entries) {
      if (round > 0 && contestant.once) continue;
      contestant.before?.();
      const ran = await runner.run(contestant.command, contestant.cwd);
      if (ran.code !== 0 && !contestant.fails) throw new Error(`${contestant.command.join(" ")}: exit ${ran.code}\n${ran.printed}`);
      runs.push(ran);
    }
  }
  return entries;
}

module.exports = { Runner, rounds };
