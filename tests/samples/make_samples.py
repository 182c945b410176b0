#!/usr/bin/python3
"""Writes the samples of the element-wise ops and of random_bits: tests/samples/<op>.json.

usage: tests/samples/make_samples.py        (needs python3-numpy and python3-mpmath)

Nothing here uses nnc: exact operations are those of numpy and of Python's integers, functions
those of mpmath rounded to nearest. Reals are written as short decimal numbers that give the exact
value back, or as "nan", "inf", "-inf", "-0". No operand or result is a denormal of f32 or f64.
"""

import math

import numpy as np

import sample_functions
from sample_formats import (COMPUTE, FLOATS, INTEGERS, Samples, Tensor, denormal, highest, lowest,
                            round_to, wrap)

INF, NAN = math.inf, math.nan
NUMPY = {"f64": np.float64, "f32": np.float32}
BIG = 2**53 + 1  # an i64 that no f64 holds


def on_floats(function):
    """`function` of numpy as a function of dtype and elements, rounded as language.md 4.1 says."""

    def apply(dtype, *operands):
        wide = COMPUTE[dtype]
        with np.errstate(all="ignore"):
            result = float(function(*[NUMPY[wide](x) for x in operands]))
        return round_to(dtype, result)

    return apply


def on_integers(function):
    return lambda dtype, *operands: wrap(dtype, function(*operands))


def tensors(dtypes, rows, shape=None):
    return [Tensor(dtype, column, shape) for dtype, column in zip(dtypes, zip(*rows))]


def add_case(samples, name, dtype, points, apply, to=None, shape=None):
    """One case of an op whose operands share a dtype; apply(dtype, operands...) is an element."""
    if dtype in FLOATS:
        points = [tuple(round_to(dtype, float(x)) for x in point) for point in points]
    rows = [(*point, apply(dtype, *point)) for point in points]
    if dtype in FLOATS:
        rows = [row for row in rows if not any(denormal(dtype, x) for x in row)]
    dtypes = [dtype] * len(points[0]) + [to or dtype]
    columns = tensors(dtypes, rows, shape)
    samples.add(name, columns[:-1], columns[-1:])


def add_empty(samples, dtype, count, to=None):
    samples.add("empty", [Tensor(dtype, [], [0, 3])] * count, [Tensor(to or dtype, [], [0, 3])])


def add_floats(samples, smooth, corners, apply, to=None):
    """basic, one case per float dtype, scalar and empty."""
    add_case(samples, "basic", "f64", smooth, apply, to, [2, 3])
    for dtype in FLOATS:
        add_case(samples, dtype, dtype, smooth + corners, apply, to)
    add_case(samples, "scalar", "f32", smooth[:1], apply, to, [])
    add_empty(samples, "f32", len(smooth[0]), to)


def integer_pairs(dtype):
    low, high = lowest(dtype), highest(dtype)
    pairs = [(7, 2), (5, 5), (0, 3), (1, 0), (0, 0), (high, 1), (high, high), (high, 2), (low, 1),
             (low, high), (low, 0), (100, 7), (1, high)]
    if low < 0:
        pairs += [(-7, 2), (7, -2), (-7, -2), (low, -1), (low, low), (-1, low), (-5, 0), (-1, 1)]
    if dtype == "i64":
        pairs += [(BIG, 1), (BIG, 2**53), (-BIG, 3), (BIG, BIG)]
    return pairs


def add_integers(samples, apply, to=None, dtypes=tuple(INTEGERS), pairs=integer_pairs):
    for dtype in dtypes:
        add_case(samples, dtype, dtype, pairs(dtype), apply, to)


def ones(points):
    return [(x,) for x in points]


def integer_points(dtype):
    points = [0, 1, 2, 5, 100, highest(dtype), lowest(dtype)]
    if lowest(dtype) < 0:
        points += [-1, -5, -100, lowest(dtype) + 1]
    return ones(points + ([BIG, -BIG] if dtype == "i64" else []))


