"""Layers and losses by plain NumPy loops over output elements."""

import itertools
import math

import numpy as np

from cases import Cases, tensor
from reference_arithmetic import sigmoid, softmax, softplus, logsumexp

INF = math.inf


def pairs_of(padding, sizes, taps, stride, dilation):
    if padding == "valid":
        return [(0, 0)] * len(sizes)
    if padding == "same":
        pairs = []
        for n, k, s, d in zip(sizes, taps, stride, dilation):
            total = max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
            pairs.append((total // 2, total - total // 2))
        return pairs
    return [(padding, padding)] * len(sizes) if isinstance(padding, int) else padding


def spread(value, count):
    return list(value) if isinstance(value, (list, tuple)) else [value] * count


def last(x, layout):
    return x if layout == "NHWC" else np.moveaxis(x, 1, -1)


def unlast(y, layout):
    return y if layout == "NHWC" else np.moveaxis(y, -1, 1)


def kernel_last(w, layout):
    return w if layout == "NHWC" else np.moveaxis(w, (0, 1), (-1, -2))


def patches(x, taps, stride, dilation, pairs, fill):
    """Yields (output position, patch [N, taps..., C]) of x [N, spatial..., C]."""
    x = np.pad(x, [(0, 0), *pairs, (0, 0)], constant_values=fill)
    sizes = [(n - d * (k - 1) - 1) // s + 1
             for n, k, s, d in zip(x.shape[1:-1], taps, stride, dilation)]
    for at in itertools.product(*map(range, sizes)):
        window = tuple(slice(p * s, p * s + d * (k - 1) + 1, d)
                       for p, k, s, d in zip(at, taps, stride, dilation))
        yield at, sizes, x[(slice(None), *window)]


def conv(x, w, b=None, stride=1, padding="valid", dilation=1, groups=1, layout="NHWC"):
    x, w = last(x, layout), kernel_last(w, layout)
    rank = x.ndim - 2
    stride, dilation = spread(stride, rank), spread(dilation, rank)
    pairs = pairs_of(padding, x.shape[1:-1], w.shape[:rank], stride, dilation)
    y, inputs, outputs = None, w.shape[-2], w.shape[-1] // groups
    for at, sizes, patch in patches(x, w.shape[:rank], stride, dilation, pairs, 0):
        if y is None:
            y = np.zeros((x.shape[0], *sizes, w.shape[-1]), np.result_type(x, w))
        for g in range(groups):
            own = patch[..., g * inputs:(g + 1) * inputs]
            kernel = w[..., g * outputs:(g + 1) * outputs]
            y[(slice(None), *at, slice(g * outputs, (g + 1) * outputs))] = np.tensordot(
                own, kernel, rank + 1)
    return unlast(y + (0 if b is None else b), layout)


def conv_transpose(x, w, b=None, stride=1, padding="valid", dilation=1, groups=1, layout="NHWC"):
    """Scatters every element of x, times the kernel."""
    x, w = last(x, layout), kernel_last(w, layout)
    rank = x.ndim - 2
    taps, stride, dilation = w.shape[:rank], spread(stride, rank), spread(dilation, rank)
    inputs, outputs = w.shape[-2], w.shape[-1] // groups
    whole = [(n - 1) * s + d * (k - 1) + 1
             for n, k, s, d in zip(x.shape[1:-1], taps, stride, dilation)]
    y = np.zeros((x.shape[0], *whole, inputs * groups))
    for at in itertools.product(*map(range, x.shape[1:-1])):
        for t in itertools.product(*map(range, taps)):
            target = tuple(p * s + j * d for p, s, j, d in zip(at, stride, t, dilation))
            for g in range(groups):
                column = x[(slice(None), *at, slice(g * outputs, (g + 1) * outputs))]
                y[(slice(None), *target, slice(g * inputs, (g + 1) * inputs))] += (
                    column @ w[t][:, g * outputs:(g + 1) * outputs].T)
    if padding == "same":
        for axis, (n, k, s, d) in enumerate(zip(x.shape[1:-1], taps, stride, dilation), 1):
            total = d * (k - 1) + 1 - s
            low = max(total, 0) // 2
            if total < 0:
                y = np.pad(y, [(0, -total if i == axis else 0) for i in range(y.ndim)])
            y = np.take(y, range(low, low + n * s), axis)
    else:
        pairs = pairs_of(padding, whole, taps, stride, dilation)
        crop = tuple(slice(lo, n - hi) for n, (lo, hi) in zip(whole, pairs))
        y = y[(slice(None), *crop)]
    return unlast(y + (0 if b is None else b), layout)


def pool(x, join, fill, size, stride=None, padding="valid", layout="NHWC", count_padding=True):
    x = last(x, layout)
    rank = x.ndim - 2
    size = spread(size, rank)
    stride, ones = spread(stride or size, rank), [1] * rank
    pairs = pairs_of(padding, x.shape[1:-1], size, stride, ones)
    inside = np.ones(x.shape)
    y = None
    for (at, sizes, patch), (_, _, real) in zip(patches(x, size, stride, ones, pairs, fill),
                                                patches(inside, size, stride, ones, pairs, 0)):
        if y is None:
            y = np.zeros((x.shape[0], *sizes, x.shape[-1]), x.dtype)
        axes = tuple(range(1, rank + 1))
        value = join(patch, axis=axes)
        if not count_padding:
            value = patch.sum(axes) / real.sum(axes)
        y[(slice(None), *at)] = value
    return unlast(y, layout)


def convolutions():
    c = Cases(5)
    for name, x, w, b, attrs in [
            ("1-d", (2, 7, 3), (3, 3, 4), (4,), {}),
            ("2-d", (2, 5, 6, 2), (3, 2, 2, 3), (3,), {}),
            ("3-d", (1, 4, 3, 4, 2), (2, 2, 3, 2, 2), None, {}),
            ("same", (1, 5, 6, 2), (3, 2, 2, 3), None, {"padding": "same"}),
            ("same, stride", (1, 5, 6, 1), (3, 4, 1, 2), None, {"padding": "same", "stride": 2}),
            ("pairs", (1, 4, 4, 1), (3, 3, 1, 1), None, {"padding": [[2, 0], [1, 3]]}),
            ("pad", (1, 4, 4, 1), (3, 3, 1, 1), None, {"padding": 1}),
            ("dilation", (1, 7, 8, 2), (3, 2, 2, 2), None, {"dilation": [2, 3], "stride": [1, 2]}),
            ("groups", (2, 4, 4, 4), (2, 2, 2, 6), (6,), {"groups": 2}),
            ("depth-wise", (1, 5, 5, 3), (3, 3, 1, 3), None, {"groups": 3}),
            ("channels first", (2, 2, 5, 6), (3, 2, 2, 3), (3,), {"layout": "NCHW", "stride": 2}),
            ("1-d channels first, groups", (2, 4, 6), (6, 2, 3), (6,),
             {"layout": "NCHW", "groups": 2, "padding": "same"}),
            ("1 x 1", (1, 2, 2, 3), (1, 1, 3, 2), None, {})]:
        operands = [c.reals(*x), c.reals(*w)] + ([c.reals(*b)] if b else [])
        c.add(name, "conv", operands, lambda *a: conv(*a, **attrs), attrs)
    for name, x, w, b, attrs in [
            ("1-d", (2, 4, 3), (3, 2, 3), (2,), {}),
            ("stride", (1, 3, 2, 2), (3, 2, 3, 2), (3,), {"stride": 2}),
            ("same", (1, 3, 4, 2), (3, 4, 1, 2), None, {"stride": 2, "padding": "same"}),
            ("same, small kernel", (1, 3, 2), (1, 1, 2), None, {"stride": 3, "padding": "same"}),
            ("pairs", (1, 4, 4, 1), (3, 3, 2, 1), None, {"padding": [[1, 0], [2, 1]]}),
            ("dilation", (1, 3, 3, 1), (2, 3, 1, 1), None, {"dilation": 2}),
            ("groups", (1, 3, 3, 4), (2, 2, 3, 4), (6,), {"groups": 2, "stride": [1, 2]}),
            ("channels first", (1, 3, 3, 2), (3, 2, 2, 2), (2,), {"layout": "NCHW"}),
            ("3-d", (1, 2, 2, 2, 1), (2, 2, 2, 1, 1), None, {"stride": 2})]:
        operands = [c.reals(*x), c.reals(*w)] + ([c.reals(*b)] if b else [])
        c.add(name, "conv_transpose", operands, lambda *a: conv_transpose(*a, **attrs), attrs)
    for name, x, attrs in [
            ("2-d", (2, 4, 6, 2), {"size": 2}), ("rest dropped", (1, 5, 7, 1), {"size": 2}),
            ("overlap", (1, 5, 5, 2), {"size": 3, "stride": 1}),
            ("same", (1, 5, 4, 1), {"size": [3, 2], "stride": 2, "padding": "same"}),
            ("pairs", (1, 4, 1), {"size": 3, "stride": 1, "padding": [[1, 2]]}),
            ("channels first", (1, 2, 4, 4), {"size": 2, "layout": "NCHW"}),
            ("3-d", (1, 2, 4, 2, 1), {"size": [1, 2, 2]})]:
        distinct = c.random.permutation(math.prod(x)).reshape(x) / 16.0
        c.add(name, "max_pool", [distinct], lambda x: pool(x, np.max, -INF, **attrs), attrs)
        for count in (False, True):
            c.add(f"{name}, {count}", "avg_pool", [c.reals(*x)],
                  lambda x: pool(x, np.mean, 0, **attrs, count_padding=count),
                  {**attrs, "count_padding": count})
    c.add("integers", "max_pool", [np.array([[[-5], [-7], [-9]]], np.int32)],
          lambda x: np.array([[[-5], [-5], [-7]]], np.int32),
          {"size": 2, "stride": 1, "padding": [[1, 0]]})
    c.add("2-d", "global_avg_pool", [c.reals(2, 3, 4, 5)], lambda x: x.mean((1, 2)))
    c.add("channels first", "global_avg_pool", [c.reals(2, 3, 4)], lambda x: x.mean(2),
          {"layout": "NCHW"})
    c.write("convolutions")


def attention(q, k, v, mask=None, causal=False, scale=None):
    scores = q @ np.swapaxes(k, -1, -2) * (scale or 1 / math.sqrt(q.shape[-1]))
    seen = np.ones(scores.shape, bool)
    if mask is not None and mask.dtype == bool:
        seen &= mask
    elif mask is not None:
        scores = scores + mask
    if causal:
        rows, columns = scores.shape[-2:]
        seen &= np.tril(np.ones((rows, columns), bool), columns - rows)
    scores = np.where(seen, scores, -INF)
    out = np.zeros((*scores.shape[:-1], v.shape[-1]))
    v = np.broadcast_to(v, (*scores.shape[:-2], *v.shape[-2:]))
    for at in np.ndindex(scores.shape[:-1]):
        if np.any(scores[at] > -INF):
            out[at] = softmax(scores[at]) @ v[at[:-1]]
    return out


def dense():
    c = Cases(6)
    c.add("bias", "linear", [c.reals(3, 4), c.reals(4, 2), c.reals(2)], lambda x, w, b: x @ w + b)
    c.add("no bias", "linear", [c.reals(3, 4), c.reals(4, 2)], lambda x, w: x @ w)
    c.add("rank 3", "linear", [c.reals(2, 3, 4), c.reals(4, 2), c.reals(2)],
          lambda x, w, b: x @ w + b)
    c.add("vector", "linear", [c.reals(4), c.reals(4, 2), None], lambda x, w, b: x @ w)
    ids = np.array([[0, 4], [2, 2]], np.int32)
    c.add("ids", "embedding", [c.reals(5, 3), ids], lambda table, ids: table[ids])
    q, k, v = c.reals(2, 3, 4), c.reals(2, 5, 4), c.reals(2, 5, 3)
    c.add("plain", "attention", [q, k, v], attention)
    c.add("scale", "attention", [q, k, v], lambda *a: attention(*a, scale=0.25), {"scale": 0.25})
    c.add("causal", "attention", [q, k, v], lambda *a: attention(*a, causal=True),
          {"causal": True})
    c.add("causal, more queries", "attention", [k, q, c.reals(2, 3, 2)],
          lambda *a: attention(*a, causal=True), {"causal": True})
    mask = np.array([[True, False, True, True, False], [False] * 5, [True] * 5])
    c.add("bool mask", "attention", [q, k, v, mask], attention)
    added = np.where(mask, 0.5, -INF)
    c.add("float mask", "attention", [q, k, v, added], attention, smooth=False)
    c.add("float mask, finite", "attention", [q, k, v, c.reals(2, 1, 5)], attention)
    c.add("heads", "attention", [c.reals(2, 2, 3, 4), c.reals(2, 2, 3, 4), c.reals(2, 2, 3, 4)],
          lambda *a: attention(*a, causal=True), {"causal": True})
    c.add("steep", "attention", [np.full((1, 2), 100.0), np.array([[99.0, 99.0], [-99.0, -99.0]]),
                                 np.array([[1.0], [2.0]])], attention, smooth=False)
    c.write("dense")


def normalization():
    c = Cases(7)

    def batch(x, scale, bias, mean, var, eps=1e-5, axis=-1):
        shape = [1] * x.ndim
        shape[axis] = -1
        y = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + eps)
        y = y if scale is None else y * scale.reshape(shape)
        return y if bias is None else y + bias.reshape(shape)

    def statistics(x, axis=-1):
        others = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
        return x.mean(others), x.var(others)

    def trained(axis):
        return lambda x, s, b, m, v: batch(x, s, b, *statistics(x, axis), axis=axis)

    for name, shape, axis in (("matrix", (4, 3), -1), ("images", (2, 3, 3, 4), -1),
                              ("channels first", (2, 3, 4), 1)):
        n = shape[axis]
        x, scale, bias, mean = c.reals(*shape), c.reals(n), c.reals(n), c.reals(n)
        var = c.reals(n, low=0.5)
        c.add(name, "batch_norm", [x, scale, bias, mean, var],
              lambda *a: batch(*a, axis=axis), {"axis": axis})
        m, v = statistics(x, axis)
        c.add(f"{name}, training", "batch_norm", [x, scale, bias, mean, var], trained(axis),
              {"axis": axis}, training=True, state={"3": "m", "4": "v"},
              updates={"m": 0.9 * mean + 0.1 * m, "v": 0.9 * var + 0.1 * v})
    c.add("momentum and eps, no scale", "batch_norm", [x, None, None, mean, var],
          lambda x, s, b, m, v: batch(x, None, None, *statistics(x, 1), eps=0.25, axis=1),
          {"axis": 1, "momentum": 0.5, "eps": 0.25}, training=True, state={"3": "m", "4": "v"},
          updates={"m": 0.5 * mean + 0.5 * statistics(x, 1)[0],
                   "v": 0.5 * var + 0.5 * statistics(x, 1)[1]})
    for case in c.cases:
        if "updates" in case:
            case["updates"] = {k: tensor(v) for k, v in case["updates"].items()}

    def layer(x, scale=None, bias=None, axes=(-1,), eps=1e-5):
        y = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)
        return y * (1 if scale is None else scale) + (0 if bias is None else bias)

    def rms(x, scale=None, axes=(-1,), eps=1e-5):
        y = x / np.sqrt((x * x).mean(axes, keepdims=True) + eps)
        return y * (1 if scale is None else scale)

    x = c.reals(2, 3, 4)
    c.add("plain", "layer_norm", [x], layer)
    c.add("scale and bias", "layer_norm", [x, c.reals(4), c.reals(4)], layer)
    c.add("bias only", "layer_norm", [x, None, c.reals(4)], layer)
    c.add("two axes", "layer_norm", [x, c.reals(3, 4), c.reals(3, 4)],
          lambda *a: layer(*a, axes=(1, 2)), {"axes": [-2, -1]})
    c.add("first axis, eps", "layer_norm", [x, c.reals(2)],
          lambda x, s: layer(x, s[:, None, None], axes=(0,), eps=0.5), {"axes": 0, "eps": 0.5})
    c.add("equal elements", "layer_norm", [np.full((2, 3), 7.0)], layer, smooth=False)
    c.add("plain", "rms_norm", [x], rms)
    c.add("scale", "rms_norm", [x, c.reals(4)], rms)
    c.add("two axes", "rms_norm", [x, c.reals(3, 4)], lambda *a: rms(*a, axes=(1, 2)),
          {"axes": [1, 2], "eps": 1e-5})
    c.write("normalization")


