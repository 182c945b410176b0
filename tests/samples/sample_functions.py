"""Samples of the functions of real numbers, from mpmath at 80 digits.

`smooth` are six points for every float dtype, fit for finite differences; `wide` are points where
an implementation is easily wrong; `special` are pairs of operand and result.
"""

import math
from dataclasses import dataclass, field

import mpmath
from mpmath import mp

from sample_formats import COMPUTE, FLOATS, Samples, Tensor, denormal, round_to, special

mp.dps = 80
INF, NAN = math.inf, math.nan


@dataclass
class Function:
    value: object
    smooth: list
    wide: list
    special: list
    attrs: dict = field(default_factory=dict)


def from_f32(dtype, value):
    """f16 and bf16 results are computed in f32 and rounded once more."""
    return round_to(dtype, round_to(COMPUTE[dtype], value))


def evaluate(function, dtype, points):
    """(operands..., result) of the points that dtype holds: nothing overflows or underflows on the
    way in, becomes a pole by rounding, or is a denormal."""
    rows = []
    for point in points:
        operands = [round_to(dtype, float(x)) for x in point]
        if any(math.isinf(x) or denormal(dtype, x) for x in operands):
            continue
        if any(x == 0 != exact for x, exact in zip(operands, point)):
            continue
        try:
            result = function(*[mpmath.mpf(x) for x in operands])
        except (ValueError, ZeroDivisionError):
            continue
        if mpmath.isfinite(result) and not denormal(COMPUTE[dtype],
                                                    round_to(COMPUTE[dtype], result)):
            rows.append((*operands, from_f32(dtype, result)))
    return rows


def add_case(samples, name, dtype, rows, attrs, shape=None):
    columns = [Tensor(dtype, column, shape) for column in zip(*rows)]
    samples.add(name, columns[:-1], columns[-1:], **attrs)


def add_function(samples, function, suffix=""):
    """All cases of a function of one or more operands; its points are tuples."""
    attrs = function.attrs
    smooth = evaluate(function.value, "f64", function.smooth)
    assert len(smooth) == 6, samples.op
    add_case(samples, "basic" + suffix, "f64", smooth, attrs, [2, 3])
    for dtype in FLOATS:
        rows = evaluate(function.value, dtype, function.smooth + function.wide)
        add_case(samples, dtype + suffix, dtype, rows, attrs)
        rows = [[round_to(dtype, float(x)) if not special(x) else x for x in row[:-1]]
                + [from_f32(dtype, row[-1])] for row in function.special]
        add_case(samples, f"special {dtype}{suffix}", dtype, rows, attrs)
    first = evaluate(function.value, "f32", function.smooth[:1])
    add_case(samples, "scalar" + suffix, "f32", first, attrs, [])
    empty = Tensor("f32", [], [0, 3])
    samples.add("empty" + suffix, [empty] * len(function.smooth[0]), [empty], **attrs)


def one(value, smooth, wide, specials, **attrs):
    """A function of one operand; NaN gives NaN."""
    points = [[(x,) for x in points] for points in (smooth, wide)]
    return Function(value, *points, specials + [(NAN, NAN)], attrs)


BELL = [-2, -0.5, -0.1, 0.2, 1, 3]
UNIT = [-0.9, -0.5, -0.1, 0.2, 0.6, 0.8]
ODD, ODD_INFINITE = [(-0.0, -0.0)], [(-0.0, -0.0), (INF, INF), (-INF, -INF)]
PERIODIC = [1e-8, 3.14159265, 6.28125, 100.5, -1000.25, 355, 1e5]

