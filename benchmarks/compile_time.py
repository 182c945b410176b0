"""How long the gradients of two nets take to compile: a perceptron of 100 layers and a recurrent
net unrolled over 200 steps, f32, width 64, batch 32. Prints seconds by the clock and of the
processor for nnc and, where it is there, JAX, and the milliseconds of each step of nnc. First
argument: the command (build/nnc)."""
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

WIDTH, BATCH, LAYERS, STEPS = 64, 32, 100, 200


def model(params, inputs, nodes, names):
    nodes.append("%s = grad(loss, [%s])" % (", ".join("g_" + n for n in names), ", ".join(names)))
    return {"nnc": 1, "name": "net", "inputs": inputs, "params": params, "nodes": nodes,
            "functions": {"gradient": {"in": list(inputs),
                                       "out": ["loss"] + ["g_" + n for n in names]}}}


def param(*shape):
    return {"type": "f32%s" % json.dumps(shape).replace(" ", ""), "init": 0}


def perceptron():
    params, nodes, last = {}, [], "x"
    for i in range(LAYERS):
        params[f"w{i}"], params[f"b{i}"] = param(WIDTH, WIDTH), param(WIDTH)
        nodes.append(f"h{i} = tanh({last}@w{i} + b{i})")
        last = f"h{i}"
    nodes.append(f"loss = mean(square({last} - y))")
    rows = f"f32[{BATCH},{WIDTH}]"
    return model(params, {"x": rows, "y": rows}, nodes, list(params))


def recurrent():
    params = {"w": param(WIDTH, WIDTH), "u": param(WIDTH, WIDTH), "b": param(WIDTH)}
    nodes, last = ["h0 = tanh(x[0]@w + b)"], "h0"
    for i in range(1, STEPS):
        nodes.append(f"h{i} = tanh(x[{i}]@w + {last}@u + b)")
        last = f"h{i}"
    nodes.append(f"loss = mean(square({last} - y))")
    inputs = {"x": f"f32[{STEPS},{BATCH},{WIDTH}]", "y": f"f32[{BATCH},{WIDTH}]"}
    return model(params, inputs, nodes, list(params))


def jax_seconds(net):
    import jax
    import jax.numpy as jnp

    def layers(params, x):
        for w, b in params:
            x = jnp.tanh(x @ w + b)
        return x

    def unrolled(params, x):
        w, u, b = params
        h = jnp.tanh(x[0] @ w + b)
        for t in range(1, STEPS):
            h = jnp.tanh(x[t] @ w + h @ u + b)
        return h

    square, bias = jnp.zeros((WIDTH, WIDTH), jnp.float32), jnp.zeros(WIDTH, jnp.float32)
    rows = jnp.zeros((BATCH, WIDTH), jnp.float32)
    if net == "perceptron":
        run, params, x = layers, [(square, bias)] * LAYERS, rows
    else:
        run, params = unrolled, (square, square, bias)
        x = jnp.zeros((STEPS, BATCH, WIDTH), jnp.float32)
    gradient = jax.jit(jax.value_and_grad(lambda p, x, y: jnp.mean((run(p, x) - y) ** 2)))
    begin, processor = time.perf_counter(), time.process_time()
    gradient.lower(params, x, rows).compile()
    return time.perf_counter() - begin, time.process_time() - processor, jax.__version__


def nnc_seconds(nnc, name, net):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{name}.json"
        path.write_text(json.dumps(net))
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        begin = time.perf_counter()
        words = [nnc, "compile", path, "-f", "gradient", "--time-passes", "-o", folder + "/"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - begin
        steps = [line for line in done.stderr.splitlines()
                 if " ms" in line and "kernels," not in line]
        processor = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        return seconds, processor, "\n".join(steps)


def main():
    nnc = sys.argv[1] if len(sys.argv) > 1 else "build/nnc"
    for name, net in (("perceptron", perceptron()), ("recurrent", recurrent())):
        seconds, processor, steps = nnc_seconds(nnc, name, net)
        print(f"{name}: nnc compile {seconds:.2f} s, {processor:.2f} s of the processor\n{steps}")
        try:
            seconds, processor, version = jax_seconds(name)
            print(f"{name}: JAX {version} {seconds:.2f} s, {processor:.2f} s of the processor\n")
        except ImportError:
            print(f"{name}: no JAX here\n")


if __name__ == "__main__":
    main()