def times_or_zero(a, b):
    return np.where(a == 0, 0.0, a * np.where(a == 0, 1.0, b))


def reductions(c, name, function, operands, reference, attrs=None, **more):
    attrs = attrs or {}
    c.add(name, function, operands, lambda *a: reference(*a).mean(), attrs, **more)
    c.add(f"{name}, sum", function, operands, lambda *a: reference(*a).sum(),
          {**attrs, "reduction": "sum"}, **more)
    c.add(f"{name}, none", function, operands, reference, {**attrs, "reduction": "none"}, **more)


def one_hot(ids, classes):
    return (ids[..., None] == np.arange(classes)).astype(float)


def losses():
    c = Cases(8)
    z, y = c.reals(3, 4), c.reals(3, 4) + 1 / 128
    reductions(c, "matrix", "mse", [z, y], lambda z, y: (z - y)**2)
    reductions(c, "matrix", "half_mse", [z, y], lambda z, y: (z - y)**2 / 2)
    reductions(c, "matrix", "mae", [z, y], lambda z, y: abs(z - y))
    c.add_derivative("at 0", "mae", [np.ones(2), np.ones(2)], lambda z, y: 0.0,
                     [np.ones(2), None], [np.float64(0)])
    for delta in (1, 0.5):
        reductions(c, f"delta {delta}", "huber", [z, y], lambda z, y: np.where(
            abs(z - y) <= delta, (z - y)**2 / 2, delta * (abs(z - y) - delta / 2)),
            {"delta": delta})
    sign = np.where(c.reals(3, 4) > 0, 1.0, -1.0)
    reductions(c, "signs", "hinge", [z + 1 / 128, sign], lambda z, y: np.maximum(0, 1 - y * z))
    p, share = c.reals(3, 4, low=0.1, high=0.9), c.reals(3, 4, low=0.0, high=1.0)

    def entropy(p, y):
        return -times_or_zero(y, np.log(p)) - times_or_zero(1 - y, np.log1p(-p))

    def entropy_logits(z, y):
        return y * softplus(-z) + (1 - y) * softplus(z)

    reductions(c, "shares", "binary_cross_entropy", [p, share], entropy)
    c.add("certain", "binary_cross_entropy", [np.array([0.0, 1.0]), np.array([0.0, 1.0])],
          lambda p, y: 0.0, smooth=False)
    reductions(c, "shares", "binary_cross_entropy_logits", [z, share], entropy_logits)
    far, ends = np.array([-1e4, -1e4, 1e4, 1e4, 20.0]), np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    c.add("far", "binary_cross_entropy_logits", [far, ends], entropy_logits,
          {"reduction": "none"}, relative=True)
    class_losses(c)
    c.add("matrix", "l1", [c.away_from(0, 3, 4)], lambda w: abs(w).sum())
    c.add("matrix", "l2", [z], lambda w: (w * w).sum())
    c.write("losses")


