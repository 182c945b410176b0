"""Run files of textbook formulas where the formula as written overflows or divides by zero."""

import mpmath
import numpy

from run_files import tensor, write


def file_name(name, dtype):
    return name if dtype == "f32" else f"{name}_{dtype}"


def logistic(x):
    return 1 / (1 + mpmath.exp(-x))


def soft(x):
    return mpmath.log1p(mpmath.exp(x)) if x < 100 else x + mpmath.log1p(mpmath.exp(-x))


def textbook_functions(dtype):
    """Functions of one number as textbooks spell them, with two derivatives, at large arguments."""
    points = [-1e4, -100, -20, -1.5, -0.25, 0, 0.5, 3, 30, 100, 1e4]
    slope = lambda x: logistic(x) * logistic(-x)
    functions = {
        "sigmoid": (logistic, slope, lambda x: slope(x) * (logistic(-x) - logistic(x)), [
            "1/(1+exp(-x))", "exp(x)/(1+exp(x))", "exp(x)/(exp(x)+1)", "1/(exp(-x)+1)",
            "1 - 1/(1+exp(x))", "(1+exp(-x))**-1", "1 - exp(-x)/(1+exp(-x))", "inside(x)"]),
        "softplus": (soft, logistic, slope, [
            "log(1+exp(x))", "log(exp(x)+1)", "log1p(exp(x))", "-log(sigmoid(-x))",
            "-log(1-sigmoid(x))", "x + log(1+exp(-x))", "-log(1/(1+exp(x)))"]),
        "log_sigmoid": (lambda x: -soft(-x), lambda x: logistic(-x), lambda x: -slope(x), [
            "log(sigmoid(x))", "log(1/(1+exp(-x)))", "-log(1+exp(-x))", "-log1p(exp(-x))",
            "log(exp(x)/(1+exp(x)))", "x - log(1+exp(x))", "log1p(-sigmoid(-x))",
            "log(inside(x))"]),
        "log_rest": (lambda x: -soft(x), lambda x: -logistic(x), lambda x: -slope(x), [
            "log(1-sigmoid(x))", "log1p(-sigmoid(x))", "log(1-1/(1+exp(-x)))",
            "log(sigmoid(-x))", "log(1/(1+exp(x)))", "log(1-exp(x)/(1+exp(x)))"]),
        "tanh": (mpmath.tanh, lambda x: mpmath.sech(x) ** 2,
                 lambda x: -2 * mpmath.tanh(x) * mpmath.sech(x) ** 2, [
            "(exp(x)-exp(-x))/(exp(x)+exp(-x))", "(exp(x)-exp(-x))/(exp(-x)+exp(x))",
            "(exp(2*x)-1)/(exp(2*x)+1)", "(1-exp(-2*x))/(1+exp(-2*x))", "1 - 2/(exp(2*x)+1)",
            "2*sigmoid(2*x) - 1", "sinh(x)/cosh(x)"]),
        "abs": (abs, mpmath.sign, lambda x: mpmath.mpf(0), [
            "sqrt(x*x)", "sqrt(square(x))", "sqrt(x**2)", "(x*x)**0.5", "(x**2)**0.5"]),
    }
    nodes, outputs = [], {}
    for name, (*derivatives, spellings) in functions.items():
        for i, spelling in enumerate(spellings):
            value, first, second = (f"{name}_{i}{end}" for end in ("", "_d", "_dd"))
            nodes += [f"{value} = {spelling}", f"{first} = grad(sum({value}), x)",
                      f"{second} = grad(sum({first}), x)"]
            for out, function in zip((value, first, second), derivatives):
                values = [float(function(mpmath.mpf(x))) for x in points]
                outputs[out] = tensor(dtype, values)
    model = {
        "inputs": {"x": f"{dtype}[11]"},
        "nodes": nodes,
        "functions": {
            "inside": {"inputs": {"q": f"{dtype}[11]"}, "nodes": ["s = 1/(1+exp(-q))"],
                       "out": ["s"]},
            "all": {"in": ["x"], "out": list(outputs)}},
    }
    run = {"function": "all", "inputs": {"x": tensor(dtype, points)}, "outputs": outputs,
           "ulps": 64}
    write(file_name("textbook_functions", dtype), model, [run])


