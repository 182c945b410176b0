"""Run files of textbook formulas where the formula as written overflows or divides by zero."""

import re

import mpmath
import numpy

from run_files import tensor, write


def file_name(name, dtype):
    return name if dtype == "f32" else f"{name}_{dtype}"


def logistic(x):
    return 1 / (1 + mpmath.exp(-x))


def soft(x):
    return mpmath.log1p(mpmath.exp(x)) if x < 100 else x + mpmath.log1p(mpmath.exp(-x))


def slope(x):
    return logistic(x) * logistic(-x)


def textbook_functions(dtype):
    """Functions of one number as textbooks spell them, with two derivatives, at large arguments."""
    points = [-9984, -100, -20, -1.5, -0.25, 0, 0.5, 3, 30, 100, 9984]
    if dtype in ("f32", "f64"):
        points[0], points[-1] = -1e4, 1e4
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
    write_functions(file_name("textbook_functions", dtype), dtype, points, functions)


def write_functions(name, dtype, points, functions, each=False):
    """Functions of one number x: value, two derivatives, and spellings that have them. `each`:
    every element has its digits, not the largest alone."""
    count = len(points)
    nodes, outputs = [], {}
    few = 3 if dtype in ("f16", "bf16") else None
    for name_of, (*derivatives, spellings) in functions.items():
        spellings = spellings[:few]
        for i, spelling in enumerate(spellings):
            value, first, second = (f"{name_of}_{i}{end}" for end in ("", "_d", "_dd"))
            nodes += [f"{value} = {spelling}", f"{first} = grad(sum({value}), x)",
                      f"{second} = grad(sum({first}), x)"]
            for out, function in zip((value, first, second), derivatives):
                values = [float(function(mpmath.mpf(x))) for x in points]
                outputs[out] = tensor(dtype, values)
    model = {
        "inputs": {"x": f"{dtype}[{count}]"},
        "nodes": nodes,
        "functions": {
            "inside": {"inputs": {"q": f"{dtype}[{count}]"}, "nodes": ["s = 1/(1+exp(-q))"],
                       "out": ["s"]},
            "all": {"in": ["x"], "out": list(outputs)}},
    }
    run = {"function": "all", "inputs": {"x": tensor(dtype, points)}, "outputs": outputs,
           "ulps": 64, **({"each": True} if each else {})}
    write(name, model, [run])


def cosh_log(x):
    return abs(x) + mpmath.log1p(mpmath.exp(-2 * abs(x))) - mpmath.log(2)


