"""Writes the run files: models with inputs and the outputs that they must give.

The outputs are computed here with NumPy and mpmath, by formulas that are finite where the models'
own spellings are not. Run with Debian's python3; the files are committed.
"""

import json

import mpmath
import numpy

import digit_runs
import loop_runs
import named_runs
import number_runs
import ramp_runs
from run_files import scalars, tensor, write

mpmath.mp.dps = 50


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


def derivative_modes():
    a = [[1, 0.5, -1], [0.25, 0.125, 0.75]]
    x, v = [0.25, -0.5, 0.75], [1, 2, -1]
    u = lambda i, *p: mpmath.tanh(sum(w * q for w, q in zip(a[i], p))) * mpmath.exp(
        -sum(q * q for q in p))
    s = lambda *p: sum(mpmath.tanh(q) * q * q for q in p) + p[0] * p[1] * p[2]
    slope = lambda f, *orders: float(mpmath.diff(f, tuple(mpmath.mpf(q) for q in x), orders))
    unit = lambda *axes: tuple(sum(axis == i for axis in axes) for i in range(3))
    y = [lambda *p, i=i: u(i, *p) for i in range(2)]
    jacobian = [[slope(f, *unit(i)) for i in range(3)] for f in y]
    hessian = [[slope(s, *unit(i, k)) for k in range(3)] for i in range(3)]
    # d lap(y) / dx: third derivatives
    third = [sum(slope(y[0], *unit(k, k, i)) for k in range(3)) for i in range(3)]
    model = {
        "inputs": {"a": "f64[2,3]", "x": "f64[3]", "v": "f64[3]", "seeds": "f64[4,2]"},
        "nodes": [
            "y = tanh(a@x)*exp(-sum(x*x))",
            "s = sum(tanh(x)*x*x) + x[0]*x[1]*x[2]",
            "jv = jvp(y, x, v)",
            "j = jacobian(y, x)",
            "sj = jacobian(s, x)",
            "h = hessian(s, x)",
            "hv = hvp(s, x, v)",
            "hvv = grad(sum(hv), v)",
            "lap = laplacian(y, x)",
            "dlap = jacobian(lap, x)",
            "jjv = jvp(jv, x, v)",
            "rows = vjp(y, x, seeds)",
        ],
        "functions": {"modes": {"in": ["a", "x", "v", "seeds"], "out": [
            "jv", "j", "sj", "h", "hv", "hvv", "lap", "dlap", "jjv", "rows"]}},
    }
    second = [[[slope(f, *unit(i, k)) for k in range(3)] for i in range(3)] for f in y]
    seeds = [[1, 0], [0, 1], [0.5, -2], [3, 1]]
    outputs = {
        "rows": numpy.array(seeds) @ jacobian,
        "jv": numpy.array(jacobian) @ v,
        "j": jacobian,
        "sj": [slope(s, *unit(i)) for i in range(3)],
        "h": hessian,
        "hv": numpy.array(hessian) @ v,
        "hvv": numpy.array(hessian).sum(axis=0),
        "lap": [numpy.trace(numpy.array(one)) for one in second],
        "dlap": [third, [sum(slope(y[1], *unit(k, k, i)) for k in range(3)) for i in range(3)]],
        "jjv": [numpy.array(v) @ numpy.array(one) @ numpy.array(v) for one in second],
    }
    run = {"function": "modes",
           "inputs": {name: tensor("f64", value) for name, value in
                      (("a", a), ("x", x), ("v", v), ("seeds", seeds))},
           "outputs": {name: tensor("f64", value) for name, value in outputs.items()},
           "ulps": 512}
    write("derivative_modes", model, [run])


def examples_at_once():
    random = numpy.random.default_rng(3)
    x, w = random.normal(size=(3, 5)), random.normal(size=(2, 3))
    t = numpy.tanh(w @ x)  # a column for each example
    per_example = numpy.einsum("ik,jk->kij", 1 - t * t, x)
    model = {
        "inputs": {"x": "f64[3,5]", "w": "f64[2,3]", "p": "f64[4]"},
        "nodes": [
            {"out": ["e", "gw", "gx"], "op": "vmap", "function": "energy", "in": ["x", "w"],
             "axes": [-1, None]},
            # one value twice: two variables inside
            "q = p*2",
            "d = product(q, q)",
            {"out": "dd", "op": "vmap", "function": "slope", "in": ["q", "q"]},
        ],
        "functions": {
            "energy": {"inputs": {"r": "f64[3]", "m": "f64[2,3]"},
                       "nodes": ["e = sum(tanh(m@r))", "gm, gr = grad(e, [m, r])"],
                       "out": ["e", "gm", "gr"]},
            "product": {"inputs": {"a": "f64[4]", "b": "f64[4]"},
                        "nodes": ["g = grad(sum(a*a*b), a)"], "out": ["g"]},
            "slope": {"inputs": {"a": "f64[]", "b": "f64[]"},
                      "nodes": ["g = grad(a*a*b, b)"], "out": ["g"]},
            "all": {"in": ["x", "w", "p"], "out": ["e", "gw", "gx", "d", "dd"]},
        },
    }
    p = numpy.array([0.5, -1, 2, 3])
    outputs = {"e": t.sum(axis=0), "gw": per_example, "gx": ((1 - t * t).T @ w),
               "d": 2 * (2 * p) ** 2, "dd": (2 * p) ** 2}
    run = {"function": "all", "inputs": {name: tensor("f64", value) for name, value in
                                         (("x", x), ("w", w), ("p", p))},
           "outputs": {name: tensor("f64", value) for name, value in outputs.items()}, "ulps": 64}
    write("examples_at_once", model, [run])


