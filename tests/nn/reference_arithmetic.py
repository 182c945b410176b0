"""Arithmetic, statistics, arrangement, linear algebra and activations, by NumPy and mpmath."""

import math

import mpmath
import numpy as np

from cases import Cases

INF, NAN = math.inf, math.nan
erf = np.vectorize(lambda x: float(mpmath.erf(x)), otypes=[float])


def sigmoid(x):
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def logsumexp(x, axis=None, keepdims=False):
    largest = np.max(x, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(largest), largest, 0)
    total = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift
    return total if keepdims else np.sum(total, axis=axis)


def activations():
    c = Cases(1)
    x, wide = c.away_from(0, 3, 5), np.array([-1e4, -50.0, -1.5, 0.25, 2.5, 50.0, 1e4])
    at_zero, one = np.zeros(2), np.ones(2)
    c.add("matrix", "identity", [x], lambda x: x)
    c.add("matrix", "step", [x], lambda x: (x > 0).astype(float))
    c.add("zero and NaN", "step", [np.array([0.0, -0.0, NAN])], lambda x: (x > 0).astype(float),
          smooth=False)
    c.add("matrix", "relu", [x], lambda x: np.maximum(x, 0))
    c.add_derivative("at 0", "relu", [at_zero], lambda x: x, [one], [at_zero])
    c.add("integers", "relu", [np.array([-3, 0, 4], np.int32)], lambda x: np.maximum(x, 0))
    c.add("matrix", "leaky_relu", [x], lambda x: np.where(x <= 0, 0.01 * x, x))
    c.add("slope", "leaky_relu", [x], lambda x: np.where(x <= 0, 0.25 * x, x), {"alpha": 0.25})
    c.add_derivative("at 0", "leaky_relu", [at_zero], lambda x: x, [one], [one / 4],
                     {"alpha": 0.25})
    c.add("matrix", "elu", [x], lambda x: np.where(x <= 0, np.expm1(x), x))
    c.add("alpha", "elu", [x], lambda x: np.where(x <= 0, 2 * np.expm1(x), x), {"alpha": 2})
    c.add("large", "elu", [wide], lambda x: np.where(x <= 0, np.expm1(np.minimum(x, 0)), x))
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    c.add("matrix", "selu", [x], lambda x: scale * np.where(x <= 0, alpha * np.expm1(x), x))
    c.add("matrix", "gelu", [x], lambda x: x * (1 + erf(x / math.sqrt(2))) / 2)
    tail = np.array([-8.0, -6.0, -4.0])
    c.add("left tail", "gelu", [tail],
          lambda x: np.array([float(v * mpmath.ncdf(v)) for v in x]), relative=True,
          dtypes=["f64", "f32"])
    c.add("tanh form", "gelu", [x], lambda x: 0.5 * x * (1 + np.tanh(
        math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))), {"approximate": True})
    c.add("matrix", "silu", [x], lambda x: x * sigmoid(x))
    c.add("large", "silu", [wide], lambda x: x * sigmoid(x))
    c.add("matrix", "mish", [x], lambda x: x * np.tanh(softplus(x)))
    c.add("large", "mish", [wide], lambda x: x * np.tanh(softplus(x)))
    c.add("matrix", "hard_sigmoid", [c.reals(9, low=-2.9, high=2.9)],
          lambda x: np.clip(x / 6 + 0.5, 0, 1))
    c.add("outside", "hard_sigmoid", [np.array([-1e4, -3.5, 3.5, 1e4])],
          lambda x: np.clip(x / 6 + 0.5, 0, 1))
    for axis in (-1, 0, 1):
        c.add(f"axis {axis}", "softmax", [c.reals(2, 3, 4)], lambda x: softmax(x, axis),
              {"axis": axis})
        c.add(f"axis {axis}", "log_softmax", [c.reals(2, 3, 4)],
              lambda x: x - logsumexp(x, axis, True), {"axis": axis})
    steep = np.array([[1e4, -1e4, 0.0], [1e4, 1e4, -1e4], [-INF, 1.0, 2.0]])
    c.add("steep", "softmax", [steep], softmax, smooth=False)
    c.add("steep", "log_softmax", [steep], lambda x: x - logsumexp(x, -1, True), smooth=False)
    c.add("default axis", "softmax", [c.reals(5)], softmax)
    c.add("pairs", "maxout", [c.reals(2, 6)], lambda x: x.reshape(2, 3, 2).max(2), {"pieces": 2})
    c.add("axis 0", "maxout", [c.reals(6, 2)], lambda x: x.reshape(2, 3, 2).max(1),
          {"pieces": 3, "axis": 0})
    c.write("activations")


