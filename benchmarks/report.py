"""The table as text: a line for each row, and what all of them come to."""
import dataclasses
import datetime
import math
import os
import pathlib
import re
import statistics
import subprocess
import textwrap

from rows import Row

OURS = {"nnc": "nnc", "one": "nnc, 1 thread", "object": "nnc's object"}
PEERS = {"jax": "JAX", "torch": "PyTorch", "torch_compile": "torch.compile",
         "onnx": "ONNX Runtime"}
FAR = 10  # rows with such a goal weigh too much in a mean
NEAR = 0.05
SPEED_UP, LONG_US = 1.7, 300


@dataclasses.dataclass
class Measured:
    """What was measured of a row: a time for each competitor and round, microseconds a step."""
    row: Row
    times: dict[str, list[float]] = dataclasses.field(default_factory=dict)
    compile_ms: dict[str, float] = dataclasses.field(default_factory=dict)
    flop: float = 0

    def add(self, name, answer):
        if "median_us" not in answer:
            return
        self.times.setdefault(name, []).append(answer["median_us"])
        self.flop = answer.get("flop", self.flop)
        if "compile_ms" in answer:
            self.compile_ms[name] = min(answer["compile_ms"], self.compile_ms.get(name, math.inf))

    def median(self, name):
        return statistics.median(self.times[name]) if name in self.times else None

    def best_peer(self):
        peers = [name for name in self.times if name in PEERS]
        return min(peers, key=self.median, default=None)

    def ratios(self):
        """Time of the best peer by that of nnc, a round each."""
        best = self.best_peer()
        return [t / o for t, o in zip(self.times[best], self.times.get("nnc", []))] if best else []

    def ratio(self):
        ratios = self.ratios()
        return statistics.median(ratios) if ratios else None

    def beside(self, name):
        """Time of `name`, one of OURS, by that of nnc in the same round."""
        ratios = [t / o for t, o in zip(self.times.get(name, []), self.times.get("nnc", []))]
        return statistics.median(ratios) if ratios else None