FUNCTIONS = {
    "exp": one(mp.exp, [-2.5, -1, -0.125, 0.5, 1.75, 3],
               [0, 1e-8, -1e-8, 10.5, -15.25, 11, -16, 87.5, -86.5, 700.25, -700.25, 1000, -1000],
               [(-0.0, 1.0), (INF, INF), (-INF, 0.0)]),
    "expm1": one(mp.expm1, [-2, -0.5, -0.01, 0.25, 1, 2.5],
                 [0, 1e-10, -1e-10, 1e-5, -1e-3, -30, 40, 88, 709, 1000, -1000],
                 ODD + [(INF, INF), (-INF, -1.0)]),
    "log": one(mp.log, [0.1, 0.5, 0.9, 1.5, 3, 20],
               [1, 2, 1.0000001, 0.9999999, 1e-30, 1e30, 1e-300, 1e300],
               [(0.0, -INF), (-0.0, -INF), (INF, INF), (-1, NAN), (-INF, NAN)]),
    "log1p": one(mp.log1p, [-0.5, -0.1, 0.01, 0.5, 2, 10],
                 [0, 1e-10, -1e-10, 1e-30, -0.9999, 1e10],
                 ODD + [(-1, -INF), (-2, NAN), (INF, INF), (-INF, NAN)]),
    "sqrt": one(mp.sqrt, [0.25, 0.5, 1.5, 2, 9, 100], [1e-30, 1e30, 1e-300, 1e300, 65504],
                [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-1, NAN), (-INF, NAN)]),
    "rsqrt": one(lambda x: 1 / mp.sqrt(x), [0.25, 0.5, 1.5, 2, 9, 100],
                 [1e-30, 1e30, 1e-300, 1e300, 65504],
                 [(0.0, INF), (-0.0, -INF), (INF, 0.0), (-1, NAN), (-INF, NAN)]),
    "sin": one(mp.sin, BELL, [0] + PERIODIC, ODD + [(INF, NAN), (-INF, NAN)]),
    "cos": one(mp.cos, BELL, [0, 1.5707964] + PERIODIC, [(-0.0, 1.0), (INF, NAN), (-INF, NAN)]),
    "tan": one(mp.tan, BELL, [0, 1.5703125] + PERIODIC, ODD + [(INF, NAN), (-INF, NAN)]),
    "asin": one(mp.asin, UNIT, [0, 1, -1, 1e-8, 0.9999, -0.99999999, 0.5000001],
                ODD + [(1.5, NAN), (-1.5, NAN), (INF, NAN)]),
    "acos": one(mp.acos, UNIT, [0, 1, -1, 1e-8, 0.9999, -0.99999999, 0.5000001],
                [(-0.0, mp.pi / 2), (1.5, NAN), (-1.5, NAN), (-INF, NAN)]),
    "atan": one(mp.atan, BELL, [0, 1e-10, 0.9999, 10, 1e10, -1e30, 1e300],
                ODD + [(INF, mp.pi / 2), (-INF, -mp.pi / 2)]),
    "sinh": one(mp.sinh, BELL, [0, 1e-8, -1e-3, 20, -20, 88, 89, -89, 700, 710, 1000, -1000],
                ODD_INFINITE),
    "cosh": one(mp.cosh, BELL, [0, 1e-8, 20, -20, 88, 89, -89, 700, 710, 1000, -1000],
                [(-0.0, 1.0), (INF, INF), (-INF, INF)]),
    "tanh": one(mp.tanh, BELL, [0, 1e-8, -1e-4, 0.62, 9, -9.5, 20, 500, -1e4],
                ODD + [(INF, 1.0), (-INF, -1.0)]),
    "asinh": one(mp.asinh, BELL, [0, 1e-10, -1e-3, 1e10, -1e20, 1e300], ODD_INFINITE),
    "acosh": one(mp.acosh, [1.1, 1.5, 2, 3, 10, 50], [1, 1.0000001, 1e10, 1e30, 1e300],
                 [(0.5, NAN), (-2, NAN), (INF, INF), (-INF, NAN)]),
    "atanh": one(mp.atanh, UNIT, [0, 1e-10, -1e-3, 0.999999, -0.99999999],
                 ODD + [(1, INF), (-1, -INF), (1.5, NAN), (INF, NAN)]),
    "sigmoid": one(lambda x: 1 / (1 + mp.exp(-x)), BELL,
                   [0, 1e-8, 20, -20, 40, -80, -700, 1e4, -1e4],
                   [(-0.0, 0.5), (INF, 1.0), (-INF, 0.0)]),
    "softplus": one(lambda x: mp.log1p(mp.exp(x)), BELL,
                    [0, 1e-8, 20, -20, 40, -80, -700, 1e4, -1e4, 1e30],
                    [(-0.0, mp.log(2)), (INF, INF), (-INF, 0.0)]),
    "erf": one(mp.erf, BELL, [0, 1e-10, -1e-3, 0.84375, 1.25, 3.9, -4, 5.5, 30],
               ODD + [(INF, 1.0), (-INF, -1.0)]),
    "erfc": one(mp.erfc, BELL, [0, 1e-10, 0.84375, 1.25, 5, 9, -3.9, -6, 10, 26, 30],
                [(-0.0, 1.0), (INF, 0.0), (-INF, 2.0)]),
    "lgamma": one(lambda x: mp.re(mp.loggamma(x)), [0.3, 0.8, 1.5, 2.5, 5, 20],
                  [1, 2, 3, 1e-8, 0.9999, 2.0001, 1.4616, 100.5, 1e5, 1e10, 1e30, 1e300, -0.5,
                   -2.25, -10.75],
                  [(0.0, INF), (-0.0, INF), (-1, INF), (-2, INF), (INF, INF), (-INF, INF)]),
}