def length(x, axes, ord, keep=False):
    if ord == "inf":
        return np.abs(x).max(axis=axes, keepdims=keep)
    return (np.abs(x)**ord).sum(axis=axes, keepdims=keep)**(1 / ord)


def statistics(c):
    x = c.reals(2, 3, 4)
    for attrs in ({}, {"axes": [1]}, {"axes": -1, "keep": True}, {"axes": [0, -1]}, {"axes": []}):
        axes = attrs.get("axes")
        axes = tuple(axes) if isinstance(axes, list) else axes
        how = {"axis": axes, "keepdims": attrs.get("keep", False)}
        name = str(attrs)
        c.add(name, "mean", [x], lambda x: np.mean(x, **how), attrs)
        c.add(name, "variance", [x], lambda x: np.var(x, **how), attrs)
        if axes != ():  # the deviation of one element is 0, with derivative 0
            c.add(name, "std", [x], lambda x: np.std(x, **how), attrs)
        c.add(name, "norm", [c.away_from(0, 2, 3, 4)],
              lambda x: length(x, axes, 2, attrs.get("keep", False)), attrs)
        c.add(name, "logsumexp", [x],
              lambda x: logsumexp(x, axes, attrs.get("keep", False)), attrs)
        bits = c.random.integers(0, 2, (2, 3, 4)).astype(bool)
        c.add(name, "any", [bits], lambda x: np.any(x, **how), attrs)
        c.add(name, "all", [bits | True], lambda x: np.all(x, **how), attrs)
        c.add(name, "all", [bits], lambda x: np.all(x, **how), attrs)
    c.add("sample", "variance", [x], lambda x: np.var(x, ddof=1), {"ddof": 1})
    c.add("sample", "std", [x], lambda x: np.std(x, axis=0, ddof=1), {"ddof": 1, "axes": [0]})
    flat, along = np.full((2, 3), 0.5), np.array([[1.0, 2.0, 4.0]] * 2)
    c.add_derivative("of equals", "std", [flat], lambda x: np.std(x, axis=1), [along],
                     [np.zeros(2)], {"axes": [1]})
    c.add_derivative("of zeros", "norm", [np.zeros((2, 3))], lambda x: np.zeros(2), [along],
                     [np.zeros(2)], {"axes": [1]})
    for ord in (1, 2, 3, 2.5, "inf"):
        c.add(f"ord {ord}", "norm", [c.away_from(0, 3, 4)], lambda x: length(x, 1, ord),
              {"axes": [1], "ord": ord})
    extreme = np.array([[1e4, 1e4 - 1, -1e4], [-INF, -INF, -INF], [INF, 0.0, 1.0], [NAN, 0.0, 1.0]])
    c.add("extreme", "logsumexp", [extreme], lambda x: logsumexp(x, -1), {"axes": [-1]},
          smooth=False)
    c.add("of nothing", "any", [np.zeros((2, 0))], lambda x: np.any(x, axis=1), {"axes": [1]})
    c.add("of nothing", "all", [np.zeros((2, 0))], lambda x: np.all(x, axis=1), {"axes": [1]})
    c.add("of nothing", "mean", [np.zeros((2, 0))], lambda x: np.full(2, NAN), {"axes": [1]})
    c.add("numbers", "any", [np.array([0.0, NAN, -0.0])], np.any)


