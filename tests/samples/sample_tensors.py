"""The ops on whole tensors by numpy: on float64 arrays, and on arrays of Python integers.

Values are exact until `tensor` rounds or wraps them to an element type, except that scatter_add
rounds after each addition, since its order is part of its meaning.
"""

import functools
import itertools
import math

import numpy as np

from sample_formats import FLOATS, INTEGERS, Tensor, highest, lowest, round_to, wrap


def array(dtype, values):
    """Floats as float64 (rounded to dtype), the rest as Python integers."""
    values = np.asarray(values)
    if dtype in FLOATS:
        rounded = [round_to(dtype, float(x)) for x in values.ravel()]
        return Typed(np.array(rounded, np.float64).reshape(values.shape), dtype)
    exact = np.empty(values.size, object)
    exact[:] = [int(x) for x in values.ravel()]
    return Typed(exact.reshape(values.shape), dtype)


class Typed(np.ndarray):
    """An array that knows the element type that it stands for."""

    def __new__(cls, values, dtype):
        typed = np.asarray(values).view(cls)
        typed.element = dtype
        return typed

    def __array_finalize__(self, other):
        self.element = getattr(other, "element", None)


def tensor(dtype, values):
    convert = (lambda x: round_to(dtype, float(x))) if dtype in FLOATS else \
        (lambda x: wrap(dtype, int(x)))
    return Tensor(dtype, [convert(x) for x in values.ravel()], values.shape)


def counted(dtype, shape, seed=0):
    """Small numbers that differ, exact in every dtype; their products and sums are short."""
    count = math.prod(shape)
    numbers = [(7 * i + 5 * seed + 3) % 17 for i in range(count)]
    if dtype in FLOATS:
        numbers = [(n - 8) / 4 for n in numbers]
    elif dtype == "bool":
        numbers = [int(n % 3 == 0) for n in numbers]
    elif lowest(dtype) < 0:
        numbers = [n - 8 for n in numbers]
    return np.array(numbers, np.float64 if dtype in FLOATS else object).reshape(shape)


def filled(like, shape, value):
    result = np.empty(shape, like.dtype)
    result[...] = value
    return Typed(result, like.element)


def sum_dtype(dtype):
    return "i32" if dtype in ("bool", "i8", "u8") else dtype


def dot_dtype(dtype):
    return "i32" if dtype in ("i8", "u8") else dtype


# --- layout ---

def broadcast(x, shape, axes=None):
    rank = len(shape)
    axes = [a % rank for a in axes] if axes is not None else list(range(rank - x.ndim, rank))
    ordered = np.transpose(x, np.argsort(axes).astype(int)) if axes else x
    sizes = [shape[a] if a in axes else 1 for a in range(rank)]
    return np.broadcast_to(ordered.reshape(sizes), shape)


def slice_(x, start=None, stop=None, step=(1,)):
    start, stop = start or [0] * x.ndim, stop or list(x.shape)
    step = list(step) * x.ndim if len(step) == 1 else step
    return x[tuple(slice(*bounds) for bounds in zip(start, stop, step))]


def pad(x, low, high, interior=(0,), value=0):
    interior = list(interior) * x.ndim if len(interior) == 1 else interior
    if x.element in FLOATS:
        value = round_to(x.element, float(value))
    for axis, (before, after, gap) in enumerate(zip(low, high, interior)):
        rows = list(np.moveaxis(x, axis, 0))
        filler = filled(x, x.shape[:axis] + x.shape[axis + 1:], value)
        spread = []
        for row in rows:
            spread += ([filler] * gap if spread else []) + [row]
        spread = [filler] * before + spread if before >= 0 else spread
        crop = max(-before, 0)
        spread = spread + [filler] * after if after >= 0 else spread
        # A crop counts from the ends of what the pads have made.
        spread = spread[crop:len(spread) + min(after, 0)]
        shape = (len(spread),) + filler.shape
        stacked = filled(x, shape, value)
        for i, row in enumerate(spread):
            stacked[i] = row
        x = np.moveaxis(stacked, 0, axis)
    return x


# --- window ---

def places(shape, axes, size, stride=(1,), dilation=(1,)):
    """Shape of the windows, and for each of their elements where it is in the whole."""
    count = len(axes)
    axes = [a % len(shape) for a in axes]
    stride = list(stride) * count if len(stride) == 1 else list(stride)
    dilation = list(dilation) * count if len(dilation) == 1 else list(dilation)
    counts = list(shape)
    for axis, k, by, gap in zip(axes, size, stride, dilation):
        reach = (k - 1) * gap + 1
        counts[axis] = len(range(0, shape[axis] - reach + 1, by))
    pairs = []
    for at in itertools.product(*map(range, counts + list(size))):
        whole = list(at[:len(shape)])
        for i, axis in enumerate(axes):
            whole[axis] = whole[axis] * stride[i] + at[len(shape) + i] * dilation[i]
        pairs.append((at, tuple(whole)))
    return counts + list(size), pairs


def window(x, **attrs):
    shape, pairs = places(x.shape, **attrs)
    result = filled(x, shape, 0)
    for at, whole in pairs:
        result[at] = x[whole]
    return result


def fold(y, shape, **attrs):
    windows, pairs = places(shape, **attrs)
    assert tuple(windows) == y.shape
    result = filled(y, shape, 0)
    for at, whole in pairs:
        result[whole] += y[at]
    return result