def exponentials(dtype):
    """Functions by exponentials whose parts overflow, or vanish, where they do not."""
    points = [-9984, -100, -89, -20, -1, 0, 1, 20, 89, 100, 9984]
    if dtype in ("f32", "f64"):
        points[0], points[-1] = -1e4, 1e4
    middle = lambda x: logistic(-x) - logistic(x)
    sech = mpmath.sech
    one, none = lambda x: mpmath.mpf(1), lambda x: mpmath.mpf(0)
    odds = ["log(p/(1-p))", "log(p) - log(1-p)", "log(p) - log1p(-p)", "-log((1-p)/p)",
            "-log(1/p - 1)"]
    both = ["log(p*(1-p))", "log((1-p)*p)", "log(p) + log(1-p)", "log(p - p*p)",
            "log(p - p**2)"]
    by_hand = ["sigmoid(x)", "(1/(1+exp(-x)))", "(exp(x)/(1+exp(x)))", "inside(x)"]
    of_p = lambda list: [re.sub(r"\bp\b", by_hand[(i + k) % 4], each)
                         for i, each in enumerate(list) for k in (0, 2)]
    functions = {
        "swish": (lambda x: x * logistic(x), lambda x: logistic(x) + x * slope(x),
                  lambda x: slope(x) * (2 + x * middle(x)), [
            "x/(1+exp(-x))", "x/(exp(-x)+1)", "x*exp(x)/(1+exp(x))", "exp(x)*x/(exp(x)+1)",
            "x*(exp(x)/(1+exp(x)))", "-x/(-1-exp(-x))", "x - x/(1+exp(x))", "x*inside(x)",
            "(1+exp(-x))**-1*x", "x/(1+1/exp(x))", "3*x/(3+3*exp(-x))"]),
        "log_cosh": (cosh_log, mpmath.tanh, lambda x: sech(x) ** 2, [
            "log((exp(x)+exp(-x))/2)", "log((exp(-x)+exp(x))*0.5)", "log(cosh(x))",
            "log(exp(x)/2 + exp(-x)/2)", "log(0.5*exp(-x) + 0.5*exp(x))",
            "-log(2/(exp(x)+exp(-x)))", "-log(1/cosh(x))"]),
        "share": (lambda x: logistic(2 * x), lambda x: 2 * slope(2 * x),
                  lambda x: 4 * slope(2 * x) * middle(2 * x), [
            "exp(x)/(exp(x)+exp(-x))", "exp(x)/(exp(-x)+exp(x))", "1 - exp(-x)/(exp(x)+exp(-x))",
            "2*exp(x)/(2*exp(-x)+2*exp(x))", "1/(1+exp(-x)/exp(x))"]),
        "tanh": (mpmath.tanh, lambda x: sech(x) ** 2,
                 lambda x: -2 * mpmath.tanh(x) * sech(x) ** 2, [
            "(exp(x)-exp(-x))*(1/(exp(x)+exp(-x)))", "sinh(x)*(1/cosh(x))",
            "exp(x)/(exp(x)+exp(-x)) - exp(-x)/(exp(x)+exp(-x))"]),
        "bell": (slope, lambda x: slope(x) * middle(x),
                 lambda x: slope(x) * (middle(x) ** 2 - 2 * slope(x)), [
            "exp(-x)/(1+exp(-x))**2", "exp(x)/((1+exp(x))*(exp(x)+1))",
            "1/((1+exp(x))*(1+exp(-x)))", "1/(2+exp(x)+exp(-x))", "inside(x) - inside(x)**2"]),
        "secant": (sech, lambda x: -sech(x) * mpmath.tanh(x),
                   lambda x: sech(x) * (1 - 2 * sech(x) ** 2), [
            "1/cosh(x)", "2/(exp(x)+exp(-x))", "2*exp(x)/(exp(2*x)+1)", "2*exp(-x)/(1+exp(-2*x))",
            "sqrt(4/(exp(x)+exp(-x))**2)"]),
        "root": (lambda x: mpmath.sqrt(logistic(x)), lambda x: mpmath.sqrt(logistic(x)) *
                 logistic(-x) / 2, lambda x: mpmath.sqrt(logistic(x)) *
                 (logistic(-x) ** 2 / 4 - slope(x) / 2), [
            "sqrt(sigmoid(x))", "inside(x)**0.5", "sqrt(1/(1+exp(-x)))",
            "1/sqrt(1+exp(-x))", "exp(x/2)/sqrt(1+exp(x))"]),
        "odds": (lambda x: x, one, none, of_p(odds)),
        "both": (lambda x: -soft(x) - soft(-x), middle, lambda x: -2 * slope(x), of_p(both)),
        "rest": (lambda x: mpmath.log(4) - soft(2 * x) - soft(-2 * x),
                 lambda x: -2 * mpmath.tanh(x), lambda x: -2 * sech(x) ** 2, [
            "log(1-tanh(x)**2)", "log(1-tanh(x)) + log(tanh(x)+1)", "-2*log(cosh(x))"]),
    }
    write_functions(file_name("exponentials", dtype), dtype, points, functions)


def roots_of_exponentials(dtype):
    """Powers of exp(x), which are large themselves."""
    points = [-100, -89, -20, -1, 0, 1, 20, 89, 100]
    power = lambda c: [lambda x, k=k: c ** k * mpmath.exp(c * x) for k in range(3)]
    functions = {
        "half": (*power(mpmath.mpf(1) / 2), [
            "sqrt(exp(x))", "exp(x)**0.5", "sqrt(1/exp(-x))", "exp(x)/sqrt(exp(x))",
            "(1/exp(x))**-0.5"]),
        "quarter": (*power(mpmath.mpf(1) / 4), ["sqrt(sqrt(exp(x)))", "exp(x)**0.25"]),
        "less": (*power(-mpmath.mpf(1) / 4), [
            "sqrt(exp(x))/exp(x)**0.75", "sqrt(exp(-x))/sqrt(sqrt(exp(-x)))"]),
    }
    write_functions(file_name("roots_of_exponentials", dtype), dtype, points, functions)


