// Runs inside the engine that is measured, behind the PAC. Every pass is handed texts that the engine sees for the first
// time, as a client makes its texts anew for every request: asked twice with one object, engines keep the hash of the whole
// host, and the bare walk, which asks for the whole host unchanged, would be the only one to profit. Answers are compared inside the time that counts, the same for all.
var benchSets = {};
function benchPass(find, set) {
  var urls = set.urls, hosts = set.hosts, want = set.want, count = set.next + set.step, wrong = 0, i;
  for (i = set.next; i < count; i++) {
    if (find(urls[i], hosts[i]) !== want[i]) wrong++;
  }
  return wrong;
}
// Calls until `budget` milliseconds are over; gives calls, milliseconds, wrong answers.
function benchRun(find, name, budget, step, now) {
  var set, spent = 0, calls = 0, wrong = 0, start;
  do {
    set = JSON.parse(benchSets[name].text);
    set.step = Math.min(step, set.hosts.length);
    set.next = benchSets[name].next;
    if (set.next + set.step > set.hosts.length) set.next = 0;
    benchSets[name].next = set.next + set.step;
    start = now();
    wrong += benchPass(find, set);
    spent += now() - start;
    calls += set.step;
  } while (spent < budget);
  return [calls, spent, wrong];
}
