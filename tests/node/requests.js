// Sends requests through a proxy, from given source addresses, over kept connections.
// In, on stdin: {proxy: port, lanes: n, requests: [[source, method, target, authorization or null], ...]}.
// Out: an array with one [status, first line of the body, X-Squid-Error] a request; status 0 is a broken connection.
// Node, because the standard library of Rust cannot choose the source address of a connection.
"use strict";
const fs = require("fs");
const net = require("net");

const { proxy, lanes, requests } = JSON.parse(fs.readFileSync(0, "utf8"));
const answers = new Array(requests.length).fill(null);
const queues = new Map();
requests.forEach((request, at) => {
  if (!queues.has(request[0])) queues.set(request[0], []);
  queues.get(request[0]).push(at);
});

// One connection that asks what is next in its queue, and is replaced when the other side closes it.
function lane(source, queue, done) {
  let socket = null, buffer = "", current = -1, tries = 0, inside = false;

  function connect() {
    buffer = "";
    const mine = net.connect({ port: proxy, host: "127.0.0.1", localAddress: source });
    socket = mine;
    mine.setNoDelay(true);
    mine.setEncoding("latin1");
    mine.on("connect", send);
    mine.on("data", (text) => { if (mine === socket) { buffer += text; read(); } });
    mine.on("error", () => {});
    mine.on("close", () => {
      if (mine !== socket) return;
      socket = null;
      // A kept connection may be closed just when it is used again: that is no answer yet.
      if (current >= 0 && ++tries > 3) { finish(0, "", ""); } else { connect(); }
    });
  }

  function next() {
    tries = 0;
    if (queue.length === 0) {
      current = -1;
      if (socket) { const old = socket; socket = null; old.destroy(); }
      return done();
    }
    current = queue.shift();
    if (socket) send(); else connect();
  }

  function send() {
    const [, method, target, authorization] = requests[current];
    inside = false;
    const host = target.replace(/^http:\/\//, "").replace(/\/.*$/, "");
    socket.write(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nProxy-Connection: keep-alive\r\n` +
      (authorization ? `Proxy-Authorization: ${authorization}\r\n` : "") + "\r\n");
  }

  function drop() {
    const old = socket;
    socket = null;
    // A reset leaves no port waiting.
    if (old) old.resetAndDestroy();
  }

  function finish(status, body, error) {
    answers[current] = [status, body, error];
    next();
  }

  function read() {
    const end = buffer.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = buffer.substring(0, end), rest = buffer.substring(end + 4);
    const status = Number(head.substring(9, 12));
    const header = (name) => { const m = new RegExp(`^${name}: *(.*)$`, "im").exec(head); return m ? m[1].trim() : ""; };
    const error = header("X-Squid-Error").split(" ")[0];
    if (requests[current][1] === "CONNECT" && status === 200 && !inside) {
      // A tunnel: who is behind it? Asked once, the connection is of no more use.
      inside = true;
      buffer = "";
      socket.write("GET / HTTP/1.1\r\nHost: inside.invalid\r\n\r\n");
      return;
    }
    const length = Number(header("Content-Length") || -1);
    if (length < 0) { drop(); return finish(status, "", "no Content-Length"); }
    if (rest.length < length) return;
    buffer = "";
    if (inside || /close/i.test(header("Connection") + header("Proxy-Connection"))) drop();
    finish(status, rest.substring(0, length).split("\n")[0], error);
  }

  next();
}

let running = 0;
for (const [source, queue] of queues) {
  for (let n = 0; n < Math.min(lanes, queue.length); n++) {
    running++;
    lane(source, queue, () => { if (--running === 0) process.stdout.write(JSON.stringify(answers)); });
  }
}
if (running === 0) process.stdout.write("[]");
