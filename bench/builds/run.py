"""Runs commands that come as JSON lines, and says of each how long it took from start to exit, and its peak memory.

In a process of its own and without a shell: what starts a command is small, and its own memory is not counted as the command's.
"""
import json
import os
import sys
import time

for line in sys.stdin:
    asked = json.loads(line)
    out = os.open(asked["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.chdir(asked["cwd"])
    actions = [(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)]
    started = time.perf_counter()
    child = os.posix_spawn(asked["command"][0], asked["command"], os.environ, file_actions=actions)
    _, status, used = os.wait4(child, 0)
    spent = time.perf_counter() - started
    os.close(out)
    print(json.dumps({
        "ms": spent * 1000,
        "cpu": (used.ru_utime + used.ru_stime) * 1000,
        "mb": used.ru_maxrss / 1024,
        "code": os.waitstatus_to_exitcode(status),
    }), flush=True)
