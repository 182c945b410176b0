"""Run files of loops and branches, by loops of Python over NumPy.

Derivatives are complex steps: imag f(x + i h) / h for a tiny h is f' to the last bits.
"""

import sys

import numpy

from run_files import FOLDER, scalars, tensor, write

sys.path.append(str(FOLDER.parent / "nn"))
from reference_random import WORD, fnv1a, philox  # noqa: E402


def local(inputs, nodes, out):
    return {"inputs": inputs, "nodes": nodes, "out": out}


def run(function, inputs, outputs, ulps, **more):
    return {"function": function, "inputs": inputs, "outputs": outputs, "ulps": ulps, **more}


def f64(**values):
    return scalars(**values)


def gradient(function, at, positions):
    """d function / d at[i] for i in positions, as lists of arrays; function gives a scalar."""
    step, results = 1e-200, []
    for position in positions:
        slope = numpy.zeros(at[position].shape)
        for index in numpy.ndindex(*at[position].shape):
            moved = [numpy.array(x, dtype=complex) for x in at]
            moved[position][index] += 1j * step
            slope[index] = function(*moved).imag / step
        results.append(slope)
    return results


def recurrence(xs, h, a):
    stacked = []
    for x in xs:
        h = a * h + x
        stacked.append(h)
    return h, numpy.array(stacked)


XS = numpy.array([0.5, -1.25, 2.0, 0.75, -0.125])
MATRIX = numpy.array([[0.5, -0.25, 1.5], [2.0, 0.125, -0.75]])
CELL = local({"h": "f64[]", "x": "f64[]", "a": "f64[]"}, ["next = a*h + x"], ["next", "next"])


def nested_tables(matrix, decay, gain):
    """Rows: a total of row results; within a row a recurrence that starts with the total."""
    total, tables = 0.0 * decay, []
    for row in matrix:
        inside, states = total, []
        for x in row:
            inside = numpy.tanh(decay * inside + gain * x)
            states.append(inside)
        total = total + inside
        tables.append(states)
    return total, numpy.array(tables)


NESTED = {
    "state": {"gain": {"type": "f64[]", "init": 1.5}},
    "nodes": ['total, tables = scan(body="row", init=[0], over=[m], with=[decay])'],
    "functions": {
        "row": local({"total": "f64[]", "xs": "f64[K]", "d": "f64[]"},
                     ['last, states = scan(body="element", init=[total], over=[xs], with=[d])',
                      "sum = total + last"], ["sum", "states"]),
        # `gain` is the model's: what a body uses is passed to it.
        "element": local({"h": "f64[]", "x": "f64[]", "d": "f64[]"},
                         ["next = tanh(d*h + gain*x)"], ["next", "next"])}}


def scans():
    model = {
        "inputs": {"xs": "f64[T]", "a": "f64[]", "m": "f64[R,K]", "decay": "f64[]"},
        "params": {"w": {"type": "f64[]", "init": 2}}, "state": NESTED["state"],
        "nodes": [
            {"out": ["last", "ys"], "op": "scan", "body": "cell", "init": ["a"], "over": ["xs"],
             "with": ["a"]},
            'back, sy = scan(body="cell", init=1, over=xs, with=a, reverse=true)',
            'power = scan(body="times_w", init=[a], length=10)',
            'i, j, tri = scan(body="counters", init=[0, a], length=T)',
            'rolled = scan(body="rolling", init=[m], over=m.T)',
            {"out": "alone", "op": "scan", "body": "cell", "init": 3, "over": "xs", "with": 0.5},
            'plus = 1 + scan(body="times_w", init=[a], length=2)',
            'outs = scan(body="squares", over=[xs])',
            *NESTED["nodes"]],
        "functions": {
            "cell": CELL,
            "times_w": local({"s": "f64[]"}, ["y = s*w"], "y"),
            "counters": local({"i": "i32[]", "s": "f64[]"},
                              ["k = i + 1", "t = s + cast(k, \"f64\")"], ["k", "t", "i"]),
            "rolling": local({"m": "f64[A,B]", "c": "f64[A]"},
                             ["r = roll(m, shift=1, axis=0) + reshape(c, shape=[A, 1])"], "r"),
            "squares": local({"x": "f64[]"}, ["y = x*x"], "y"),
            **NESTED["functions"],
            "values": {"in": ["xs", "a", "m", "decay"],
                       "out": ["last", "ys", "back", "sy", "power", "i", "j", "tri", "rolled",
                               "alone", "plus", "outs", "total", "tables"]},
            "empty": {"in": ["xs", "a"], "out": ["last", "ys"], "sizes": {"T": 0}}},
        "sizes": {"T": 5, "R": 2, "K": 3},
    }
    a, decay, w, gain = 0.75, -0.5, 1.0625, 1.5
    last, ys = recurrence(XS, a, a)
    back, sy = recurrence(XS[::-1], 1, a)
    rolled = MATRIX
    for column in MATRIX.T:
        rolled = numpy.roll(rolled, 1, axis=0) + column[:, None]
    total, tables = nested_tables(MATRIX, decay, gain)
    given = f64(xs=XS, a=a, m=MATRIX, decay=decay, w=w, gain=gain)
    outputs = {**f64(last=last, ys=ys, back=back, sy=sy[::-1], power=a * w**10, j=a + 15,
                     rolled=rolled, alone=recurrence(XS, 3, 0.5)[0], plus=1 + a * w * w,
                     outs=XS * XS, total=total, tables=tables),
               "i": tensor("i32", 5), "tri": tensor("i32", range(5))}
    write("scans", model, [
        run("values", given, outputs, 4),
        run("empty", f64(xs=[], a=a), f64(last=a, ys=[]), 0)])