def write_unary():
    sign = on_floats(lambda x: x if x == 0 or x != x else math.copysign(1, x))
    smooth = ones([-2.75, -1.2, -0.3, 0.4, 1.6, 3.9])
    corners = ones([0.0, -0.0, 1, -1, INF, -INF, NAN, 65504, 2**-24, 1e30, -1e-30, 1e300])
    for op, floats, integers in (("neg", on_floats(np.negative), lambda x: -x),
                                 ("abs", on_floats(np.abs), abs),
                                 ("sign", sign, lambda x: (x > 0) - (x < 0)),
                                 ("stop_gradient", on_floats(np.positive), lambda x: x),
                                 ("checkpoint", on_floats(np.positive), lambda x: x)):
        samples = Samples(op)
        add_floats(samples, smooth, corners, floats)
        add_integers(samples, on_integers(integers), pairs=integer_points)
        samples.write()
    corners = ones([0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, 0.49999997, 0.49999999999999994, -0.2,
                    0.0, -0.0, 2, -3, 8388609.5, 2.0**52 + 1, -(2.0**51 + 0.5), 1e30, -1e300,
                    1e-30, INF, -INF, NAN])
    for op, function in (("floor", np.floor), ("ceil", np.ceil), ("round", np.rint)):
        samples = Samples(op)
        add_floats(samples, smooth, corners, on_floats(function))
        samples.write()
    for op, function in (("is_finite", math.isfinite), ("is_nan", math.isnan)):
        samples = Samples(op)
        add_floats(samples, smooth, corners, lambda _, x, f=function: int(f(x)), "bool")
        samples.write()
    samples = Samples("not")
    add_case(samples, "basic", "bool", ones([0, 1, 1]), lambda _, x: 1 - x)
    add_integers(samples, on_integers(lambda x: ~x), pairs=integer_points)
    add_empty(samples, "bool", 1)
    samples.write()


def divide(a, b):
    """Truncates; by 0 it gives 0."""
    return 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def extreme(larger):
    """maximum or minimum: NaN if either is NaN, -0 before +0."""

    def pick(_, a, b):
        if a != a or b != b:
            return NAN
        low, high = sorted((a, b), key=lambda x: (x, math.copysign(1, x)))
        return high if larger else low

    return pick


def write_arithmetic():
    smooth = [(1.5, 2.25), (-3.1, 0.7), (0.2, -1.3), (-4, -2.6), (7.3, 0.35), (2.2, 9.1)]
    corners = [(0.0, 0.0), (0.0, -0.0), (-0.0, 0.0), (-0.0, -0.0), (1, 0.0), (-1, 0.0), (1, -0.0),
               (INF, 1), (INF, -INF), (INF, INF), (0.0, INF), (-INF, 0.0), (1, INF), (NAN, 1),
               (2, NAN), (1e30, 1e10), (1e300, 1e10), (60000, 60000), (0.1, 0.2), (1, 3), (4, -2),
               (-4, 2), (1, 2**-12), (2049, 2**-12), (2**-14, 0.5), (2**-14, 2**-10), (3, 3),
               (1 + 2**-10, 1 - 2**-11), (1e17, 3), (-7.5, 2), (7.5, -2)]
    ops = (("add", np.add, lambda a, b: a + b), ("sub", np.subtract, lambda a, b: a - b),
           ("mul", np.multiply, lambda a, b: a * b), ("div", np.divide, divide),
           ("rem", np.fmod, lambda a, b: a - b * divide(a, b)))
    for op, function, integers in ops:
        samples = Samples(op)
        add_floats(samples, smooth, corners, on_floats(function))
        add_integers(samples, on_integers(integers))
        samples.write()
    for op, larger in (("maximum", True), ("minimum", False)):
        samples = Samples(op)
        add_floats(samples, smooth, corners, extreme(larger))
        add_integers(samples, lambda _, a, b, f=(max if larger else min): f(a, b))
        samples.write()


def shift(left):
    def apply(dtype, a, b):
        width, _ = INTEGERS[dtype]
        if not 0 <= b < width:
            return 0 if left or a >= 0 else -1
        return wrap(dtype, a << b if left else a >> b)

    return apply


def shift_pairs(dtype):
    width, signed = INTEGERS[dtype]
    values = [1, 5, highest(dtype), lowest(dtype)] + ([-1, -6] if signed else [])
    counts = [0, 1, 3, width - 1, width, width + 1, highest(dtype)] + ([-1] if signed else [])
    return [(value, count) for value in values for count in counts]


