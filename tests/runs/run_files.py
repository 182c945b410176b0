"""What the run files are made with: tensors as JSON, and the files themselves."""

import json
import pathlib

import numpy

FOLDER = pathlib.Path(__file__).parent
FLOATS = ("f64", "f32", "f16", "bf16")


def tensor(dtype, values):
    array = numpy.asarray(values, dtype=numpy.float64 if dtype in FLOATS else numpy.int64)
    sizes = ",".join(str(size) for size in array.shape)
    return {"type": f"{dtype}[{sizes}]", "data": array.ravel().tolist()}


def scalars(**values):
    return {name: tensor("f64", value) for name, value in values.items()}


def write(name, model, runs):
    model = {"nnc": 1, "name": name, **model, "x-runs": runs}
    (FOLDER / f"{name}.json").write_text(json.dumps(model, indent=1) + "\n")