def arithmetic():
    c = Cases(2)
    x = c.away_from(0, 3, 4)
    c.add("matrix", "square", [x], lambda x: x * x)
    c.add("integers", "square", [np.array([-3, 7], np.int64)], lambda x: x * x)
    c.add("matrix", "reciprocal", [x], lambda x: 1 / x)
    c.add("matrix", "log_sigmoid", [x], lambda x: -softplus(-x))
    c.add("large", "log_sigmoid", [np.array([-1e4, -100.0, 100.0, 1e4])], lambda x: -softplus(-x))
    c.add("matrix", "clip", [x], lambda x: np.clip(x, -0.505, 0.995),
          {"low": -0.505, "high": 0.995})
    c.add("low", "clip", [x], lambda x: np.maximum(x, -0.505), {"low": -0.505})
    c.add("high", "clip", [x], lambda x: np.minimum(x, 0.505), {"high": 0.505})
    c.add("NaN, limits the wrong way round", "clip", [np.array([NAN, 0.0, 3.0, -3.0])],
          lambda x: np.array([NAN, 1.0, -1.0, 1.0]), {"low": 1, "high": -1}, smooth=False)
    c.add_derivative("at the limits", "clip", [np.array([-1.0, 1.0])], lambda x: x, [np.ones(2)],
                     [np.ones(2)], {"low": -1, "high": 1})
    c.add("integers", "clip", [np.array([-5, 3, 300], np.int32)], lambda x: np.clip(x, 0, 255),
          {"low": 0, "high": 255})
    mask = np.array([[True], [False], [True]])
    c.add("broadcast", "where", [mask, x, c.reals(4)], np.where)
    c.add("a number", "where", [mask, x, 0], np.where)
    for axis in (0, 1):
        c.add(f"axis {axis}", "cumprod", [c.reals(5, 7)], lambda x: np.cumprod(x, axis),
              {"axis": axis})
    c.add("reverse", "cumprod", [c.reals(6)], lambda x: np.cumprod(x[::-1])[::-1],
          {"axis": 0, "reverse": True})
    c.add("exclusive", "cumprod", [c.reals(6)],
          lambda x: np.cumprod(np.concatenate([[1.0], x[:-1]])), {"axis": 0, "exclusive": True})
    c.add("zeros", "cumprod", [np.array([2.0, 0.0, 3.0, 0.0, 5.0])], np.cumprod, {"axis": 0})
    c.add("integers", "cumprod", [np.arange(1, 6)], np.cumprod, {"axis": 0})
    c.add("empty", "cumprod", [np.zeros((0, 3))], lambda x: x, {"axis": 0})
    statistics(c)
    c.add("matrix", "digamma", [np.array([[0.125, 0.75, 2.5], [40.0, -0.5, -2.25]])],
          np.vectorize(lambda x: float(mpmath.digamma(x)), otypes=[float]))
    c.write("arithmetic")


def arrangement():
    c = Cases(3)
    x, i = c.reals(2, 3, 4), np.array([[0, 2], [1, 1]], np.int64)
    c.add("default", "one_hot", [np.array([2, 0, 5], np.int32)],
          lambda i: (i[..., None] == np.arange(4)).astype(np.float32), {"depth": 4})
    c.add("matrix", "one_hot", [i], lambda i: (i[..., None] == np.arange(3)).astype(np.int64),
          {"depth": 3, "dtype": "i64"})
    c.add("narrow", "one_hot", [np.array([1, 200], np.uint8)],
          lambda i: i[..., None] == np.arange(300), {"depth": 300, "dtype": "bool"})
    for axis in (0, 1, 2, -1):
        c.add(f"axis {axis}", "stack", [c.reals(2, 3), c.reals(2, 3), c.reals(2, 3)],
              lambda *xs: np.stack(xs, axis), {"axis": axis})
    c.add("one scalar", "stack", [np.array(1.5)], lambda x: np.stack([x]))
    c.add("default", "split", [c.reals(4, 3)], lambda x: np.split(x, 2), {"parts": 2})
    c.add("axis -1", "split", [x], lambda x: np.split(x, 4, -1), {"parts": 4, "axis": -1})
    c.add("all", "flip", [x], np.flip)
    c.add("some", "flip", [x], lambda x: np.flip(x, (0, 2)), {"axes": [0, -1]})
    c.add("flat", "roll", [x], lambda x: np.roll(x, 5), {"shift": 5})
    c.add("axis", "roll", [x], lambda x: np.roll(x, -1, 2), {"shift": -1, "axis": 2})
    c.add("round and round", "roll", [x], lambda x: np.roll(x, 11, 1), {"shift": 11, "axis": -2})
    c.add("axes", "roll", [x], lambda x: np.roll(x, (1, 2), (0, 2)),
          {"shift": [1, 2], "axis": [0, 2]})
    c.add("empty", "roll", [np.zeros((0, 2))], lambda x: x, {"shift": 1, "axis": 0})
    for reps in (2, [2, 1], [3, 1, 2], [2, 1, 1, 3], [1, 0, 1]):
        c.add(f"reps {reps}", "tile", [x], lambda x: np.tile(x, reps), {"reps": reps})
    c.add("scalar", "tile", [np.array(2.5)], lambda x: np.tile(x, 3), {"reps": 3})
    for axis in (0, 1, -1):
        low = i % 2
        c.add(f"axis {axis}", "take", [x, low], lambda x, i: np.take(x, i, axis), {"axis": axis})
    c.add("one", "take", [x, np.array(1, np.int32)], lambda x, i: np.take(x, i, 1), {"axis": 1})
    j = c.random.integers(0, 4, (2, 3, 2))
    c.add("last", "take_along", [x, j], lambda x, j: np.take_along_axis(x, j, -1))
    k = c.random.integers(0, 2, (5, 1, 4)).astype(np.int32)
    c.add("broadcast", "take_along", [x, k],
          lambda x, k: np.take_along_axis(x, np.broadcast_to(k, (5, 3, 4)), 0), {"axis": 0})
    c.write("arrangement")