def figure(value):
    """Three digits or all of the integer, without an exponent."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def columns(results):
    """Of the competitors that measured anything."""
    return [name for name in (*OURS, *PEERS) if any(name in m.times for m in results)]


def line(measured, shown):
    row, ratios, best = measured.row, measured.ratios(), measured.best_peer()
    spread = f" ({min(ratios):.2f}-{max(ratios):.2f})" if ratios else ""
    rates = " / ".join(figure(measured.flop / (measured.median(name) * 1e3))
                       if measured.median(name) else "-" for name in ("nnc", best))
    ratio = f"{measured.ratio():.2f}{spread}" if ratios else "-"
    compiling = [figure(measured.compile_ms.get(name)) for name in ("nnc", "jax")]
    cells = [f"`{row.name}`", row.title, *(figure(measured.median(name)) for name in shown),
             ratio, figure(row.goal), rates, *compiling]
    return "| " + " | ".join(cells) + " |"


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


def summary(results):
    measured = [m for m in results if m.ratio()]
    if not measured:
        return ["No row was measured beside a peer."]
    near = [m.ratio() for m in measured if (m.row.goal or 0) < FAR]
    mean = f"Geometric mean of the ratios {geometric_mean([m.ratio() for m in measured]):.2f}"
    if near:
        mean += f", without the rows whose goal is {FAR} or more {geometric_mean(near):.2f}"
    missed = [f"`{m.row.name}`" for m in measured if m.row.goal and m.ratio() < m.row.goal]
    slow = [m.row.name for m in measured if {"nnc", "jax"} <= set(m.compile_ms)
            and m.compile_ms["nnc"] > m.compile_ms["jax"] / 5]
    return [mean + ".",
            f"Goals reached: {sum(1 for m in measured if m.row.goal) - len(missed)} of "
            f"{sum(1 for m in measured if m.row.goal)}"
            + (f"; not {', '.join(missed)}" if missed else "") + ".",
            f"nnc compiles in a fifth of JAX's time or less: {len(measured) - len(slow)} of "
            f"{len(measured)} rows.",
            *beside_summary(results, "object", f"The object is within {NEAR:.0%} of the call from "
                            "C++, or faster, in", lambda ratio: ratio <= 1 + NEAR),
            *beside_summary(results, "one", f"Threads make it {SPEED_UP} times as fast where one "
                            f"takes more than {LONG_US} us in", lambda ratio: ratio >= SPEED_UP,
                            LONG_US)]


def beside_summary(results, name, words, good, least_us=0):
    """How many rows keep to a rule for the time of `name` by that of nnc, and which do not."""
    ratios = {m.row.name: m.beside(name) for m in results
              if m.beside(name) and m.median(name) > least_us}
    if not ratios:
        return []
    bad = [f"`{row}` {ratio:.2f}" for row, ratio in ratios.items() if not good(ratio)]
    return [f"{words} {len(ratios) - len(bad)} of {len(ratios)} rows"
            + (f"; not {', '.join(bad)}" if bad else "") + "."]


def machine():
    cpu = re.search(r"^model name[^:]*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)[1]
    vectors = "AVX-512" if "avx512f" in pathlib.Path("/proc/cpuinfo").read_text() else "AVX2"
    return f"{cpu} ({vectors}), {os.cpu_count()} cores"


def page(results, versions, arguments):
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                            cwd=pathlib.Path(__file__).parent, check=True).stdout.strip()
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    shown = columns(results)
    cores = ("all on core" if arguments.threads == 1 else f"{arguments.threads} threads from core")
    heads = ["row", "workload", *(f"{(OURS | PEERS)[name]}, us" for name in shown), "ratio", "goal",
             "GFLOP/s", "nnc compiles, ms", "JAX, ms"]
    return "\n".join([
        "# nnc beside its peers", "",
        f"{datetime.date.today()}, {machine()}, {cores} {arguments.core}; {arguments.rounds} "
        f"rounds in turns of {arguments.seconds:g} s.",
        f"Load average at the end (1, 5, 15 minutes) {load}. nnc {commit}, {', '.join(versions)}.",
        "",
        "Times are microseconds a call, or a step of a loop: medians of the rounds' medians. The "
        "ratio is the time of the best peer",
        "by that of nnc in the same round: median, and least and greatest of the rounds. GFLOP/s "
        "are of nnc / of that peer, both by",
        "nnc's count of operations. Compile times, from the model to something to call, are the "
        "steps of nnc's compiler (least of the rounds)",
        "and what JAX's first call takes beyond the second. PyTorch is eager in its column.", "",
        "| " + " | ".join(heads) + " |", "|---" * len(heads) + "|",
        *(line(m, shown) for m in results), "",
        *summary(results), "", "Written by `benchmarks/run.sh`.", ""])


def kept_times(path):
    """Microseconds of nnc by row, of a page that was written before."""
    text = path.read_text() if path.exists() else ""
    found = re.findall(r"^\| `(\w+)` \|[^|]*\| ([0-9.,]+) \|", text, re.MULTILINE)
    return {name: float(time.replace(",", "")) for name, time in found}


def short(page):
    """Of a page: the machine, and of each row what it is, the time of nnc and its ratio."""
    lines = page.splitlines()
    heads = [cell.strip() for cell in next(l for l in lines if l.startswith("| row")).split("|")]
    cells = [line.split("|") for line in lines if line.startswith("| `")]
    what, ours, ratio = (heads.index(name) for name in ("workload", "nnc, us", "ratio"))
    machine, peers = lines[2].split(";")[0], lines[3].split(". nnc ")[1].split(", ", 1)[1]
    return "\n".join([
        textwrap.fill(f"{machine}, beside the best of {peers}", 120), "",
        "| workload | nnc, us | time of the best peer by that of nnc |", "|---|---|---|",
        *(f"| {row[what].strip()} | {row[ours].strip()} | {row[ratio].split('(')[0].strip()} |"
          for row in cells)])


def put_between_marks(text, inside):
    """What stands between the marks of the table in a text becomes `inside`."""
    begin = "<!-- the table of benchmarks/run.sh -->\n"
    end = "<!-- its end -->"
    before, rest = text.split(begin)
    return before + begin + inside + "\n" + end + rest.split(end)[1]