def rows_of_logits(dtype):
    z = [[1e4, -1e4, 0, 5], [1, 2, 3, -1], [-1e4, -1e4 + 1, -1e4 - 1, -1e4], [0, 0, 0, 0],
         [100, -100, 90, 95]]
    labels = [1, 2, 0, 3, 2]
    direction = [0.5, -1, 2, 0.25]
    y = [[float(k == label) for k in range(4)] for label in labels]
    exact = [[mpmath.mpf(v) for v in row] for row in z]
    total = [max(row) + mpmath.log(sum(mpmath.exp(v - max(row)) for v in row)) for row in exact]
    p = [[mpmath.exp(v - t) for v in row] for row, t in zip(exact, total)]
    mean = [sum(a * b for a, b in zip(row, direction)) for row in p]
    curve = [[float(a * (b - m)) for a, b in zip(row, direction)] for row, m in zip(p, mean)]
    keep = "axes=[1], keep=true"
    shifted = f"exp(z - max(z, {keep}))"
    cases = {
        "sum": ([float(t) for t in total], [[float(a) for a in row] for row in p], [
            "log(sum(exp(z), axes=[1]))", "logsumexp(z, axes=[1])",
            f"max(z, axes=[1]) + log(sum({shifted}, axes=[1]))", "-log(1/sum(exp(z), axes=[1]))",
            "z[:,0] - log(exp(z[:,0])/sum(exp(z), axes=[1]))"]),
        "entropy": ([float(t - row[k]) for t, row, k in zip(total, exact, labels)],
                    [[float(a - b) for a, b in zip(*rows)] for rows in zip(p, y)], [
            f"-sum(y*log(exp(z)/sum(exp(z), {keep})), axes=[1])",
            f"-sum(y*log({shifted}/sum({shifted}, {keep})), axes=[1])",
            "-sum(y*log(softmax(z)), axes=[1])", "sum(-y*log(inside(z)), axes=[1])",
            f"-sum(y*(z - log(sum(exp(z), {keep}))), axes=[1])",
            "cross_entropy(softmax(z), y, reduction=\"none\")",
            "-take_along(log(softmax(z)), ids, axis=1)[:,0]",
            "-log(take_along(softmax(z), ids, axis=1)[:,0])",
            "-log(sum(softmax(z)*y, axes=[1]))",
            f"-log(sum(y*exp(z)/sum(exp(z), {keep}), axes=[1]))"]),
    }
    nodes, outputs = [], {}
    for name, (value, slope, spellings) in cases.items():
        for i, spelling in enumerate(spellings):
            out = f"{name}_{i}"
            nodes += [f"{out} = {spelling}", f"{out}_d = grad(sum({out}), z)",
                      f"{out}_dd = vjp({out}_d, z, u)"]
            outputs |= {out: tensor(dtype, value), out + "_d": tensor(dtype, slope),
                        out + "_dd": tensor(dtype, curve)}
    model = {
        "inputs": {**{name: f"{dtype}[5,4]" for name in "zyu"}, "ids": "i32[5,1]"},
        "nodes": nodes,
        "functions": {
            "inside": {"inputs": {"q": f"{dtype}[5,4]"},
                       "nodes": [f"s = exp(q)/sum(exp(q), {keep})"], "out": ["s"]},
            "all": {"in": ["z", "y", "u", "ids"], "out": list(outputs)}},
    }
    inputs = {"z": tensor(dtype, z), "y": tensor(dtype, y),
              "u": tensor(dtype, [direction] * 5),
              "ids": tensor("i32", [[label] for label in labels])}
    run = {"function": "all", "inputs": inputs, "outputs": outputs, "ulps": 64}
    write(file_name("rows_of_logits", dtype), model, [run])


def lengths(dtype):
    x = numpy.array([[0, 0, 0], [3, 4, 0], [0.001, 2, 5]])
    u = numpy.array([1, -2, 0.5])
    length = numpy.sqrt((x * x).sum(axis=1))
    safe = numpy.where(length == 0, 1, length)[:, None]
    slope = x / safe
    curve = numpy.where(length[:, None] == 0, 0, (u - slope * (slope @ u)[:, None]) / safe)
    c = numpy.array([[2, 2, 2], [1, 2, 4]])
    spread = c.std(axis=1)
    wide = numpy.where(spread == 0, 1, spread)[:, None]
    spellings = ["sqrt(sum(x*x, axes=[1]))", "norm(x, axes=[1])", "sum(x*x, axes=[1])**0.5",
                 "sqrt(sum(x**2, axes=[1]))", "sqrt(sum(square(x), axes=[1]))",
                 "sqrt(einsum(\"ij,ij->i\", x, x))"]
    deviations = ["std(c, axes=[1])", "sqrt(variance(c, axes=[1]))",
                  "sqrt(mean(square(c - mean(c, axes=[1], keep=true)), axes=[1]))",
                  "variance(c, axes=[1])**0.5", "sqrt(sum((c - mean(c, axes=[1], keep=true))**2, "
                  "axes=[1])/3)"]
    nodes, outputs = [], {}
    for i, spelling in enumerate(spellings):
        out = f"length_{i}"
        nodes += [f"{out} = {spelling}", f"{out}_d = grad(sum({out}), x)",
                  f"{out}_dd = vjp({out}_d, x, u)"]
        outputs |= {out: tensor(dtype, length), out + "_d": tensor(dtype, slope),
                    out + "_dd": tensor(dtype, curve)}
    for i, spelling in enumerate(deviations):
        out = f"spread_{i}"
        nodes += [f"{out} = {spelling}", f"{out}_d = grad(sum({out}), c)"]
        slope = numpy.where(spread[:, None] == 0, 0,
                            (c - c.mean(axis=1, keepdims=True)) / 3 / wide)
        outputs |= {out: tensor(dtype, spread), out + "_d": tensor(dtype, slope)}
    model = {"inputs": {"x": f"{dtype}[3,3]", "u": f"{dtype}[3,3]", "c": f"{dtype}[2,3]"},
             "nodes": nodes,
             "functions": {"all": {"in": ["x", "u", "c"], "out": list(outputs)}}}
    inputs = {"x": tensor(dtype, x), "u": tensor(dtype, [u] * 3), "c": tensor(dtype, c)}
    run = {"function": "all", "inputs": inputs, "outputs": outputs, "ulps": 16}
    write(file_name("lengths", dtype), model, [run])


def write_all():
    for dtype in ("f32", "f64"):
        textbook_functions(dtype)
        rows_of_logits(dtype)
        lengths(dtype)
