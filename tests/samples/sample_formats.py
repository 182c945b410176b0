"""Element types of the samples: rounding into them, their JSON text, and the sample files.

A value of any float dtype is held as the Python float that equals it, of any other as an int.
"""

import json
import math
from fractions import Fraction
from pathlib import Path

import mpmath

FLOATS = ("f64", "f32", "f16", "bf16")
INTEGERS = {"i64": (64, True), "i32": (32, True), "u32": (32, False), "i8": (8, True),
            "u8": (8, False)}
PRECISION = {"f64": (53, -1022, 1023), "f32": (24, -126, 127), "f16": (11, -14, 15),
             "bf16": (8, -126, 127)}  # significant bits, lowest and highest exponent
COMPUTE = {"f64": "f64", "f32": "f32", "f16": "f32", "bf16": "f32"}


def lowest(dtype):
    width, signed = INTEGERS[dtype]
    return -(1 << (width - 1)) if signed else 0


def highest(dtype):
    width, signed = INTEGERS[dtype]
    return (1 << (width - 1 if signed else width)) - 1


def wrap(dtype, value):
    if dtype == "bool":
        return value & 1
    width, _ = INTEGERS[dtype]
    return (value - lowest(dtype)) % (1 << width) + lowest(dtype)


def exact(value):
    """A finite float, int, Fraction or mpf as a Fraction."""
    if isinstance(value, mpmath.mpf):
        sign, mantissa, exponent, _ = value._mpf_
        return Fraction(-mantissa if sign else mantissa) * Fraction(2) ** exponent
    return Fraction(value)


def special(value):
    return isinstance(value, float) and (not math.isfinite(value) or value == 0)


def round_to(dtype, value):
    """To nearest, ties to even, overflow to infinity; denormals are kept."""
    if special(value):
        return value
    value = exact(value)
    if value == 0:
        return 0.0
    sign = 1 if value > 0 else -1
    bits, low, high = PRECISION[dtype]
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    if abs(value) < Fraction(2) ** exponent:
        exponent -= 1
    quantum = Fraction(2) ** (max(exponent, low) - (bits - 1))
    rounded = round(value / quantum) * quantum
    if abs(rounded) >= Fraction(2) ** (high + 1):
        return sign * math.inf
    return math.copysign(float(rounded), sign)


def denormal(dtype, value):
    """Whether a float of `dtype` is one that a CPU may take as 0."""
    return dtype != "f16" and value != 0 and abs(value) < 2.0 ** PRECISION[dtype][1]


def element_text(dtype, value):
    """The shortest JSON number from which the value comes back, read as f64 and then rounded."""
    if dtype == "bool":
        return "true" if value else "false"
    if dtype not in FLOATS:
        return str(value)
    if math.isnan(value):
        return '"nan"'
    if math.isinf(value):
        return '"inf"' if value > 0 else '"-inf"'
    if value == 0:
        return '"-0"' if math.copysign(1, value) < 0 else "0.0"
    for digits in range(1, 18):
        text = repr(float(f"{value:.{digits}g}"))
        if round_to(dtype, float(text)) == value:
            return text
    raise ValueError(value)


class Tensor:
    """A literal; the shape is that of a vector unless given."""

    def __init__(self, dtype, data, shape=None):
        self.dtype, self.data = dtype, list(data)
        self.shape = [len(self.data)] if shape is None else list(shape)
        assert math.prod(self.shape) == len(self.data)

    def text(self):
        sizes = ",".join(map(str, self.shape))
        data = ", ".join(element_text(self.dtype, value) for value in self.data)
        return f'{{"type": "{self.dtype}[{sizes}]", "data": [{data}]}}'


class Samples:
    """The cases of one op; write() puts them beside this script."""

    def __init__(self, op):
        self.op, self.lines, self.names = op, [], set()

    def add(self, name, inputs, outputs, **attrs):
        assert name not in self.names, (self.op, name)
        self.names.add(name)
        sides = [", ".join(t.text() for t in side) for side in (inputs, outputs)]
        self.lines.append(f'  {{"name": "{name}", "attrs": {json.dumps(attrs)},\n'
                          f'   "in": [{sides[0]}],\n   "out": [{sides[1]}]}}')

    def write(self):
        text = f'{{"op": "{self.op}", "cases": [\n' + ",\n".join(self.lines) + "\n]}\n"
        json.loads(text)
        Path(__file__).with_name(self.op + ".json").write_text(text)