def calls_with_derivatives():
    """A function with derivatives inside, called in a chain: each call has variables of its own."""
    x, w = 3.0, 2.0
    xs = numpy.array([3.0, -0.5])
    function = lambda inputs, nodes, out: {"inputs": {name: "f64[]" for name in inputs},
                                           "nodes": nodes, "out": out}
    vmap = lambda out, name, operand: {"out": out, "op": "vmap", "function": name,
                                       "in": [operand, "w"], "axes": [0, None]}
    model = {
        "inputs": {"x": "f64[]", "w": "f64[]", "xs": "f64[2]"},
        "state": {"s": {"type": "f64[]", "init": 10}, "t": {"type": "f64[]", "init": 100}},
        "nodes": [
            "y1, g1 = slope(x, w)", "y2, g2 = slope(y1, w)",
            vmap("e1", "twice", "xs"), vmap("e2", "twice", "e1"),
            vmap("n1", "nesting", "xs"), vmap("n2", "nesting", "n1"),
            "l1 = curved(x, w)", "l2 = curved(l1, w)",
            "v = 2*x", "cube = v*v*v", "gx = grad(cube, x)", "lap = laplacian(gx, v)",
            "hess = hessian(gx, v)",
            "sum_of = uses_state(x, t)",
        ],
        "functions": {
            "slope": function("ab", ["p = b*b", "o = p*a", "g = grad(o, p)"], ["o", "g"]),
            "twice": function("ab", ["p = b*b", "o = a*p", "e = o + grad(o, p)"], ["e"]),
            "nested": function("ab", ["o = a*b*b", "d = grad(o, b)"], ["d"]),
            "nesting": function("ab", ["y = nested(a, b)"], ["y"]),
            "curved": function("ab", ["o = a*b*b*b", "l = laplacian(o, b)"], ["l"]),
            "reads": function("a", ["o = a + s"], ["o"]),
            "uses_state": function("as", ["z = reads(a)", "o = z*1"], ["o"]),
            "all": {"in": ["x", "w", "xs"],
                    "out": ["g2", "e2", "n2", "l2", "lap", "hess", "sum_of"]}},
    }
    outputs = scalars(g2=w * w * x, e2=xs * (w * w + 1) ** 2, n2=4 * w * w * xs,
                      l2=36 * w * w * x, lap=12, hess=12, sum_of=x + 10)
    write("calls_with_derivatives", model, [{
        "function": "all", "inputs": scalars(x=x, w=w, xs=xs, s=10, t=100), "outputs": outputs,
        "ulps": 4}])


def variables_within_variables():
    """Derivatives of derivatives with respect to intermediates of what is stabilised."""
    z, w = 0.75, -1.25
    p = float(number_runs.logistic(mpmath.mpf(z * w)))
    q = 2 * p
    by_q = 6 * q + 3 * q * q
    by_p = 2 * by_q - 1 / p
    model = {
        "inputs": {"z": "f64[]", "w": "f64[]"},
        "nodes": [
            "p = 1/(1+exp(-z*w))", "q = 2*p", "loss = q*q*q - log(p)", "gq = grad(loss, q)",
            "s = gq + loss", "a, b, c = grad(s, [p, q, w])", "b_alone = grad(s, q)",
            "r = 1/(1+exp(-(z*w*2)))", "first = minus_log(r)", "second = minus_log(p)",
            "total = first + second", "gp, gw = grad(total, [p, w])",
        ],
        "functions": {
            "minus_log": {"inputs": {"a": "f64[]"}, "nodes": ["o = -log(a)"], "out": ["o"]},
            "nested": {"in": ["z", "w"], "out": ["a", "b", "c", "b_alone"]},
            "wide": {"in": ["z", "w"], "out": ["gp", "gw"]}},
    }
    nested = scalars(a=by_p, b=by_q, b_alone=by_q, c=by_p * p * (1 - p) * z)
    wide = scalars(gw=3e4)
    write("variables_within_variables", model, [
        {"function": "nested", "inputs": scalars(z=z, w=w), "outputs": nested, "ulps": 64},
        # The slope of log(p) has no limit where p is rounded to 0.
        {"function": "wide", "inputs": scalars(z=-1e4, w=1), "outputs": {**wide, "gp": None},
         "ulps": 4}])


binary_cross_entropy("cross_entropy_by_exp", "1/(1 + exp(-(x@w) - b))")
binary_cross_entropy("cross_entropy_by_sigmoid", "sigmoid(x@w + b)")
third_derivative()
naive_softmax()
hessian_vector_product()
derivative_modes()
examples_at_once()
number_runs.write_all()
ramp_runs.write_all()
digit_runs.write_all()
calls_with_derivatives()
variables_within_variables()
loop_runs.write_all()
named_runs.write_all()
