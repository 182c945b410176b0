"""How long the gradients of two nets take to compile, f32, width 64, batch 32: perceptrons and a
recurrent net unrolled over its steps. nnc from the model's file to the object file, everything in
one process of the command; JAX the time of `lower` and `compile` in a process that has JAX loaded.
Both in turns; writes benchmarks/results/compile_time.md.

    python3 benchmarks/compile_time.py [COMMAND] [ROUNDS]     (build/nnc, 5)
"""
import datetime
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

WIDTH, BATCH = 64, 32
NETS = (("perceptron", 100, True), ("recurrent", 200, True),
        ("perceptron", 1000, False))  # with JAX, or without where it takes minutes
GROWTH = (("perceptron", 1000), ("recurrent", 400))
RESULTS = pathlib.Path(__file__).parent / "results" / "compile_time.md"


def model(params, inputs, nodes, names):
    nodes.append("%s = grad(loss, [%s])" % (", ".join("g_" + n for n in names), ", ".join(names)))
    return {"nnc": 1, "name": "net", "inputs": inputs, "params": params, "nodes": nodes,
            "functions": {"gradient": {"in": list(inputs),
                                       "out": ["loss"] + ["g_" + n for n in names]}}}


def param(*shape):
    return {"type": "f32%s" % json.dumps(shape).replace(" ", ""), "init": 0}


def perceptron(layers):
    params, nodes, last = {}, [], "x"
    for i in range(layers):
        params[f"w{i}"], params[f"b{i}"] = param(WIDTH, WIDTH), param(WIDTH)
        nodes.append(f"h{i} = tanh({last}@w{i} + b{i})")
        last = f"h{i}"
    nodes.append(f"loss = mean(square({last} - y))")
    rows = f"f32[{BATCH},{WIDTH}]"
    return model(params, {"x": rows, "y": rows}, nodes, list(params))


def recurrent(steps):
    params = {"w": param(WIDTH, WIDTH), "u": param(WIDTH, WIDTH), "b": param(WIDTH)}
    nodes, last = ["h0 = tanh(x[0]@w + b)"], "h0"
    for i in range(1, steps):
        nodes.append(f"h{i} = tanh(x[{i}]@w + {last}@u + b)")
        last = f"h{i}"
    nodes.append(f"loss = mean(square({last} - y))")
    inputs = {"x": f"f32[{steps},{BATCH},{WIDTH}]", "y": f"f32[{BATCH},{WIDTH}]"}
    return model(params, inputs, nodes, list(params))


def measure_jax(net, size):
    """Seconds by the clock, of the processor, and the version."""
    import jax
    import jax.numpy as jnp

    def layers(params, x):
        for w, b in params:
            x = jnp.tanh(x @ w + b)
        return x

    def unrolled(params, x):
        w, u, b = params
        h = jnp.tanh(x[0] @ w + b)
        for t in range(1, size):
            h = jnp.tanh(x[t] @ w + h @ u + b)
        return h

    square, bias = jnp.zeros((WIDTH, WIDTH), jnp.float32), jnp.zeros(WIDTH, jnp.float32)
    rows = jnp.zeros((BATCH, WIDTH), jnp.float32)
    if net == "perceptron":
        run, params, x = layers, [(square, bias)] * size, rows
    else:
        run, params = unrolled, (square, square, bias)
        x = jnp.zeros((size, BATCH, WIDTH), jnp.float32)
    gradient = jax.jit(jax.value_and_grad(lambda p, x, y: jnp.mean((run(p, x) - y) ** 2)))
    begin, processor = time.perf_counter(), time.process_time()
    gradient.lower(params, x, rows).compile()
    return time.perf_counter() - begin, time.process_time() - processor, jax.__version__


def jax_seconds(net, size):
    """The same from a process of its own, or None where there is no JAX."""
    words = [sys.executable, __file__, "--jax", net, str(size)]
    done = subprocess.run(words, capture_output=True, text=True, check=False,
                          env={**os.environ, "JAX_PLATFORMS": "cpu"})
    return json.loads(done.stdout) if done.returncode == 0 else None


def nnc_seconds(nnc, net, size):
    """Seconds by the clock, of the processor, and milliseconds by row of --time-passes."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{net}.json"
        path.write_text(json.dumps({"perceptron": perceptron, "recurrent": recurrent}[net](size)))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.perf_counter()
        words = [nnc, "compile", path, "-f", "gradient", "--time-passes", "-o", folder + "/"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        rows = re.findall(r"^(\S+) +([0-9.]+) ms", done.stderr, re.MULTILINE)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return seconds, processor, {name: float(value) for name, value in rows}


def compare(nnc, rounds):
    lines, version, shares = [], None, []
    for net, size, beside_jax in NETS:
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(nnc_seconds(nnc, net, size))
            theirs.append(jax_seconds(net, size) if beside_jax else None)
        shares += [rows["accounted"] / 1e3 / seconds for seconds, _, rows in ours]
        cells = [f"{statistics.median(run[i] for run in ours):.2f}" for i in (0, 1)]
        if all(theirs):
            version = theirs[0][2]
            cells += [f"{statistics.median(run[i] for run in theirs):.2f}" for i in (0, 1)]
        else:
            cells += ["-", "-"]
        lines.append(f"| {net}, {size} | " + " | ".join(cells) + " |")
    return lines, version, min(shares)


def growth(nnc, rounds):
    """Least milliseconds of each step at half the size and at the size."""
    lines = []
    for net, size in GROWTH:
        least = []
        for n in (size // 2, size):
            runs = [nnc_seconds(nnc, net, n)[2] for _ in range(rounds)]
            least.append({name: min(run[name] for run in runs) for name in runs[0]})
        lines += ["", f"| {net} | {size // 2}, ms | {size}, ms | ratio |", "|---|---|---|---|"]
        for name, half in least[0].items():
            if name != "accounted":
                whole = least[1][name]
                ratio = f"{whole / half:.2f}" if half >= 0.5 else "-"
                lines.append(f"| {name} | {half:.1f} | {whole:.1f} | {ratio} |")
    return lines


def main():
    nnc = sys.argv[1] if len(sys.argv) > 1 else "build/nnc"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    lines, version, share = compare(nnc, rounds)
    grown = growth(nnc, rounds)
    cpu = re.search(r"^model name[^:]*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)[1]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                            cwd=RESULTS.parent, check=True).stdout.strip()
    load = os.getloadavg()[0]
    text = "\n".join([
        "# Compiling the gradients of two nets, f32, width 64, batch 32", "",
        f"{datetime.date.today()}, {cpu}, {os.cpu_count()} cores, {rounds} rounds in turns; load "
        f"average at the end {load:.2f}.", "",
        f"Seconds, medians, of nnc ({commit}: model file to object file, the whole process) and of "
        f"JAX {version or '(not there)'}", "(lowering and compiling in a process that is warm).",
        "", "| net, layers or steps | nnc | nnc, processor | JAX | JAX, processor |",
        "|---|---|---|---|---|", *lines, "",
        f"The rows of `--time-passes` tell of {100 * share:.0f} % of the time or more.",
        "", "Steps of nnc, least of the rounds:", *grown, "",
        "Written by `benchmarks/compile_time.py`.", ""])
    RESULTS.write_text(text)
    print(text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--jax"]:
        print(json.dumps(measure_jax(sys.argv[2], int(sys.argv[3]))))
    else:
        main()
