"""One PAC in pacparser, which is QuickJS: the same questions as v8.js, and the same answers."""
import json
import os
import sys
import time

import pacparser

pac, helpers = sys.argv[1], sys.argv[2]
here = os.path.dirname(os.path.abspath(__file__))
with open(pac) as file:
    source = file.read()
with open(os.path.join(here, "loop.js")) as file:
    loop = file.read()

# pacparser brings the helpers of a browser itself.
pacparser.init()
start = time.perf_counter()
pacparser.parse_pac_string(source)
load = (time.perf_counter() - start) * 1000
sets = {}

# pacparser has one way in, so that the loop takes the place of the function: commands come as hosts.
WAY_IN = """
var benchFind = FindProxyForURL;
function benchNow() { return Date.now(); }
FindProxyForURL = function (url, host) {
  var words = host.split(" ");
  if (words[0] !== "bench") return benchFind(url, host);
  return benchRun(benchFind, words[1], +words[2], +words[3], benchNow).join(" ");
};
"""

for line in sys.stdin:
    ask = json.loads(line)
    if "sets" in ask:
        texts = {name: {"text": json.dumps(value), "next": 0} for name, value in ask["sets"].items()}
        sets = ask["sets"]
        answer = {"load": load}
    elif "first" in ask:
        start = time.perf_counter()
        said = pacparser.find_proxy(ask["first"]["url"], ask["first"]["host"])
        answer = {"first": (time.perf_counter() - start) * 1000, "said": said}
        pacparser.parse_pac_string(loop + "benchSets = " + json.dumps(texts) + ";" + WAY_IN)
    elif ask.get("outside"):
        # As a program on pacparser asks: the way in and out is part of the call.
        asked, wrong, begun = sets[ask["run"]], 0, time.perf_counter()
        count, calls = len(asked["hosts"]), 0
        while True:
            at = calls % count
            said = pacparser.find_proxy(asked["urls"][at], asked["hosts"][at])
            wrong += said != asked["want"][at]
            calls += 1
            spent = (time.perf_counter() - begun) * 1000
            # The first pass over a long list unpacks it and asks for every probe, however long that takes.
            if spent >= ask["budget"] and calls >= min(ask["step"], count):
                break
        answer = {"ran": [calls, spent, wrong]}
    else:
        said = pacparser.find_proxy("http://b/", "bench %s %s %s" % (ask["run"], ask["budget"], ask["step"]))
        answer = {"ran": [float(word) for word in said.split(" ")]}
    print(json.dumps(answer), flush=True)
