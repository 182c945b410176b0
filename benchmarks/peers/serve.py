"""A peer as a process that obeys lines of JSON: `python -m peers.serve jax|torch|...`.

    (at first)                                         {"version"}
    {"load": ROW}       compiles the row's program     {"compile_ms"}
    {"seconds": S}      calls it for so long           {"median_us"}
    {"check": ROW, "nnc": COMMAND}                     {"differences": {name: number}}

An answer is {"none": true} where the peer has no program for the row, {"error"} where one failed.
"""
import importlib
import json
import os
import statistics
import sys
import time

from peers.check import differences
from peers.model_arrays import arrays_of
from rows import ROWS

WARM_UP, LEAST_CALLS = 0.2, 5


def timed(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def median_seconds(call, seconds):
    samples = []
    begin = time.perf_counter()
    while time.perf_counter() - begin < WARM_UP:
        call()
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds or len(samples) < LEAST_CALLS:
        samples.append(timed(call))
    return statistics.median(samples)


class Peer:
    def __init__(self, module):
        self.module, self.program, self.row = module, None, None

    def answer(self, order):
        if "seconds" in order:
            if hasattr(self.program, "median_seconds"):  # whose calls are shorter than Python's
                seconds = self.program.median_seconds(WARM_UP, order["seconds"])
            else:
                seconds = median_seconds(self.program, order["seconds"])
            return {"median_us": seconds * 1e6 / self.row.steps}
        name = order.get("load") or order.get("check")
        if name not in self.module.PROGRAMS:
            return {"none": True}
        self.row = next(row for row in ROWS if row.name == name)
        if "check" in order:
            return {"differences": differences(order["nnc"], self.row, self.module.Program)}
        self.program = self.module.Program(name, *arrays_of(self.row))
        first, second = timed(self.program), timed(self.program)  # the first one compiles too
        return {"compile_ms": (first - second) * 1e3}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    peer = Peer(importlib.import_module(f"peers.{sys.argv[1]}_programs"))
    print(json.dumps({"version": peer.module.version}), file=answers, flush=True)
    for line in sys.stdin:
        try:
            answer = peer.answer(json.loads(line))
        except Exception as error:  # told to whoever asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
