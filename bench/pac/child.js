// A PAC in an engine: a process that answers one line a question.
"use strict";
const { spawn } = require("child_process");
const path = require("path");
const readline = require("readline");

/**
 * The engines; `outside` counts the way in and out of the engine too. V8 would tidy up the memory of those who wait for
 * their turn, most that of the first, who wait longest.
 */
const ENGINES = {
  "V8": { command: ["node", "--no-memory-reducer", "v8.js"] },
  "V8 --jitless": { command: ["node", "--jitless", "--no-memory-reducer", "v8.js"] },
  // Its clock counts whole milliseconds, so that it needs longer turns.
  "QuickJS": { command: ["python", "quickjs.py"], turns: 3 },
  "QuickJS, by pacparser": { command: ["python", "quickjs.py"], outside: true },
};

class Child {
  constructor(engine, tools, pac, helpers) {
    const { command, outside, turns } = ENGINES[engine];
    this.outside = outside;
    this.turns = turns || 1;
    const words = command.map((word) => (/\.(js|py)$/.test(word) ? path.join(__dirname, word) : word));
    this.process = spawn(tools[words[0]], [...words.slice(1), pac, helpers], { stdio: ["pipe", "pipe", "pipe"] });
    this.said = "";
    this.waiting = null;
    this.gone = false;
    this.process.stderr.on("data", (data) => (this.said += data));
    this.process.stdin.on("error", () => {});
    readline.createInterface({ input: this.process.stdout }).on("line", (line) => {
      // What an engine prints of its own is no answer.
      if (line.startsWith("{")) this.settle(JSON.parse(line));
    });
    this.process.on("close", () => {
      this.gone = true;
      this.settle({ failed: this.said.trim().split("\n").pop() || "it ended" });
    });
  }

  settle(answer) {
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting) waiting(answer);
  }

  ask(question) {
    if (this.gone) return Promise.resolve({ failed: "it ended" });
    const answer = new Promise((resolve) => (this.waiting = resolve));
    this.process.stdin.write(`${JSON.stringify(question)}\n`);
    return answer;
  }

  /** Microseconds a call, and how many answers were wrong. */
  async run(set, budget, step) {
    const answer = await this.ask({ run: set, budget: budget * this.turns, step: step * this.turns, outside: this.outside });
    if (!answer.ran) return { failed: answer.failed || "no answer" };
    const [calls, spent, wrong] = answer.ran;
    return { calls, wrong, us: (spent * 1000) / calls };
  }

  end() {
    this.process.stdin.end();
  }
}

module.exports = { Child, ENGINES };