def newton(a, x, most=1000):
    steps = 0
    while steps < most and abs((x * x - a).real) > 1e-12 * a.real:
        x, steps = (x + a / x) / 2, steps + 1
    return x, steps


def collatz(n):
    steps = 0
    while n != 1:
        n, steps = (n // 2 if n % 2 == 0 else 3 * n + 1), steps + 1
    return steps


ROOT = {
    "far": local({"x": "f64[]", "a": "f64[]"}, ["more = abs(x*x - a) > 1e-12*a"], "more"),
    "closer": local({"x": "f64[]", "a": "f64[]"}, ["y = (x + a/x)/2"], "y"),
}


def whiles():
    model = {
        "inputs": {"a": "f64[]", "n": "i64[]", "limit": "f64[3]"},
        "params": {"w": {"type": "f64[3]", "init": 1}, "v": {"type": "f64[]", "init": 1}},
        "nodes": [
            'x, steps = while(cond="far", body="closer", init=[a], with=[a], max_steps=50)',
            'only = while(cond="far", body="closer", init=[a], with=[a])',
            'few, taken = while(cond="far", body="closer", init=[a], with=[a], max_steps=2)',
            {"out": ["one", "length"], "op": "while", "cond": "above_one", "body": "collatz",
             "init": ["n"]},
            'twice = 2*while(cond="far", body="closer", init=[1], with=[a])',
            'grown, k, doublings = while(cond="below", body="grow", init=[w, 0], with=[limit])',
            'still, zero = while(cond="far", body="closer", init=[3], with=[9], max_steps=7)'],
        "functions": {
            **ROOT,
            "above_one": local({"n": "i64[]"}, ["more = n > 1"], "more"),
            "collatz": local({"n": "i64[]"},
                             ["y = where(rem(n, 2) == 0, div(n, 2), 3*n + 1)"], "y"),
            # The condition and the body use different params; both take both.
            "below": local({"x": "f64[3]", "k": "i64[]", "l": "f64[3]"},
                           ["more = all(x < l*v)"], "more"),
            "grow": local({"x": "f64[3]", "k": "i64[]", "l": "f64[3]"},
                          ["y = x + w", "i = k + 1"], ["y", "i"]),
            "values": {"in": ["a", "n", "limit"],
                       "out": ["x", "steps", "only", "few", "taken", "one", "length", "twice",
                               "grown", "k", "doublings", "still", "zero"]}},
    }
    a, w, v, limit = 2.5, numpy.array([1.0, 0.5, 2.0]), 1.5, numpy.array([7.0, 3.0, 50.0])
    x, steps = newton(numpy.float64(a), a)
    few, taken = newton(numpy.float64(a), a, 2)
    grown, k = w, 0
    while (grown < limit * v).all():
        grown, k = grown + w, k + 1
    given = {**f64(a=a, w=w, v=v, limit=limit), "n": tensor("i64", 27)}
    outputs = {
  **f64(x = x, only = x, few = few, twice = 2 * newton(numpy.float64(a), 1.0)[0], grown = grown,
        still = 3),
      ** {
  name: tensor("i64", value) for name, value in
           dict(steps=steps, taken=taken, one=1, length=collatz(27), k=k, doublings=k,
                zero=0).items()
  }}
    write("whiles", model, [run("values", given, outputs, 4)])


SIDES = {
    "up": local({"x": "f64[3]", "k": "f64[]"}, ["y = exp(x)*k + w", "n = sum(y)"], ["y", "n"]),
    "down": local({"x": "f64[3]", "k": "f64[]"}, ["y = x*v", "n = k*prod(x)"], ["y", "n"]),
}


def sides(p, x, k, w, v):
    y = numpy.exp(x) * k + w if p else x * v
    return y, y.sum() if p else k * numpy.prod(x)


def conds():
    model = {
        "inputs": {"p": "bool[]", "x": "f64[3]", "k": "f64[]"},
        "params": {"w": {"type": "f64[3]", "init": 1}, "v": {"type": "f64[]", "init": 1}},
        "nodes": [
            'y, n = cond(p, x, k, then="up", else="down")',
            {"out": ["z"], "op": "cond", "pred": "p", "then": "down", "else": "up",
             "in": ["x", 2]},
            'm, large = scan(body="choose", init=[0], over=[x])',
            'safe = cond(k > 0, k, then="root", else="zero")',
            'inner = 1 + cond(k > 100, k, then="root", else="zero")'],
        "functions": {
            **SIDES,
            "choose": local({"s": "f64[]", "x": "f64[]"},
                            ['t = cond(x > 0, s, x, then="plus", else="minus")',
                             "l = max(stack(t, x))"], ["t", "l"]),
            "plus": local({"a": "f64[]", "b": "f64[]"}, ["y = a + b*v"], "y"),
            "minus": local({"a": "f64[]", "b": "f64[]"}, ["y = a - b"], "y"),
            "root": local({"k": "f64[]"}, ["y = sqrt(k)"], "y"),
            "zero": local({"k": "f64[]"}, ["y = 0*v"], "y"),
            "values": {"in": ["p", "x", "k"],
                       "out": ["y", "n", "z", "m", "large", "safe", "inner"]}},
    }
    x, k, w, v = numpy.array([0.5, -1.0, 2.0]), 1.75, numpy.array([0.25, 1.0, -3.0]), -0.5
    m, large = 0.0, []
    for one in x:
        m = m + one * v if one > 0 else m - one
        large.append(max(m, one))
    runs = []
    for p in (True, False):
        y, n = sides(p, x, k, w, v)
        outputs = f64(y=y, n=n, z=sides(not p, x, 2, w, v)[0], m=m, large=large,
                      safe=numpy.sqrt(k), inner=1)
        runs.append(run("values", {**f64(x=x, k=k, w=w, v=v), "p": tensor("bool", p)}, outputs, 4))
    write("conds", model, runs)


def sigmoid(z):
    return 1 / (1 + numpy.exp(-z))


def rnn(x, w, u, b, h):
    hs = []
    for one in x:
        h = numpy.tanh(one @ w + b + h @ u)
        hs.append(h)
    return numpy.array(hs), h


def lstm(x, w, u, b, h, c):
    hs = []
    for one in x:
        i, f, g, o = numpy.split(one @ w + b + h @ u, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * numpy.tanh(g)
        h = sigmoid(o) * numpy.tanh(c)
        hs.append(h)
    return numpy.array(hs), h, c


def gru(x, w, u, b, bu, h):
    hs = []
    for one in x:
        xr, xz, xn = numpy.split(one @ w + b, 3, axis=1)
        hr, hz, hn = numpy.split(h @ u + bu, 3, axis=1)
        r, z = sigmoid(xr + hr), sigmoid(xz + hz)
        h = (1 - z) * numpy.tanh(xn + r * hn) + z * h
        hs.append(h)
    return numpy.array(hs), h


def recurrent_values():
    """x, then for each layer its params; all of size T, B, D, H = 4, 2, 3, 2."""
    random = numpy.random.default_rng(4)
    draw = lambda *shape: random.integers(-24, 25, shape) / 16
    values = {"x": draw(4, 2, 3), "h0": draw(2, 2), "c0": draw(2, 2)}
    for name, gates in (("r", 1), ("l", 4), ("g", 3)):
        values |= {f"w{name}": draw(3, 2 * gates), f"u{name}": draw(2, 2 * gates),
                   f"b{name}": draw(2 * gates)}
    return values | {"bu": draw(6)}


def recurrent_layers(dtype, values, nodes, outputs, name, runs):
    types = {key: tensor(dtype, value)["type"] for key, value in values.items()}
    given = ("x", "h0", "c0")
    model = {"inputs": {key: types[key] for key in given},
             "params": {key: {"type": types[key], "init": 0} for key in types if key not in given},
             "nodes": nodes, "functions": {"layers": {"in": list(given), "out": outputs}}}
    write(name, model, runs)


def recurrent():
    v = recurrent_values()
    zeros = numpy.zeros((2, 2))
    nodes = ["rs, rh = rnn(x, wr, ur, br, h0)", "rs0, rh0 = rnn(x, wr, ur)",
             "ls, lh, lc = lstm(x, wl, ul, bl, h0, c0)", "ls0 = lstm(x, wl, ul, none)",
             "gs, gh = gru(x, wg, ug, bg, bu, h0)", "gs0 = gru(x, wg, ug, bg)",
             "gs1 = gru(x, wg, ug, none, none, h0)"]
    results = {}
    results["rs"], results["rh"] = rnn(v["x"], v["wr"], v["ur"], v["br"], v["h0"])
    results["rs0"], results["rh0"] = rnn(v["x"], v["wr"], v["ur"], 0, zeros)
    results["ls"], results["lh"], results["lc"] = lstm(v["x"], v["wl"], v["ul"], v["bl"],
                                                       v["h0"], v["c0"])
    results["ls0"] = lstm(v["x"], v["wl"], v["ul"], 0, zeros, zeros)[0]
    results["gs"], results["gh"] = gru(v["x"], v["wg"], v["ug"], v["bg"], v["bu"], v["h0"])
    results["gs0"] = gru(v["x"], v["wg"], v["ug"], v["bg"], 0, zeros)[0]
    results["gs1"] = gru(v["x"], v["wg"], v["ug"], 0, 0, v["h0"])[0]
    for dtype, ulps in (("f32", 32), ("f64", 32)):
        inputs = {key: tensor(dtype, value) for key, value in v.items()}
        outputs = {key: tensor(dtype, value) for key, value in results.items()}
        recurrent_layers(dtype, v, nodes, list(results), f"recurrent_{dtype}",
                         [run("layers", inputs, outputs, ulps)])


class Site:
    """Draws of a site in loops that have taken `iterations` steps, the outermost first."""

    def __init__(self, rng, path, iterations):
        place, self.key = fnv1a(path), list(rng)
        for iteration in iterations or [0]:
            self.key = philox(self.key, [place & WORD, place >> 32, iteration, 0])[:2]

    def kept(self, count, rate):
        blocks = [philox(self.key, [i, 0, 0, 0]) for i in range(-(-count // 4))]
        words = [word for block in blocks for word in block][:count]
        return numpy.array([(word >> 8) * 2.0**-24 >= rate for word in words])


def random_sites():
    """Dropout draws anew in each step; the keys are derived from the outermost loop inwards."""
    model = {
        "inputs": {"xs": "f32[3,5]", "x": "f32[5]"},
        "params": {"w": {"type": "f32[5]", "init": 1}},
        "nodes": [
            'last, ys = scan(body="noisy", init=[x], over=[xs])',
            'all, zs = scan(body="rows", init=[x], over=[xs])',
            'w_next = w + last',
            'wl, ws = while(cond="few", body="grow", init=[x, 0], max_steps=3)',
            'side = cond(max(x) > -9, x, then="drop", else="keep")',
            'back, bs = scan(body="noisy", init=[x], over=[xs], reverse=true)'],
        "functions": {
            "noisy": local({"h": "f32[5]", "x": "f32[5]"},
                           ["d = dropout(x, rate=0.5)", "h2 = h + d"], ["h2", "d"]),
            "rows": local({"h": "f32[5]", "x": "f32[5]"},
                          ['r, ds = scan(body="inner", init=[h], with=[x], length=2)'],
                          ["r", "ds"]),
            "inner": local({"h": "f32[5]", "x": "f32[5]"}, ["e = drop(x)", "g = h + e"],
                           ["g", "e"]),
            "drop": local({"x": "f32[5]"}, ["o = dropout(x, rate=0.25)"], "o"),
            "keep": local({"x": "f32[5]"}, ["o = 1*x"], "o"),
            "few": local({"x": "f32[5]", "k": "i32[]"}, ["more = k < 2"], "more"),
            "grow": local({"x": "f32[5]", "k": "i32[]"}, ["y = x + drop(x)", "i = k + 1"],
                          ["y", "i"]),
            "train": {"in": ["xs", "x"],
                      "out": ["last", "ys", "all", "zs", "wl", "ws", "side", "back", "bs"],
                      "update": {"w": "w_next"}},
            "predict": {"in": ["xs", "x"], "out": ["last", "ys"]}},
    }
    rng = (7, 3)
    xs = numpy.array([[1, 2, -3, 4, 0.5], [0.25, -1, 2, 8, 3], [-2, 1, 1, 0.75, 6]])
    x = numpy.array([0.5, 1, -1.5, 2, 4])

    def drop(path, iterations, x, rate):
        return numpy.where(Site(rng, path, iterations).kept(5, rate), x / (1 - rate), 0)

    def scan(path, order):
        h, ds = x, [None] * 3
        for step, row in enumerate(order):
            ds[row] = drop(path, [step], xs[row], 0.5)
            h = h + ds[row]
        return h, numpy.array(ds)

    last, ys = scan("last/d", (0, 1, 2))
    back, bs = scan("back/d", (2, 1, 0))
    total, zs = x, []
    for i, row in enumerate(xs):
        zs.append([drop("all/r/e/o", [i, k], row, 0.25) for k in range(2)])
        total = total + zs[-1][0] + zs[-1][1]
    grown = x
    for i in range(2):
        grown = grown + drop("wl/y#0/o", [i], grown, 0.25)
    outputs = dict(last=last, ys=ys, all=total, zs=zs, wl=grown,
                   side=drop("side/o", [], x, 0.25), back=back, bs=bs)
    outputs = {key: tensor("f32", value) for key, value in outputs.items()}
    outputs["ws"] = tensor("i32", 2)
    inputs = {"xs": tensor("f32", xs), "x": tensor("f32", x), "w": tensor("f32", [1] * 5),
              "rng": tensor("u32", rng)}
    plain = {"last": tensor("f32", x + xs.sum(axis=0)), "ys": tensor("f32", xs)}
    write("random_sites_in_loops", model, [run("train", inputs, outputs, 2),
                                           run("predict", inputs, plain, 2)])


def loss_of_scan(xs, h, a):
    last, ys = recurrence(xs, h, a)
    return last * last + (ys * numpy.arange(1, 6)).sum()


def loss_of_tables(matrix, decay, gain):
    total, tables = nested_tables(matrix, decay, gain)
    return total * total + (tables * tables).sum()


def scan_gradients():
    """By every operand, to the third order for n-step squaring, and with derivatives in a body."""
    model = {
        "inputs": {"xs": "f64[5]", "h": "f64[]", "a": "f64[]", "m": "f64[2,3]", "decay": "f64[]"},
        "state": NESTED["state"],
        "nodes": [
            'last, ys = scan(body="cell", init=[h], over=[xs], with=[a])',
            "loss = last*last + sum(ys*cast(iota(shape=[5], axis=0, dtype=\"i64\") + 1, \"f64\"))",
            "g_xs, g_h, g_a = grad(loss, [xs, h, a])",
            'back, sy = scan(body="cell", init=[h], over=[xs], with=[a], reverse=true)',
            "r_xs, r_h, r_a = grad(back*back, [xs, h, a])",
            'kept = scan(body="cell", init=[h], over=[xs], with=[a], checkpoint=true)',
            "k_xs, k_h, k_a = grad(kept*kept, [xs, h, a])",
            'power = scan(body="times_itself", init=[a], length=3)',
            "p1 = grad(power, a)", "p2 = grad(p1, a)", "p3 = grad(p2, a)",
            "unused = grad(power, h)",
            "along = jvp(last, [a, h], [h, a])",
            *NESTED["nodes"],
            "tables_loss = total*total + sum(tables*tables)",
            "t_m, t_decay = grad(tables_loss, [m, decay])",
            'root = scan(body="newton", init=[1], with=[a], length=6)',
            "g_root = grad(root, a)",
            'doubled = scan(body="calls", init=[h], over=[xs], with=[a])',
            "g_doubled = grad(doubled, a)",
            'moved = scan(body="maps", init=[xs], length=2)',
            "g_moved = grad(sum(moved*moved), xs)"],
        "functions": {
            "cell": CELL, "times_itself": local({"y": "f64[]"}, ["z = y*y"], "z"),
            # The slope of f at x, by a derivative inside the body.
            "newton": local({"x": "f64[]", "a": "f64[]"},
                            ["f = x*x*x - a", "y = x - f/grad(f, x)"], "y"),
            "calls": local({"h": "f64[]", "x": "f64[]", "a": "f64[]"},
                           ["n, s = cell(h, x, a)", "o = 2*n"], "o"),
            "maps": local({"v": "f64[5]"}, ['y = vmap(v, function="times_itself")'], "y"),
            **NESTED["functions"],
            "first": {"in": ["xs", "h", "a"], "out": ["g_xs", "g_h", "g_a", "r_xs", "r_h", "r_a",
                                                      "k_xs", "k_h", "k_a", "unused"]},
            "orders": {"in": ["a"], "out": ["power", "p1", "p2", "p3"]},
            "forward": {"in": ["xs", "h", "a"], "out": ["along"]},
            "nested": {"in": ["m", "decay"], "out": ["t_m", "t_decay"]},
            "inside": {"in": ["a", "xs", "h"], "out": ["root", "g_root", "doubled", "g_doubled",
                                                       "moved", "g_moved"]}},
    }
    at = (XS, numpy.array(0.25), numpy.array(0.75))
    g_xs, g_h, g_a = gradient(loss_of_scan, at, (0, 1, 2))
    r_xs, r_h, r_a = gradient(lambda xs, h, a: recurrence(xs[::-1], h, a)[0] ** 2, at, (0, 1, 2))
    k_xs, k_h, k_a = gradient(lambda xs, h, a: recurrence(xs, h, a)[0] ** 2, at, (0, 1, 2))
    _, t_h, t_a = gradient(lambda xs, h, a: recurrence(xs, h, a)[0], at, (0, 1, 2))
    a, h = 0.75, 0.25
    given = f64(xs=XS, h=h, a=a)
    first = f64(g_xs=g_xs, g_h=g_h, g_a=g_a, r_xs=r_xs, r_h=r_h, r_a=r_a, k_xs=k_xs, k_h=k_h,
                k_a=k_a, unused=0)
    orders = f64(power=a**8, p1=8 * a**7, p2=56 * a**6, p3=336 * a**5)
    m_at = (MATRIX, numpy.array(-0.5), numpy.array(1.5))
    t_m, t_decay = gradient(loss_of_tables, m_at, (0, 1))

    def root(a):
        x = 1.0
        for _ in range(6):
            x = x - (x**3 - a) / (3 * x * x)
        return x

    def doubled(xs, h, a):
        for x in xs:
            h = 2 * (a * h + x)
        return h

    inside = f64(root=root(a), g_root=gradient(root, (numpy.array(a),), (0,))[0],
                 doubled=doubled(XS, h, a), g_doubled=gradient(doubled, at, (2,))[0],
                 moved=XS**4, g_moved=8 * XS**7)
    write("scan_gradients", model, [
        run("first", given, first, 64),
        run("orders", f64(a=a), orders, 64),
        run("forward", given, f64(along=t_a * h + t_h * a), 64),
        run("nested", f64(m=MATRIX, decay=-0.5, gain=1.5), f64(t_m=t_m, t_decay=t_decay), 64),
        run("inside", given, inside, 64)])


def while_gradients():
    """Of what ends by its condition, and by its bound."""
    model = {
        "inputs": {"a": "f64[]", "b": "f64[]"},
        "nodes": [
            'x = while(cond="far", body="closer", init=[b], with=[a], max_steps=50)',
            "gx_a, gx_b = grad(x, [a, b])", "gx_aa = grad(gx_a, a)",
            'few = while(cond="far", body="closer", init=[b], with=[a], max_steps=2)',
            "gf_a, gf_b = grad(few, [a, b])",
            'c = cond(a > b, a, b, then="product", else="quotient")',
            "gc_a, gc_b = grad(c, [a, b])", "gc_ab = grad(gc_a, b)",
            'd = cond(a < b, a, b, then="product", else="quotient")',
            "gd_a, gd_b = grad(d, [a, b])", "gd_ab = grad(gd_a, b)",
            # The side that is not taken would give a NaN.
            'safe = cond(a > 10, a - 5, b, then="root", else="product")',
            "gs_a, gs_b = grad(safe, [a, b])"],
        "functions": {
            **ROOT,
            "product": local({"x": "f64[]", "y": "f64[]"}, ["z = x*x*y"], "z"),
            "quotient": local({"x": "f64[]", "y": "f64[]"}, ["z = x/y"], "z"),
            "root": local({"x": "f64[]", "y": "f64[]"}, ["z = sqrt(x)*y"], "z"),
            "loops": {"in": ["a", "b"], "out": ["x", "gx_a", "gx_b", "few", "gf_a", "gf_b"]},
            "second": {"in": ["a", "b"], "out": ["gx_aa"]},
            "branches": {"in": ["a", "b"], "out": ["gc_a", "gc_b", "gc_ab", "gd_a", "gd_b",
                                                   "gd_ab", "gs_a", "gs_b"]}},
    }
    a, b = 2.5, 1.25
    at = (numpy.array(a), numpy.array(b))
    x_a, x_b = gradient(lambda a, b: newton(a, b)[0], at, (0, 1))
    f_a, f_b = gradient(lambda a, b: newton(a, b, 2)[0], at, (0, 1))
    step = 1e-4
    slope = lambda a: gradient(lambda a, b: newton(a, b)[0], (numpy.array(a), at[1]), (0,))[0]
    x_aa = (8 * (slope(a + step) - slope(a - step)) - slope(a + 2 * step)
            + slope(a - 2 * step)) / (12 * step)
    given = f64(a=a, b=b)
    loops = f64(x=newton(a, b)[0], gx_a=x_a, gx_b=x_b, few=newton(a, b, 2)[0], gf_a=f_a, gf_b=f_b)
    branches = f64(gc_a=2 * a * b, gc_b=a * a, gc_ab=2 * a, gd_a=1 / b, gd_b=-a / b**2,
                   gd_ab=-1 / b**2, gs_a=2 * (a - 5) * b, gs_b=(a - 5) ** 2)
    write("while_gradients", model, [
        run("loops", given, loops, 64, terms={"gx_b": 1}),
        run("second", given, f64(gx_aa=x_aa), 1e5),
        run("branches", given, branches, 16)])


def recurrent_gradients():
    v = recurrent_values()
    layers = {"r": (rnn, ("x", "wr", "ur", "br", "h0"), "rs, r_ = rnn(x, wr, ur, br, h0)"),
              "l": (lstm, ("x", "wl", "ul", "bl", "h0", "c0"),
                    "ls, l_, lc = lstm(x, wl, ul, bl, h0, c0)"),
              "g": (gru, ("x", "wg", "ug", "bg", "bu", "h0"),
                    "gs, g_ = gru(x, wg, ug, bg, bu, h0)")}
    nodes, outputs = [], {}
    for key, (layer, names, node) in layers.items():
        def loss(*operands, layer=layer):
            hs, h, *c = layer(*operands)
            return (hs * hs).sum() + (h * h * h).sum() + sum((one * one).sum() for one in c)
        cell = " + sum(lc*lc)" if key == "l" else ""
        wrt = ", ".join(names)
        out = [f"{key}_{name}" for name in names]
        nodes += [node, f"{key}_loss = sum({key}s*{key}s) + sum({key}_*{key}_*{key}_){cell}",
                  f"{', '.join(out)} = grad({key}_loss, [{wrt}])"]
        slopes = gradient(loss, tuple(v[name] for name in names), range(len(names)))
        outputs |= dict(zip(out, slopes))
    recurrent_layers("f64", v, nodes, list(outputs), "recurrent_gradients",
                     [run("layers", f64(**v), f64(**outputs), 256)])


def write_all():
    scans()
    whiles()
    conds()
    recurrent()
    random_sites()
    scan_gradients()
    while_gradients()
    recurrent_gradients()
