"""The rows by `nnc compile --emit=lib`, called as C programs call the object: no peer, but what
must be as fast as `nnc bench`, which calls through the C++ interface."""
import ctypes
import json
import math
import os
import pathlib
import subprocess
import tempfile

import numpy as np

from peers.model_arrays import FOLDER, model_of, shape_and_dtype
from rows import ROWS

NNC = os.environ.get("NNC", str(FOLDER.parent / "build" / "nnc"))
PROGRAMS = {row.name: row for row in ROWS}


def aligned(count):
    """So many bytes as a careful C program has them: where a cache line begins."""
    block = np.zeros(count + 64, np.uint8)
    begin = -block.ctypes.data % 64
    return block[begin:begin + count]


class Workplace:
    """A folder that goes with the process, and the timer in it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        library = self.path / "timer.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library,
                        pathlib.Path(__file__).parent / "call_timer.c"], check=True)
        self.median_call = ctypes.CDLL(library).median_call
        self.median_call.restype = ctypes.c_double


class Program:
    work = None

    def __init__(self, name, params, inputs):
        Program.work = Program.work or Workplace()
        row = PROGRAMS[name]
        path = self.work.path / f"{name}.so"
        words = [NNC, "compile", FOLDER / f"{row.model}.json", "-f", row.function, "--emit=lib",
                 "-o", path]
        for size, value in row.sizes:
            words += ["--size", f"{size}={value}"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        self.library = ctypes.CDLL(path)
        module = model_of(row)["name"]
        signature = getattr(self.library, f"{module}_signature_json")
        signature.restype = ctypes.c_char_p
        told = json.loads(signature())["functions"][0]
        self.arrays = [self.array(one, params | inputs) for one in self.arguments(told)]
        self.args = (ctypes.c_void_p * (len(self.arrays) + 1))(
            *(a.ctypes.data for a in self.arrays), None)  # the last one is the host
        self.function = getattr(self.library, told["symbol"])
        size = getattr(self.library, told["symbol"] + "_workspace_size")
        size.restype = ctypes.c_size_t
        self.size = size()
        self.workspace = aligned(self.size + 1)

    @staticmethod
    def arguments(told):
        """In the order of the members of the struct; what is updated stands in both lists."""
        names = {one["name"] for one in told["in"]}
        return told["in"] + [one for one in told["out"] if one["name"] not in names]

    @staticmethod
    def array(argument, given):
        shape, dtype = shape_and_dtype(argument["type"], {})
        array = aligned(math.prod(shape) * np.dtype(dtype).itemsize).view(dtype).reshape(shape)
        array[...] = given.get(argument["name"], 0)
        return array

    def median_seconds(self, warm_up, seconds):
        found = self.work.median_call(self.function, self.args, self.workspace.ctypes.data_as(
            ctypes.c_void_p), ctypes.c_size_t(self.size), ctypes.c_double(warm_up),
            ctypes.c_double(seconds))
        if found < 0:
            raise RuntimeError("a call failed")
        return found

    def __call__(self):
        self.function(self.args, self.workspace.ctypes.data_as(ctypes.c_void_p),
                      ctypes.c_size_t(self.size))


version = "objects of nnc"