def write_logic():
    booleans = [(0, 0), (0, 1), (1, 0), (1, 1)]
    for op, function in (("and", int.__and__), ("or", int.__or__), ("xor", int.__xor__)):
        samples = Samples(op)
        add_case(samples, "basic", "bool", booleans, on_integers(function), shape=[2, 2])
        add_integers(samples, on_integers(function))
        add_empty(samples, "bool", 2)
        samples.write()
    for op, left in (("shift_left", True), ("shift_right", False)):
        samples = Samples(op)
        add_case(samples, "basic", "i32", [(5, 1), (-8, 2), (100, 3)], shift(left))
        for dtype in INTEGERS:
            add_case(samples, dtype, dtype, shift_pairs(dtype), shift(left))
        add_empty(samples, "i32", 2)
        samples.write()
    smooth = [(1.5, 2.25), (-3.1, 0.7), (0.2, -1.3), (2, 2), (7.3, 0.35), (-1, -1)]
    corners = [(0.0, -0.0), (-0.0, 0.0), (NAN, 1), (1, NAN), (NAN, NAN), (INF, INF), (INF, -INF),
               (-INF, -1e30), (1e300, INF), (1, 1 + 2**-7), (1, 1 + 2**-23), (1, 1 + 2**-52)]
    names = {"eq": "__eq__", "ne": "__ne__", "lt": "__lt__", "le": "__le__", "gt": "__gt__",
             "ge": "__ge__"}
    for op, method in names.items():
        samples = Samples(op)
        add_floats(samples, smooth, corners,
                   lambda _, a, b, m=method: int(getattr(float(a), m)(float(b))), "bool")
        add_integers(samples, lambda _, a, b, m=method: int(getattr(a, m)(b)), "bool")
        add_case(samples, "bool", "bool", booleans,
                 lambda _, a, b, m=method: int(getattr(a, m)(b)), "bool")
        samples.write()


def write_select():
    samples = Samples("select")
    conditions = [1, 0, 1, 0, 1, 0]

    def add(name, dtype, a, b, shape):
        chosen = [x if c else y for c, x, y in zip(conditions, a, b)]
        samples.add(name, [Tensor("bool", conditions, shape), Tensor(dtype, a, shape),
                           Tensor(dtype, b, shape)], [Tensor(dtype, chosen, shape)])

    for name, dtype in (("basic", "f64"), *((dtype, dtype) for dtype in FLOATS)):
        add(name, dtype, [0.5, 1.5, -2.25, 3, 4, 5], [-1, -2, -3, -4.5, -5, 6], [2, 3])
        if name != "basic":
            add("special " + dtype, dtype, [-0.0, NAN, INF, NAN, NAN, 1],
                [NAN, 0.0, NAN, -INF, 2, -0.0], [6])
    for dtype in INTEGERS:
        low, high = lowest(dtype), highest(dtype)
        add(dtype, dtype, [low, high, BIG if dtype == "i64" else 7, 3, high, 1],
            [high, low, 1, 2, 3, 4], [3, 2])
    add("bool", "bool", [1, 1, 0, 0, 1, 1], [0, 0, 1, 1, 1, 0], [6])
    samples.add("empty", [Tensor("bool", [], [0])] + [Tensor("f32", [], [0])] * 2,
                [Tensor("f32", [], [0])])
    samples.write()


def cast(to, value):
    """An exact value as `to`: one rounding; float to integer truncates and saturates."""
    if to == "bool":
        return int(value != 0)
    if to in FLOATS:
        return round_to(to, value)
    if isinstance(value, int):
        return wrap(to, value)
    if math.isnan(value):
        return 0
    if math.isinf(value):
        return highest(to) if value > 0 else lowest(to)
    return min(max(math.trunc(value), lowest(to)), highest(to))