def pairs_of_exponentials(dtype):
    """Functions of two numbers, all pairs of some: value, gradient, and its derivative by a."""
    some = [-1e4, -100, -89, -20, -1, 0, 1, 20, 89, 100, 1e4]
    a, b = ([pair[i] for pair in [(x, y) for x in some for y in some]] for i in (0, 1))
    sum_log = lambda x, y: y + soft(x - y)
    share = lambda x, y: logistic(x - y)
    curve = lambda x, y: slope(x - y) * (logistic(y - x) - logistic(x - y))
    functions = {
        "sum": ([sum_log, share, lambda x, y: share(y, x), lambda x, y: slope(x - y),
                 lambda x, y: -slope(x - y)], [
            "log(exp(a)+exp(b))", "log(exp(b)+exp(a))", "-log(1/(exp(a)+exp(b)))",
            "log(exponential(a)+exponential(b))", "log(3*exp(a)+exp(b)*3)-log(3+0*a)",
            "a + log(1+exp(b)/exp(a))", "a - log(exp(a)/(exp(a)+exp(b)))"]),
        "share": ([share, lambda x, y: slope(x - y), lambda x, y: -slope(x - y), curve,
                   lambda x, y: -curve(x, y)], [
            "exp(a)/(exp(a)+exp(b))", "exp(a)/(exp(b)+exp(a))", "1 - exp(b)/(exp(a)+exp(b))",
            "1/(1+exp(b)/exp(a))", "exponential(a)/(exponential(b)+exponential(a))",
            "exp(a)*(1/(exp(a)+exp(b)))", "exp(a-b)/(1+exp(a-b))"]),
    }
    write_pairs(file_name("pairs_of_exponentials", dtype), dtype, a, b, functions)


def write_pairs(name, dtype, a, b, functions, each=False):
    """Functions of two numbers: value, both first derivatives, that by a once more by both."""
    ends = ["", "_a", "_b", "_aa", "_ab"]
    nodes, outputs = [], {}
    for name_of, (exact, spellings) in functions.items():
        for i, spelling in enumerate(spellings):
            out = f"{name_of}_{i}"
            nodes += [f"{out} = {spelling}"]
            for of, by in (("", "a"), ("", "b"), ("_a", "a"), ("_a", "b")):
                nodes += [f"{out}_{of[1:]}{by} = grad(sum({out}{of}), {by})"]
            for end, function in zip(ends, exact):
                values = [float(function(mpmath.mpf(x), mpmath.mpf(y))) for x, y in zip(a, b)]
                outputs[out + end] = tensor(dtype, values)
    model = {
        "inputs": {"a": f"{dtype}[{len(a)}]", "b": f"{dtype}[{len(b)}]"},
        "nodes": nodes,
        "functions": {
            "exponential": {"inputs": {"q": f"{dtype}[{len(a)}]"}, "nodes": ["s = exp(q)"],
                            "out": ["s"]},
            "all": {"in": ["a", "b"], "out": list(outputs)}},
    }
    run = {"function": "all", "inputs": {"a": tensor(dtype, a), "b": tensor(dtype, b)},
           "outputs": outputs, "ulps": 64, **({"each": True} if each else {})}
    write(name, model, [run])


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
            f"-log(sum(y*exp(z)/sum(exp(z), {keep}), axes=[1]))",
            "-log(einsum(\"ij,ij->i\", softmax(z), y))",
            "-log(sum(y*exp(z), axes=[1])/sum(exp(z), axes=[1]))",
            "log(sum(exp(z), axes=[1])) - log(sum(exp(z)*y, axes=[1]))",
            "-log(take_along(exp(z), ids, axis=1)[:,0]/sum(exp(z), axes=[1]))",
            "-log(sum(y*inside(z), axes=[1]))"]),
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


