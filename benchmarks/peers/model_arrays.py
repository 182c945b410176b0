"""Random params and inputs of a row, as its model file declares them: the same for every peer."""
import json
import math
import pathlib
import re
import zlib

import numpy as np

FOLDER = pathlib.Path(__file__).parents[1]


def model_of(row):
    text = (FOLDER / f"{row.model}.json").read_text()
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


def shape_and_dtype(written, sizes):
    dtype, axes = re.fullmatch(r"(\w+)\[(.*)\]", written.replace(" ", "")).groups()
    shape = tuple(sizes[axis] if axis in sizes else int(axis) for axis in axes.split(",") if axis)
    return shape, {"f32": np.float32, "f64": np.float64, "i32": np.int32,
                   "i64": np.int64}[dtype]


def param(random, shape, dtype):
    """Matrices as Glorot and Bengio (2010) begin with them; the rest near what it usually is."""
    fans = sum(shape[-2:]) * math.prod(shape[:-2]) if len(shape) > 1 else 6
    return (random.uniform(-1, 1, shape) * math.sqrt(6 / fans)).astype(dtype)


def arrays_of(row):
    """Two dicts: params, and the inputs of the row's function in their order."""
    model = model_of(row)
    sizes = model.get("sizes", {}) | dict(row.sizes)
    random = np.random.default_rng(zlib.crc32(row.name.encode()))
    params = {name: param(random, *shape_and_dtype(declared["type"], sizes))
              for name, declared in model.get("params", {}).items()}
    inputs = {}
    for name in model["functions"][row.function]["in"]:
        shape, dtype = shape_and_dtype(model["inputs"][name], sizes)
        draw = random.integers(0, 10, shape) if dtype == np.int32 else random.uniform(-1, 1, shape)
        inputs[name] = draw.astype(dtype)
    return params, inputs
