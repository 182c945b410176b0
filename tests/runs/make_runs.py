"""Writes the run files: models with inputs and the outputs that they must give.

The outputs are computed here with NumPy and mpmath, by formulas that are finite where the models'
own spellings are not. Run with Debian's python3; the files are committed.
"""

import json
import pathlib

import mpmath
import numpy

FOLDER = pathlib.Path(__file__).parent
mpmath.mp.dps = 50


def tensor(dtype, values):
    array = numpy.asarray(values, dtype=numpy.float64 if dtype[0] == "f" else numpy.int64)
    sizes = ",".join(str(size) for size in array.shape)
    return {"type": f"{dtype}[{sizes}]", "data": array.ravel().tolist()}


def write(name, model, runs):
    model = {"nnc": 1, "name": name, **model, "x-runs": runs}
    (FOLDER / f"{name}.json").write_text(json.dumps(model, indent=1) + "\n")


def sigmoid(z):
    return numpy.array([float(1 / (1 + mpmath.exp(-mpmath.mpf(float(v))))) for v in z])


def softplus(z):
    return numpy.array([float(mpmath.log(1 + mpmath.exp(mpmath.mpf(float(v))))) for v in z])


def cross_entropy_runs(scale, with_p):
    random = numpy.random.default_rng(int(scale))
    x = numpy.round(random.normal(size=(6, 3)) * 8) / 8
    w = numpy.array([0.5, -1.25, 2.0]) * scale
    b = 0.25
    y = numpy.array([0, 1, 1, 0, 1, 0], dtype=float)
    z = x @ w + b
    p = sigmoid(z)
    loss = numpy.mean(softplus(z) - y * z)
    outputs = {
        "loss": tensor("f32", loss),
        "gw": tensor("f32", x.T @ (p - y) / 6),
        "gb": tensor("f32", numpy.mean(p - y)),
    }
    if with_p:  # the slope at p itself has no limit where p is rounded to 0 or 1
        outputs["gp"] = tensor("f32", (-y / p + (1 - y) / (1 - p)) / 6) if scale == 1 else None
    given = {"x": x, "y": y, "w": w, "b": b}
    inputs = {name: tensor("f32", value) for name, value in given.items()}
    return {"function": "step" if with_p else "wide", "inputs": inputs, "outputs": outputs,
            "ulps": 64,
            # Sums cancel: their bound is relative to the terms.
            "terms": {"gw": float((abs(x).T @ abs(p - y)).max() / 6),
                      "gb": float(numpy.mean(abs(p - y)))}}


def binary_cross_entropy(name, p):
    model = {
        "inputs": {"x": "f32[6,3]", "y": "f32[6]"},
        "params": {"w": {"type": "f32[3]", "init": 0}, "b": {"type": "f32[]", "init": 0}},
        "nodes": [
            f"p = {p}",
            "loss = mean(-y*log(p) - (1-y)*log(1-p))",
            "gw, gb = grad(loss, [w, b])",
        ],
        "functions": {"wide": {"in": ["x", "y"], "out": ["loss", "gw", "gb"]}},
    }
    write(name, model, [cross_entropy_runs(1, False), cross_entropy_runs(1e4, False)])
    model = json.loads(json.dumps(model))
    model["nodes"].append("gp = grad(loss, p)")
    model["functions"] = {"step": {"in": ["x", "y"], "out": ["loss", "gw", "gb", "gp"]}}
    write(name + "_wrt_p", model, [cross_entropy_runs(1, True), cross_entropy_runs(1e4, True)])


def third_derivative():
    points = [-2, -0.75, 0, 0.5, 1.25]
    bump = lambda t: mpmath.tanh(t) * mpmath.exp(-t * t)
    expected = [float(mpmath.diff(bump, mpmath.mpf(t), 3)) for t in points]
    model = {
        "inputs": {"x": "f64[5]"},
        "nodes": [
            "f = tanh(x)*exp(-x*x)",
            "d1 = grad(sum(f), x)",
            "d2 = grad(sum(d1), x)",
            "d3 = grad(sum(d2), x)",
        ],
        "functions": {"third": {"in": ["x"], "out": ["d3"]}},
    }
    run = {"function": "third", "inputs": {"x": tensor("f64", points)},
           "outputs": {"d3": tensor("f64", expected)}, "ulps": 512}
    write("third_derivative", model, [run])


def naive_softmax():
    z = numpy.array([[1e4, -1e4, 0.0], [1.0, 2.0, 3.0], [-1e4, -1e4 + 1, -1e4 - 1]])
    y = numpy.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
    shifted = z - z.max(axis=1, keepdims=True)
    exponentials = numpy.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    model = {
        "inputs": {"z": "f32[3,3]", "y": "f32[3,3]"},
        "nodes": [
            "e = exp(z)",
            "s = e / sum(e, axes=[1], keep=true)",
            "loss = mean(-sum(y*log(s), axes=[1]))",
            "gz = grad(loss, z)",
        ],
        "functions": {"step": {"in": ["z", "y"], "out": ["loss", "s", "gz"]}},
    }
    outputs = {
        "loss": tensor("f32", numpy.mean(-(y * (shifted - numpy.log(total))).sum(axis=1))),
        "s": tensor("f32", exponentials / total),
        "gz": tensor("f32", (exponentials / total - y) / 3),
    }
    run = {"function": "step", "inputs": {"z": tensor("f32", z), "y": tensor("f32", y)},
           "outputs": outputs, "ulps": 16}
    write("naive_softmax", model, [run])


def hessian_vector_product():
    random = numpy.random.default_rng(7)
    x, w, v = random.normal(size=(5, 4)), random.normal(size=4), random.normal(size=4)
    # loss = mean(log(1 + exp(x w))): H v = x^T (s (1-s) (x v)) / n
    s = sigmoid(x @ w)
    expected = x.T @ (s * (1 - s) * (x @ v)) / 5
    model = {
        "inputs": {"x": "f64[5,4]", "w": "f64[4]", "v": "f64[4]"},
        "nodes": ["loss = mean(log(1 + exp(x@w)))", "hv = hvp(loss, w, v)"],
        "functions": {"product": {"in": ["x", "w", "v"], "out": ["hv"]}},
    }
    run = {"function": "product", "inputs": {name: tensor("f64", value) for name, value in
                                             (("x", x), ("w", w), ("v", v))},
           "outputs": {"hv": tensor("f64", expected)}, "ulps": 512}
    write("hessian_vector_product", model, [run])


binary_cross_entropy("cross_entropy_by_exp", "1/(1 + exp(-(x@w) - b))")
binary_cross_entropy("cross_entropy_by_sigmoid", "sigmoid(x@w + b)")
third_derivative()
naive_softmax()
hessian_vector_product()