def entropies_of_two(dtype):
    """Cross-entropies of logits of two classes in forward mode: every element has its digits."""
    sizes = [0, 0.1, 5, 20, 80, 1e4]
    points = [(x, y) for x in [-a for a in sizes[1:]] + sizes for y in (0.0, 1.0, 0.25)]
    x, y = zip(*points)
    t = [1 + k % 3 for k in range(len(points))]
    spellings = ["-(y*log(sigmoid(x)) + (1-y)*log(1-sigmoid(x)))",
                 "-(y*log(1/(1+exp(-x))) + (1-y)*log(1-1/(1+exp(-x))))",
                 "y*softplus(-x) + (1-y)*softplus(x)", "softplus(x) - y*x",
                 "log(1+exp(x)) - x*y", "-y*log(exp(x)/(1+exp(x))) - (1-y)*log(1/(1+exp(x)))"]
    exact = [(mpmath.mpf(a), mpmath.mpf(b), c) for a, b, c in zip(x, y, t)]
    first = [float(c * ((1 - b) * logistic(a) - b * logistic(-a))) for a, b, c in exact]
    second = [float(c * c * slope(a)) for a, b, c in exact]
    nodes, outputs = [], {}
    for i, spelling in enumerate(spellings):
        nodes += [f"l_{i} = {spelling}", f"l_{i}_j = jvp(l_{i}, x, t)",
                  f"l_{i}_jj = jvp(l_{i}_j, x, t)", f"l_{i}_g = t * grad(sum(l_{i}), x)",
                  f"l_{i}_gj = t * grad(sum(l_{i}_j), x)"]
        for out, values in (("j", first), ("jj", second), ("g", first), ("gj", second)):
            outputs[f"l_{i}_{out}"] = tensor(dtype, values)
    model = {"inputs": {name: f"{dtype}[{len(points)}]" for name in "xyt"}, "nodes": nodes,
             "functions": {"all": {"in": ["x", "y", "t"], "out": list(outputs)}}}
    inputs = {"x": tensor(dtype, x), "y": tensor(dtype, y), "t": tensor(dtype, t)}
    run = {"function": "all", "inputs": inputs, "outputs": outputs, "ulps": 64, "each": True}
    write(file_name("entropies_of_two", dtype), model, [run])


def sums_of_exponentials(dtype):
    """Logarithms of sums of three exponentials and their shares, far from 0 and side by side."""
    exponents = [0, 1, -1, 20, -20, 1e4, -1e4, 9999, -9990]
    random = numpy.random.default_rng(5)
    points = [(v,) * 3 for v in exponents] + [tuple(random.choice(exponents, 3)) for _ in range(31)]
    weighted = "log(2*exp(a)+exp(b)+exp(c)/4)"
    spellings = {"log(exp(a)+exp(b)+exp(c))": (1, 1, 1), "log(exp(a)+(exp(c)+exp(b)))": (1, 1, 1),
                 "-log(1/(exp(c)+exp(b)+exp(a)))": (1, 1, 1), weighted: (2, 1, 0.25),
                 "log(exp(a)+exp(b)/8)": (1, 0.125, 0)}
    nodes, outputs = [], {}
    for i, (spelling, weights) in enumerate(spellings.items()):
        nodes += [f"l_{i} = {spelling}", f"l_{i}_g, l_{i}_gb = grad(sum(l_{i}), [a, b])",
                  f"l_{i}_j = jvp(l_{i}, a, t)", f"l_{i}_gg, l_{i}_gh = grad(sum(l_{i}_g), [a, b])",
                  f"l_{i}_h = hvp(sum(l_{i}), a, t)"]
        found = {name: [] for name in ("g", "gb", "j", "gg", "gh", "h")}
        for point in points:
            terms = [w * mpmath.exp(mpmath.mpf(float(v))) for w, v in zip(weights, point)]
            p, q = terms[0] / sum(terms), terms[1] / sum(terms)
            rest = (terms[1] + terms[2]) / sum(terms)
            for name, value in (("g", p), ("gb", q), ("j", p), ("gg", p * rest), ("gh", -p * q),
                                ("h", p * rest)):
                found[name].append(float(value))
        outputs |= {f"l_{i}_{name}": tensor(dtype, values) for name, values in found.items()}
    model = {"inputs": {name: f"{dtype}[{len(points)}]" for name in "abct"}, "nodes": nodes,
             "functions": {"all": {"in": list("abct"), "out": list(outputs)}}}
    inputs = {name: tensor(dtype, values) for name, values in zip("abc", zip(*points))}
    inputs["t"] = tensor(dtype, [1] * len(points))
    run = {"function": "all", "inputs": inputs, "outputs": outputs, "ulps": 64, "each": True}
    write(file_name("sums_of_exponentials", dtype), model, [run])