def class_losses(c):
    ids = np.array([[1, 3], [0, 0], [4, 2]], np.int32)
    logits = c.reals(3, 2, 5)
    p, q = softmax(c.reals(3, 2, 5)), softmax(c.reals(3, 2, 5))
    p, q = np.float32(p).astype(float), np.float32(q).astype(float)

    def log_softmax(z):
        return z - logsumexp(z, -1, True)

    def with_ids(loss):
        return lambda x, ids: loss(x, one_hot(ids, 5))

    def nll(logp, y):
        return -times_or_zero(y, logp).sum(-1)

    for name, y, wrap in (("ids", ids, with_ids), ("i64 ids", ids.astype(np.int64), with_ids),
                          ("shares", q, lambda f: f)):
        reductions(c, name, "nll", [logits, y], wrap(nll))
        reductions(c, name, "cross_entropy", [p, y], wrap(lambda p, y: nll(np.log(p), y)))
        for smoothing in (0, 0.25):
            def soft(z, y):
                return nll(log_softmax(z), (1 - smoothing) * y + smoothing / 5)
            reductions(c, f"{name}, smoothing {smoothing}", "softmax_cross_entropy", [logits, y],
                       wrap(soft), {"label_smoothing": smoothing})
    steep = np.array([[1e4, 0.0, -1e4], [-1e4, 1e4, 0.0]])
    c.add("steep", "softmax_cross_entropy", [steep, np.array([2, 1])],
          lambda z, y: np.array([2e4, 0.0]), {"reduction": "none"}, smooth=False)
    zeros = np.array([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])
    c.add("zeros", "cross_entropy", [zeros, np.array([[0.0, 0.25, 0.75], [1.0, 0.0, 0.0]])],
          lambda p, y: np.array([math.log(2), 0.0]), {"reduction": "none"}, smooth=False)
    c.add("zeros", "nll", [np.array([[-math.inf, -0.5]]), np.array([[0.0, 1.0]])],
          lambda p, y: np.array([0.5]), {"reduction": "none"}, smooth=False)
    reductions(c, "shares", "kl_divergence", [p, q],
               lambda p, q: (p * np.log(p / q)).sum(-1))
    c.add("zeros", "kl_divergence", [zeros, zeros], lambda p, q: np.zeros(2),
          {"reduction": "none"}, smooth=False)


def write():
    convolutions()
    dense()
    normalization()
    losses()
