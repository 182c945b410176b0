"""Cases of nn functions as JSON: operands, attributes, results and directional derivatives.

A tensor is {"type": "f64[2,3]", "data": [flat row-major elements]}; "nan", "inf" and "-inf" stand
for what JSON cannot write. Float operands are exact in f32, so that every case runs in f32 too.
"""

import json
import math
import pathlib

import numpy as np

NAMES = {"float64": "f64", "float32": "f32", "int64": "i64", "int32": "i32", "uint32": "u32",
         "uint8": "u8", "int8": "i8", "bool": "bool"}
FOLDER = pathlib.Path(__file__).parent / "expected"


def element(value):
    value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def tensor(array):
    array = np.asarray(array)
    sizes = ",".join(str(n) for n in array.shape)
    return {"type": f"{NAMES[array.dtype.name]}[{sizes}]",
            "data": [element(x) for x in array.ravel()]}


def operand(value):
    """A tensor, a number as a model writes it, or null for one that is skipped."""
    return value if value is None or isinstance(value, (int, float)) else tensor(value)


def is_float(value):
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def along(function, operands, tangents, step=1e-5):
    """Central difference of fourth order of every result."""
    def at(scale):
        moved = [x + scale * t if t is not None else x for x, t in zip(operands, tangents)]
        return [np.asarray(y) for y in listed(function(*moved))]
    far_low, low, high, far_high = at(-2 * step), at(-step), at(step), at(2 * step)
    return [(a - 8 * b + 8 * c - d) / (12 * step) if b.dtype.kind == "f" else None
            for a, b, c, d in zip(far_low, low, high, far_high)]


def listed(results):
    return list(results) if isinstance(results, (list, tuple)) else [results]


class Cases:
    """The cases of one file."""

    def __init__(self, seed):
        self.cases = []
        self.random = np.random.default_rng(seed)

    def reals(self, *shape, low=-2.0, high=2.0):
        """Multiples of 1/64 strictly between the limits."""
        return self.random.integers(int(low * 64) + 1, int(high * 64), shape) / 64.0

    def away_from(self, kink, *shape, low=-2.0, high=2.0):
        """Likewise, and no nearer to the kink than 1/64."""
        x = self.reals(*shape, low=low, high=high)
        return np.where(np.abs(x - kink) < 1 / 64, x + 1 / 32, x)

    def add(self, name, function, operands, reference, attrs=None, smooth=True, note=None, **more):
        """`reference(*operands)` in f64; smooth: its derivative is checked along a direction."""
        attrs = attrs or {}
        operands = [np.asarray(x, np.float64) if is_float(x) else x for x in operands]
        with np.errstate(all="ignore"):
            results = [np.asarray(y) for y in listed(reference(*operands))]
        case = {"function": function, "name": name, "in": [operand(x) for x in operands],
                "attrs": attrs, "out": [tensor(y) for y in results], **more}
        if smooth and any(is_float(x) and x.size for x in operands):
            tangents = [self.reals(*x.shape, low=-1, high=1) if is_float(x) else None
                        for x in operands]
            case["tangents"] = [None if t is None else tensor(t) for t in tangents]
            case["derivatives"] = [None if d is None else tensor(d)
                                   for d in along(reference, operands, tangents)]
        self.cases.append(case)

    def add_derivative(self, name, function, operands, reference, tangents, derivatives,
                       attrs=None):
        """A case at a kink, whose derivative is a convention."""
        self.add(name, function, operands, reference, attrs, smooth=False,
                 tangents=[None if t is None else tensor(t) for t in tangents],
                 derivatives=[tensor(d) for d in derivatives])

    def write(self, family):
        FOLDER.mkdir(exist_ok=True)
        lines = ",\n".join("  " + json.dumps(case) for case in self.cases)
        (FOLDER / f"{family}.json").write_text("[\n" + lines + "\n]\n")
