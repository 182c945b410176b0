"""Run files of what models may call by name: marked values, other names of rows, numbers as p."""

import mpmath
import numpy

from run_files import tensor, write


def marked_values():
    """checkpoint(x) is x with its derivatives, nested and as a variable."""
    x, v = [0.25, -0.75, 1.5], [1, -0.5, 2]
    cube = lambda q: (mpmath.sin(q) * q) ** 3
    square = lambda q: mpmath.tanh(q) ** 2
    slopes = lambda f, points, order: [float(mpmath.diff(f, mpmath.mpf(q), order)) for q in points]
    product = [p * q for p, q in zip(x, v)]
    outputs = {
        "a": [float(mpmath.sin(q) * q) for q in x],
        "g": slopes(cube, x, 1),
        "h": numpy.diag(slopes(cube, x, 2)),
        "third": slopes(cube, x, 3),
        "at_a": [3 * float(mpmath.sin(q) * q) ** 2 for q in x],
        "g_v": numpy.array(slopes(square, product, 1)) * x,
        "same": x,
    }
    model = {
        "inputs": {"x": "f64[3]", "v": "f64[3]"},
        "nodes": [
            "a = checkpoint(sin(x)*x)", "loss = sum(a**3)", "g = grad(loss, x)",
            "h = hessian(loss, x)", "at_a = grad(loss, a)",
            "third = grad(sum(grad(sum(g), x)), x)",
            "g_v = grad(sum(checkpoint(tanh(checkpoint(x*v))**2)), v)",
            {"out": "same", "op": "checkpoint", "in": ["x"]}],
        "functions": {"all": {"in": ["x", "v"], "out": list(outputs)}},
    }
    run = {"function": "all", "inputs": {"x": tensor("f64", x), "v": tensor("f64", v)},
           "outputs": {name: tensor("f64", value) for name, value in outputs.items()},
           "ulps": 512}
    write("marked_values", model, [run])


def digammas():
    points = [0.125, 0.75, 1, 2.5, 40, -0.5, -2.25]
    at = lambda order: [float(mpmath.polygamma(order, mpmath.mpf(q))) for q in points]
    model = {
        "inputs": {"x": "f64[7]"},
        "nodes": ["y = digamma(x)", "slope = grad(sum(y), x)"],
        "functions": {"all": {"in": ["x"], "out": ["y", "slope"]}},
    }
    run = {"function": "all", "inputs": {"x": tensor("f64", points)},
           "outputs": {"y": tensor("f64", at(0)), "slope": tensor("f64", at(1))}, "ulps": 64}
    write("digammas", model, [run])


def certain_draws():
    """A number in the operand's place is p."""
    model = {
        "inputs": {},
        "nodes": ["never = bernoulli(0, [5])", "ever = bernoulli(1.0, shape=[5])",
                  {"out": "too", "op": "bernoulli", "in": [1], "shape": [5]}],
        "functions": {"all": {"in": [], "out": ["never", "ever", "too"]}},
    }
    outputs = {"never": [0] * 5, "ever": [1] * 5, "too": [1] * 5}
    run = {"function": "all", "inputs": {"rng": tensor("u32", [7, 0])},
           "outputs": {name: tensor("bool", value) for name, value in outputs.items()}, "ulps": 0}
    write("certain_draws", model, [run])


def rows_without_terms():
    """log(sum(exp(x))) of nothing but -inf is -inf, with inf in it inf; JSON has only their exp."""
    w = [[0, 0, 0], [1, 0, 2], [4, 0.5, 0.25]]
    spellings = ["log(sum(exp(x), axes=[1]))", "logsumexp(x, axes=[1])",
                 "log(sum(exp(log(w)), axes=[1]))"]
    nodes = ["x = log(w)"]
    nodes += [f"sum_{i} = exp({spelling})" for i, spelling in enumerate(spellings)]
    nodes += ["z = select(w > 3, 1/(w - w), x)", "over_0 = 1/log(sum(exp(z), axes=[1]))",
              "over_1 = 1/logsumexp(z, axes=[1])"]
    total = numpy.array(w).sum(axis=1)
    over = [0, 1 / numpy.log(3), 0]  # 1/-inf, 1/log(3), 1/inf
    outputs = {f"sum_{i}": total for i in range(len(spellings))} | {"over_0": over, "over_1": over}
    for dtype in ("f32", "f64"):
        model = {
            "inputs": {"w": f"{dtype}[3,3]"}, "nodes": nodes,
            "functions": {"all": {"in": ["w"], "out": list(outputs)}},
        }
        run = {"function": "all", "inputs": {"w": tensor(dtype, w)},
               "outputs": {name: tensor(dtype, value) for name, value in outputs.items()},
               "ulps": 64}
        write("rows_without_terms" + ("_f64" if dtype == "f64" else ""), model, [run])


def write_all():
    marked_values()
    digammas()
    certain_draws()
    rows_without_terms()