def linear_algebra():
    c = Cases(4)
    shapes = [((3, 4), (4, 2)), ((4,), (4,)), ((4,), (4, 2)), ((3, 4), (4,)), ((2, 3, 4), (4, 5)),
              ((2, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)), ((3, 4), (5, 4, 2)),
              ((4,), (5, 4, 2)), ((5, 2, 4), (4,)), ((3, 0), (0, 2))]
    for a, b in shapes:
        c.add(f"{a} {b}", "matmul", [c.reals(*a), c.reals(*b)], np.matmul)
    c.add("integers", "matmul", [np.arange(6).reshape(2, 3), np.arange(6).reshape(3, 2)], np.matmul)
    specs = [("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij->ji", (2, 3)),
             ("ij->", (2, 3)), ("ij->i", (2, 3)), ("ii", (3, 3)), ("ii->i", (3, 3)),
             ("iij->ji", (3, 3, 2)), ("i,j->ij", (2,), (3,)), ("i,i", (3,), (3,)),
             ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("...ij,...jk->...ik", (2, 3, 4), (4, 5)),
             ("...ij,...jk", (2, 1, 3, 4), (5, 4, 2)), ("i...->...", (2, 3, 4)),
             ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), ("ij,kj,j->ik", (2, 3), (4, 3), (3,)),
             ("ab,bc,ca->", (2, 3), (3, 4), (4, 2)), ("ba", (2, 3)), ("ij,ij->ij", (2, 3), (1, 3)),
             ("bhqd,bhkd->bhqk", (2, 2, 3, 4), (2, 2, 5, 4)), ("ij,k->j", (2, 3), (4,)),
             ("i j , j", (2, 3), (3,))]
    for spec, *shapes in specs:
        c.add(spec, "einsum", [c.reals(*s) for s in shapes],
              lambda *xs: np.einsum(spec.replace(" ", ""), *xs), {"spec": spec})
    c.add("vectors", "outer", [c.reals(3), c.reals(4)], np.outer)
    c.add("flattened", "outer", [c.reals(2, 2), c.reals(3, 1)], np.outer)
    for shape in ((3, 3), (2, 4), (4, 2), (2, 3, 4), (0, 2)):
        for k in (-5, -1, 0, 1, 2):
            x, attrs, name = c.reals(*shape), {"k": k}, f"{shape} k {k}"
            c.add(name, "tril", [x], lambda x: np.tril(x, k), attrs)
            c.add(name, "triu", [x], lambda x: np.triu(x, k), attrs)
            c.add(name, "trace", [x], lambda x: np.trace(x, k, -2, -1), attrs)
            if len(shape) == 2:
                c.add(name, "diag", [x], lambda x: np.diag(x, k), attrs)
    for k in (-2, 0, 1):
        c.add(f"of a vector, k {k}", "diag", [c.reals(3)], lambda x: np.diag(x, k), {"k": k})
    c.add("of nothing", "diag", [np.zeros(0)], lambda x: np.diag(x, 2), {"k": 2})
    c.add("bits", "tril", [np.ones((2, 2), bool)], np.tril)
    c.write("linear_algebra")


def write():
    activations()
    arithmetic()
    arrangement()
    linear_algebra()