def cast_points(dtype):
    if dtype == "bool":
        return [0, 1]
    if dtype in INTEGERS:
        points = [x for (x,) in integer_points(dtype)]
        # Ties of f32, f16 and bf16, and what is a tie only when rounded to f64 or f32 before.
        wide = {"i64": [2**60 + 2**36 + 1, 2**24 + 1, 2**62 + 2**54 + 1, 65519, 65520, 2**40,
                        2**32 + 5], "i32": [2**24 + 1, 2**24 + 3, 65519, 65520, 257, 1000000]}
        return points + wide.get(dtype, [])
    points = [0.0, -0.0, 0.5, -0.5, 1.5, -1.5, 2.999, 127, 127.5, 128, -128.5, -129, 255, 255.9,
              256, 300, -1, -0.99, 65504, 65519, 65520, 2**24, 2**31, -(2**31), 2.0**31 - 1,
              2.0**32 - 1, 2**32, -(2.0**31) - 1, 2.0**63, -(2.0**63), 2.0**63 - 1024, 1e10, 1e30,
              -1e30, 1e300, -1e300, INF, -INF, NAN, 0.1, 1 + 2**-11, 1 + 2**-11 + 2**-40,
              1 + 2**-8 + 2**-30, 1 + 2**-24 + 2**-50, 2**-24, 3 * 2**-25, 2**-26]
    return list(dict.fromkeys(round_to(dtype, float(x)) for x in points if x == x)) + [NAN, -0.0]


def write_cast():
    samples = Samples("cast")
    exact = [0.5, -1.25, 3, 0.125, 2, -7]
    for name, source, to in (("basic", "f64", "f32"), ("basic wider", "f32", "f64")):
        samples.add(name, [Tensor(source, exact, [2, 3])], [Tensor(to, exact, [2, 3])], to=to)
    dtypes = (*FLOATS, *INTEGERS, "bool")
    for source in dtypes:
        for to in dtypes:
            rows = [(x, cast(to, x)) for x in cast_points(source)]
            rows = [row for row in rows
                    if not (source in FLOATS and denormal(source, row[0]))
                    and not (to in FLOATS and denormal(to, row[1]))]
            before, after = tensors([source, to], rows)
            samples.add(f"{source} to {to}", [before], [after], to=to)
    samples.add("scalar", [Tensor("i32", [-3], [])], [Tensor("f32", [-3], [])], to="f32")
    samples.add("empty", [Tensor("f32", [], [2, 0])], [Tensor("i8", [], [2, 0])], to="i8")
    samples.write()


def philox(key, counter):
    """Philox 4x32-10 as in the paper of Salmon et al., SC 2011, figure 2 and section 4.3."""
    key, counter = list(key), list(counter)
    for _ in range(10):
        even, odd = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [odd >> 32 ^ counter[1] ^ key[0], odd & 0xFFFFFFFF,
                   even >> 32 ^ counter[3] ^ key[1], even & 0xFFFFFFFF]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return counter


def write_random():
    ones_ = 0xFFFFFFFF  # the known answers published with Random123
    assert philox([0] * 2, [0] * 4) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert philox([ones_] * 2, [ones_] * 4) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    assert philox([0xA4093822, 0x299F31D0], [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]) == [
        0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]
    samples = Samples("random_bits")
    for name, key, shape, start, *iteration in (
            ("basic", [0, 0], [4], 0), ("matrix", [1, 2], [3, 5], 0),
            ("large key", [ones_, 0xA4093822], [2, 3, 2], 0), ("scalar", [7, 0], [], 0),
            ("empty", [7, 0], [0, 3], 0), ("long", [42, 3], [1030], 0),
            ("into the high word", [1, 2], [6], 2**32 - 1), ("far", [1, 2], [6], 5 * 2**32 + 7),
            ("start is unsigned", [1, 2], [5], -8234567890123456789),
            ("wraps", [1, 2], [6], -1), ("iteration", [1, 2], [6], 3, 5),
            ("last iteration", [1, 2], [6], -1, ones_)):
        blocks = [(start + i // 4) % 2**64 for i in range(math.prod(shape))]
        words = [philox(key, [block % 2**32, block >> 32, *(iteration or [0]), 0])[i % 4]
                 for i, block in enumerate(blocks)]
        attrs = {"shape": shape, "start": start} if start else {"shape": shape}
        operands = [Tensor("u32", key), *[Tensor("u32", [number], []) for number in iteration]]
        samples.add(name, operands, [Tensor("u32", words, shape)], **attrs)
    samples.write()


if __name__ == "__main__":
    sample_functions.write_functions()
    write_unary()
    write_arithmetic()
    write_logic()
    write_select()
    write_cast()
    write_random()
