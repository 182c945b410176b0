"""Measures the rows of rows.py with nnc and its peers, in turns on one core, and writes
results/table.md; see `benchmarks/run.sh --help`."""
import argparse
import json
import os
import pathlib
import subprocess
import sys

import report
from rows import ROWS

FOLDER = pathlib.Path(__file__).resolve().parent
TABLE = FOLDER / "results" / "table.md"
THREADS_TABLE = FOLDER / "results" / "threads.md"
README = FOLDER.parent / "README.md"
TOLERANCE = 1e-4  # of |difference| by |value|, as vectors
SLOWER = 1.15     # than the table that was kept is a regression



def peer_environment(nnc, threads):
    one = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"} if threads == 1 else {}
    return {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads),
            "JAX_PLATFORMS": "cpu", "NNC": str(nnc), **one}


class Peer:
    """peers/serve.py in a process of its own."""

    def __init__(self, name, core, environment):
        self.name = name
        self.process = subprocess.Popen(
            [*core, sys.executable, "-m", "peers.serve", name], cwd=FOLDER, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self.version = self.answer()["version"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} has ended")
        return json.loads(line)

    def ask(self, **order):
        print(json.dumps(order), file=self.process.stdin, flush=True)
        answer = self.answer()
        if "error" in answer:
            print(f"{self.name}, {order}: {answer['error']}", file=sys.stderr)
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Nnc:
    def __init__(self, command, core, threads=1):
        self.command, self.core, self.threads = command, core, threads

    def measure(self, row, seconds):
        """What `nnc bench` tells, with the times of a step; None where it failed."""
        words = [*self.core, self.command, "bench", FOLDER / f"{row.model}.json", "-f",
                 row.function, "--seconds", str(seconds), "--threads", str(self.threads), "--json"]
        for name, value in row.sizes:
            words += ["--size", f"{name}={value}"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return None
        told = json.loads(done.stdout)
        return {"median_us": told["median_us"] / row.steps, "flop": told["flop"] / row.steps,
                "compile_ms": told["compile_ms"]}


def measured(row, nnc, one, peers, rounds, seconds):
    """The row in turns; a competitor that has no program for it, or failed, is left out."""
    result = report.Measured(row)
    answers = {peer: peer.ask(load=row.name) for peer in peers}
    loaded = [peer for peer, answer in answers.items() if "compile_ms" in answer]
    for peer in loaded:
        result.compile_ms[peer.name] = answers[peer]["compile_ms"]
    for _ in range(rounds):
        ours = nnc.measure(row, seconds)
        if ours is None:
            break
        result.add("nnc", ours)
        if one:
            result.add("one", one.measure(row, seconds) or {})
        for peer in loaded:
            result.add(peer.name, peer.ask(seconds=seconds))
    return result


def compare(rows, nnc, peers, arguments):
    results = []
    one = Nnc(nnc.command, nnc.core) if nnc.threads > 1 else None
    for row in rows:
        results.append(measured(row, nnc, one, peers, arguments.rounds, arguments.seconds))
        print(report.line(results[-1], report.columns(results)), file=sys.stderr, flush=True)
    text = report.page(results, [peer.version for peer in peers if peer.name in report.PEERS],
                       arguments)
    if len(rows) == len(ROWS):
        (THREADS_TABLE if one else TABLE).write_text(text)
        if not one:
            README.write_text(report.put_between_marks(README.read_text(), report.short(text)))
    print(text)
    return 0


def check(rows, command, peers):
    """Every row by every peer that has it; the largest difference, and those above TOLERANCE."""
    wrong = 0
    for row in rows:
        for peer in peers:
            answer = peer.ask(check=row.name, nnc=str(command))
            if "none" in answer:
                continue
            found = answer.get("differences", {"nothing": float("inf")})
            above = {name: value for name, value in found.items() if value > TOLERANCE}
            wrong += bool(above)
            print(f"{row.name:18} {peer.name:6} {len(found):3} tensors, largest difference "
                  f"{max(found.values()):.1e}" + "".join(f"\n  WRONG {n}: {v:.1e}"
                                                         for n, v in above.items()), flush=True)
    print(f"{wrong} rows differ by more than {TOLERANCE:g}" if wrong else "all rows agree")
    return bool(wrong)


def quick(rows, nnc, seconds):
    """nnc alone, beside the table that was kept."""
    kept = report.kept_times(TABLE)
    slower = []
    for row in rows:
        result = nnc.measure(row, seconds)
        time = result["median_us"] if result else float("inf")
        ratio = time / kept[row.name] if row.name in kept else None
        print(f"{row.name:18} {report.figure(time):>9} us" +
              (f", kept {report.figure(kept[row.name]):>9}, {ratio:.2f}" if ratio else ""),
              flush=True)
        if result is None or (ratio and ratio > SLOWER):
            slower.append(row.name)
    print("slower than the kept table: " + (", ".join(slower) if slower else "none"))
    return bool(slower)


def main():
    parser = argparse.ArgumentParser(prog="benchmarks/run.sh", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="all by default")
    parser.add_argument("--rounds", type=int, default=5, help="of turns (5)")
    parser.add_argument("--seconds", type=float, default=1, help="for each in a turn (1)")
    parser.add_argument("--peers", default=",".join(report.PEERS),
                        help=f"beside which ({','.join(report.PEERS)})")
    parser.add_argument("--threads", type=int, default=1,
                        help="of all; above one it is results/threads.md that is written (1)")
    parser.add_argument("--nnc", type=os.path.abspath, default=FOLDER.parent / "build" / "nnc",
                        help="the command (build/nnc)")
    parser.add_argument("--core", type=int, default=0, help="that all run on (0)")
    parser.add_argument("--check", action="store_true",
                        help="only whether nnc and its peers compute the same")
    parser.add_argument("--quick", action="store_true",
                        help="nnc alone beside the table that was kept")
    arguments = parser.parse_args()
    names = [row.name for row in ROWS]
    if unknown := set(arguments.rows) - set(names):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    rows = [row for row in ROWS if not arguments.rows or row.name in arguments.rows]
    core = ["taskset", "-c", f"{arguments.core}-{arguments.core + arguments.threads - 1}"]
    nnc = Nnc(arguments.nnc, core, arguments.threads)
    if arguments.quick:
        return quick(rows, nnc, arguments.seconds)
    names = arguments.peers.split(",")
    if arguments.threads == 1 and not arguments.check:
        names.append("object")
    environment = peer_environment(arguments.nnc, arguments.threads)
    peers = [Peer(name, core, environment) for name in names]
    try:
        if arguments.check:
            return check(rows, arguments.nnc, peers)
        return compare(rows, nnc, peers, arguments)
    finally:
        for peer in peers:
            peer.close()


if __name__ == "__main__":
    sys.exit(main())