# --- index ---

def iota(shape, axis=0, dtype="i64"):
    axis %= len(shape)
    sizes = [shape[axis] if a == axis else 1 for a in range(len(shape))]
    return np.broadcast_to(np.arange(shape[axis]).reshape(sizes), shape)


def moved(x, indices, axes):
    """x with the indexed axes first, and the indices as numpy takes them."""
    axes = [a % x.ndim for a in axes] if axes is not None else list(range(len(indices)))
    return np.moveaxis(x, axes, range(len(axes))), tuple(i.astype(np.int64) for i in indices)


def gather(x, *indices, axes=None):
    front, key = moved(x, indices, axes)
    return np.asarray(front)[tuple(np.asarray(k) for k in key)]


def scatter_add(base, *rest, axes=None):
    indices, updates = rest[:-1], rest[-1]
    front, key = moved(base, indices, axes)  # a view: writes reach the base
    for at in np.ndindex(indices[0].shape):
        target = tuple(int(k[at]) for k in key)
        for inner in np.ndindex(front.shape[len(key):]):
            total = front[target + inner] + updates[at + inner]
            if base.element in FLOATS:
                total = round_to(base.element, float(total))
            front[target + inner] = total
    return base


# --- reduce ---

def reduced(x, function, axes=None, keep=False):
    axes = tuple(a % x.ndim for a in axes) if axes is not None else tuple(range(x.ndim))
    kept = [a for a in range(x.ndim) if a not in axes]
    rows = np.transpose(x, kept + sorted(axes))
    shape = [x.shape[a] for a in kept]
    count = math.prod(x.shape[a] for a in axes)
    rows = np.asarray(rows).reshape(math.prod(shape), count)
    result = filled(x, [len(rows)], 0)
    for i, row in enumerate(rows):
        result[i] = function(x.element, row.tolist())
    if keep:
        shape = [1 if a in axes else x.shape[a] for a in range(x.ndim)]
    return result.reshape(shape)


def add(dtype, row):
    return sum(row, 0.0) if dtype in FLOATS else sum(row)


def multiply(dtype, row):
    return functools.reduce(lambda a, b: a * b, row, 1)


def larger(a, b):
    if a != a or b != b:
        return math.nan
    if a == b == 0 and isinstance(a, float):
        return a if math.copysign(1, a) > 0 else b
    return a if a > b else b


def maximum(dtype, row):
    return functools.reduce(larger, row, -math.inf if dtype in FLOATS else lowest(dtype))


def minimum(dtype, row):
    if dtype in FLOATS:
        return -functools.reduce(larger, [-x for x in row], -math.inf)
    return min(row, default=highest(dtype))


def argmax(x, axis, dtype="i64"):
    values = np.asarray(x) if x.element in FLOATS else np.asarray(x).astype(np.int64)
    return np.argmax(values, axis)


def argmin(x, axis, dtype="i64"):
    values = np.asarray(x) if x.element in FLOATS else np.asarray(x).astype(np.int64)
    return np.argmin(values, axis)


def cumsum(x, axis, reverse=False, exclusive=False):
    x = np.flip(x, axis) if reverse else x
    sums = np.cumsum(x, axis)
    if exclusive and x.shape[axis]:
        sums = np.roll(sums, 1, axis)
        np.moveaxis(sums, axis, 0)[0] = 0
    return np.flip(sums, axis) if reverse else sums


# --- order ---

def sort(x, *payloads, axis=-1, descending=False):
    """Python's sort is stable; NaN stands last in both directions."""
    results = [np.empty_like(a) for a in (x, *payloads)]
    sign = -1 if descending else 1
    for at in np.ndindex(*(1 if i == axis % x.ndim else n for i, n in enumerate(x.shape))):
        line = tuple(slice(None) if i == axis % x.ndim else k for i, k in enumerate(at))
        keys = [(k != k, 0 if k != k else sign * k) for k in x[line]]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        for a, result in zip((x, *payloads), results):
            result[line] = [a[line][k] for k in order]
    return results


# --- contract ---

def dot(a, b, batch=((), ()), contract=((), ())):
    """Element by element, in Python arithmetic."""
    batch = [[axis % x.ndim for axis in axes] for x, axes in zip((a, b), batch)]
    contract = [[axis % x.ndim for axis in axes] for x, axes in zip((a, b), contract)]
    sides = []
    for x, shared, summed in zip((a, b), batch, contract):
        rest = [axis for axis in range(x.ndim) if axis not in shared + summed]
        sizes = [math.prod(x.shape[axis] for axis in axes) for axes in (shared, rest, summed)]
        sides.append((np.transpose(x, shared + rest + summed), [x.shape[i] for i in rest], sizes))
    shape = [a.shape[axis] for axis in batch[0]] + sides[0][1] + sides[1][1]
    left, right = (np.asarray(x).reshape(sizes) for x, _, sizes in sides)
    result = filled(a, [left.shape[0], left.shape[1], right.shape[1]], 0)
    for i, j, k in np.ndindex(result.shape):
        terms = [p * q for p, q in zip(left[i, j], right[i, k])]
        # Without an axis to sum over there is no sum, and a -0 is kept.
        result[i, j, k] = add(a.element, terms) if contract[0] else terms[0]
    return result.reshape(shape)