def lengths(dtype):
    x = numpy.array([[0, 0, 0], [3, 4, 0], [0.001, 2, 5]])
    u = numpy.array([1, -2, 0.5])
    length = numpy.sqrt((x * x).sum(axis=1))
    safe = numpy.where(length == 0, 1, length)[:, None]
    slope = x / safe
    curve = numpy.where(length[:, None] == 0, 0, (u - slope * (slope @ u)[:, None]) / safe)
    c = numpy.array([[2, 2, 2], [1, 2, 4], [1234.5, 1234.5, 1234.5]])
    spread = c.std(axis=1)
    wide = numpy.where(spread == 0, 1, spread)[:, None]
    spellings = ["sqrt(sum(x*x, axes=[1]))", "norm(x, axes=[1])", "sum(x*x, axes=[1])**0.5",
                 "sqrt(sum(x**2, axes=[1]))", "sqrt(sum(square(x), axes=[1]))",
                 "sqrt(einsum(\"ij,ij->i\", x, x))"]
    deviations = ["std(c, axes=[1])", "sqrt(variance(c, axes=[1]))",
                  "sqrt(mean(square(c - mean(c, axes=[1], keep=true)), axes=[1]))",
                  "variance(c, axes=[1])**0.5", "sqrt(sum((c - mean(c, axes=[1], keep=true))**2, "
                  "axes=[1])/3)",
                  "sqrt(mean(c*c, axes=[1]) - mean(c, axes=[1])**2)",
                  "sqrt(mean(square(c), axes=[1]) - square(mean(c, axes=[1])))",
                  "(mean(c**2, axes=[1]) - mean(c, axes=[1])*mean(c, axes=[1]))**0.5",
                  "sqrt(sum(c*c, axes=[1])/3 - (sum(c, axes=[1])/3)**2)",
                  "sqrt((sum(c*c, axes=[1]) - sum(c, axes=[1])**2/3)/3)",
                  "sqrt(-mean(c, axes=[1], keep=true)**2 + mean(c*c, axes=[1], keep=true))[:,0]",
                  "sqrt(moment(c*c) - moment(c)**2)"]
    nodes, outputs = [], {}
    for i, spelling in enumerate(spellings):
        out = f"length_{i}"
        nodes += [f"{out} = {spelling}", f"{out}_d = grad(sum({out}), x)",
                  f"{out}_dd = vjp({out}_d, x, u)"]
        outputs |= {out: tensor(dtype, length), out + "_d": tensor(dtype, slope),
                    out + "_dd": tensor(dtype, curve)}
    for i, spelling in enumerate(["norm(x, axes=[1])**2", f"square({spellings[0]})",
                                  f"{spellings[3]} * {spellings[3]}"]):
        out = f"square_{i}"
        nodes += [f"{out} = {spelling}", f"{out}_d = grad(sum({out}), x)",
                  f"{out}_dd = vjp({out}_d, x, u)"]
        outputs |= {out: tensor(dtype, (x * x).sum(axis=1)), out + "_d": tensor(dtype, 2 * x),
                    out + "_dd": tensor(dtype, [2 * u] * 3)}
    for i, spelling in enumerate(deviations):
        out = f"spread_{i}"
        nodes += [f"{out} = {spelling}", f"{out}_d = grad(sum({out}), c)",
                  f"{out}_dd = vjp({out}_d, c, u)"]
        slope = (c - c.mean(axis=1, keepdims=True)) / 3 / wide
        curve = numpy.where(spread[:, None] == 0, 0,
                            ((u - u.mean()) / 3 - slope * (slope @ u)[:, None]) / wide)
        outputs |= {out: tensor(dtype, spread), out + "_d": tensor(dtype, slope),
                    out + "_dd": tensor(dtype, curve)}
    model = {"inputs": {"x": f"{dtype}[3,3]", "u": f"{dtype}[3,3]", "c": f"{dtype}[3,3]"},
             "nodes": nodes,
             "functions": {"moment": {"inputs": {"q": f"{dtype}[3,3]"},
                                      "nodes": ["m = mean(q, axes=[1])"], "out": ["m"]},
                           "all": {"in": ["x", "u", "c"], "out": list(outputs)}}}
    inputs = {"x": tensor(dtype, x), "u": tensor(dtype, [u] * 3), "c": tensor(dtype, c)}
    run = {"function": "all", "inputs": inputs, "outputs": outputs, "ulps": 16}
    write(file_name("lengths", dtype), model, [run])


def write_all():
    for dtype in ("f32", "f64"):
        rows_of_logits(dtype)
        entropies_of_two(dtype)
        sums_of_exponentials(dtype)
        lengths(dtype)
        roots_of_exponentials(dtype)
        pairs_of_exponentials(dtype)
    for dtype in ("f32", "f64", "f16", "bf16"):
        textbook_functions(dtype)
        exponentials(dtype)