def polygamma(n):
    """At a pole both sides agree for odd n; for even n only a signed zero has a side."""
    pole = INF if n % 2 else NAN
    specials = {0: [(INF, INF)], 1: [(INF, 0.0)]}.get(n, []) + [(-1, pole), (-2, pole)]
    specials += [(0.0, INF), (-0.0, INF)] if n % 2 else [(0.0, -INF), (-0.0, INF)]
    return one(lambda x: mp.psi(n, x), [0.3, 0.8, 1.5, 2.5, 5, 20],
               [1, 2, 1e-3, 1.4616, 10, 50, 100.5, 1e5, -0.5, -2.25, -10.75], specials, n=n)


def write_functions():
    for op, function in FUNCTIONS.items():
        samples = Samples(op)
        add_function(samples, function)
        samples.write()
    samples = Samples("polygamma")
    for n in (0, 1, 2, 5):
        add_function(samples, polygamma(n), f" n={n}")
    samples.write()
    write_pow()
    write_atan2()


def write_pow():
    smooth = [(0.5, 2), (1.5, -1.25), (2, 3.5), (3, 0.5), (0.1, -2), (10, 1.3)]
    wide = [(2, 10), (-2, 3), (-2, 2), (-0.5, -3), (1.0000001, 1e6), (2, -100), (10, 30),
            (2, 1000), (2, 5000), (2, -5000), (1e-5, 5), (0.999, 5000), (7, 0.3333333),
            (0.75, 0.001), (3, 1), (1, 7.5)]
    specials = [(0.0, 0.0, 1.0), (NAN, 0.0, 1.0), (INF, -0.0, 1.0), (-2, 0.0, 1.0),
                (1, NAN, 1.0), (1, INF, 1.0), (-1, -INF, 1.0), (NAN, 1, NAN), (2, NAN, NAN),
                (0.0, 2, 0.0), (-0.0, 3, -0.0), (-0.0, 2, 0.0), (0.0, 0.5, 0.0), (0.0, -1, INF),
                (-0.0, -1, -INF), (-0.0, -2, INF), (-8, 0.5, NAN), (INF, 2, INF), (INF, -1, 0.0),
                (-INF, 3, -INF), (-INF, 2, INF), (-INF, -3, -0.0), (2, INF, INF), (2, -INF, 0.0),
                (0.5, INF, 0.0), (0.5, -INF, INF)]
    samples = Samples("pow")
    add_function(samples, Function(mp.power, smooth, wide, specials))
    samples.write()


def write_atan2():
    pi = mp.pi + 0
    smooth = [(1, 2), (-1, 2), (2, -1), (-2, -1.5), (0.1, 5), (3, 0.25)]
    wide = [(1, 1e-5), (1e-5, 1), (1e-5, -1), (-1e-5, -1), (1e15, 1), (1, -1e15), (1e-15, 1e-15),
            (1e30, 1e30), (-1e300, 1e300)]
    specials = [(0.0, 0.0, 0.0), (-0.0, 0.0, -0.0), (0.0, -0.0, pi), (-0.0, -0.0, -pi),
                (0.0, 1, 0.0), (-0.0, 1, -0.0), (0.0, -1, pi), (-0.0, -1, -pi), (1, 0.0, pi / 2),
                (-1, -0.0, -pi / 2), (INF, INF, pi / 4), (INF, -INF, 3 * pi / 4),
                (-INF, INF, -pi / 4), (-INF, -INF, -3 * pi / 4), (1, INF, 0.0), (-1, INF, -0.0),
                (1, -INF, pi), (-1, -INF, -pi), (INF, 1, pi / 2), (NAN, 1, NAN), (1, NAN, NAN)]
    samples = Samples("atan2")
    add_function(samples, Function(mp.atan2, smooth, wide, specials))
    samples.write()
