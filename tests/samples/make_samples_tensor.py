#!/usr/bin/python3
"""Writes the samples of the ops on whole tensors (layout, window, index, reduce, contract).

usage: tests/samples/make_samples_tensor.py        (needs python3-numpy and python3-mpmath)

Nothing here uses nnc: sample_tensors.py computes the results with numpy, on float64 and on Python
integers, and rounds or wraps them to the element type. Sums are exact in every order, unless the
order is what a case is about.
"""

import math

import numpy as np

import sample_tensors as st
from sample_formats import FLOATS, INTEGERS, Samples, highest, lowest
from sample_tensors import array, counted, tensor

INF, NAN = math.inf, math.nan
BIG = 2**53 + 1  # an i64 that no f64 holds
NUMBERS = (*FLOATS, *INTEGERS)
ALL = (*NUMBERS, "bool")
SPECIAL = [NAN, INF, -INF, -0.0, 0.0, 1.0]


class Cases:
    """The samples of one op whose operands and results follow from `function`(arrays, attrs)."""

    def __init__(self, op, function, result=lambda dtype: dtype):
        self.samples, self.function, self.result = Samples(op), function, result

    def add(self, name, types, arrays, /, result=None, **attrs):
        dtypes = types if isinstance(types, list) else [types] * len(arrays)
        arrays = [array(d, a) for d, a in zip(dtypes, arrays)]
        with np.errstate(all="ignore"):
            out = self.function(*[a.copy() for a in arrays], **attrs)
        inputs = [tensor(d, a) for d, a in zip(dtypes, arrays)]
        if isinstance(out, list):
            outputs = [tensor(d, o) for d, o in zip(dtypes, out)]
        else:
            outputs = [tensor(result or self.result(dtypes[0]), np.asarray(out))]
        self.samples.add(name, inputs, outputs, **attrs)

    def every(self, dtypes, *shapes, **attrs):
        """One case for each element type, of small numbers."""
        for dtype in dtypes:
            self.add(dtype, dtype, [counted(dtype, s, i) for i, s in enumerate(shapes)], **attrs)

    def shapes(self, name, *shapes, dtype="f32", **attrs):
        self.add(name, dtype, [counted(dtype, s, i) for i, s in enumerate(shapes)], **attrs)

    def write(self):
        self.samples.write()


def broadcast():
    c = Cases("broadcast", st.broadcast)
    c.shapes("basic", [3], dtype="f64", shape=[2, 3], axes=[1])
    c.every(ALL, [2, 3], shape=[2, 2, 3], axes=[0, 2])
    c.shapes("scalar", [], shape=[2, 3], axes=[])
    c.shapes("default axes are the last", [3], shape=[2, 2, 3])
    c.shapes("negative axis", [2], shape=[2, 3], axes=[-2])
    c.shapes("axes out of order", [2, 3, 4], shape=[3, 2, 4, 2], axes=[3, 0, 2])
    c.shapes("same shape", [2, 3], shape=[2, 3], axes=[0, 1])
    c.shapes("to nothing", [3], shape=[0, 3], axes=[1])
    c.shapes("nothing", [0], shape=[2, 0], axes=[1])
    c.shapes("size 1", [1], shape=[3, 1], axes=[1])
    c.shapes("rank 5", [2, 3], shape=[1, 2, 2, 3, 2], axes=[1, 3])
    c.add("special", "f64", [SPECIAL], shape=[2, 6], axes=[1])
    c.write()


def reshape():
    c = Cases("reshape", lambda x, shape: x.reshape(shape))
    c.shapes("basic", [2, 3], dtype="f64", shape=[3, 2])
    c.every(ALL, [2, 6], shape=[3, 4])
    c.shapes("open size", [2, 3, 4], shape=[4, -1])
    c.shapes("open size of 1", [6], shape=[2, -1, 3])
    c.shapes("to scalar", [1, 1], shape=[])
    c.shapes("from scalar", [], shape=[1, -1])
    c.shapes("nothing", [0, 3], shape=[3, 0])
    c.shapes("nothing, open size", [0, 3], shape=[2, -1, 3])
    c.shapes("across", [4, 15], shape=[6, 10])
    c.shapes("rank 5", [2, 1, 3, 2, 2], shape=[4, 6])
    c.shapes("to rank 5", [6, 4], shape=[2, 3, 1, 2, 2])
    c.add("special", "f64", [[SPECIAL]], shape=[3, 2])
    c.write()


def transpose():
    c = Cases("transpose", lambda x, perm=None: np.transpose(x, perm))
    c.shapes("basic", [2, 3], dtype="f64", perm=[1, 0])
    c.every(ALL, [2, 3, 2], perm=[2, 0, 1])
    c.shapes("default reverses", [2, 3, 4])
    c.shapes("negative axes", [2, 3, 4], perm=[-1, 0, -2])
    c.shapes("identity", [2, 3], perm=[0, 1])
    c.shapes("scalar", [], perm=[])
    c.shapes("nothing", [0, 3], perm=[1, 0])
    c.shapes("rank 5", [2, 3, 1, 2, 2], perm=[4, 1, 3, 0, 2])
    c.shapes("tall", [37, 19], perm=[1, 0])
    c.shapes("square", [3, 3], perm=[1, 0])
    c.write()


def reverse():
    c = Cases("reverse", lambda x, axes=None: np.flip(x, axes if axes is None else tuple(axes)))
    c.shapes("basic", [4], dtype="f64", axes=[0])
    c.every(ALL, [2, 3], axes=[1])
    c.shapes("default all", [2, 3])
    c.shapes("no axes", [2, 3], axes=[])
    c.shapes("negative axis", [2, 3], axes=[-2])
    c.shapes("scalar", [], axes=[])
    c.shapes("size 1", [1, 3], axes=[0])
    c.shapes("nothing", [0, 3], axes=[0, 1])
    c.shapes("rank 5", [2, 3, 1, 2, 2], axes=[4, 1, 0])
    c.write()


def slice_():
    c = Cases("slice", st.slice_)
    c.shapes("basic", [5], dtype="f64", start=[1], stop=[4])
    c.every(ALL, [3, 5], start=[1, 0], stop=[3, 5], step=[1, 2])
    c.shapes("default is all", [2, 3])
    c.shapes("from the end", [4, 6], start=[-3, 1], stop=[-1, -1])
    c.shapes("steps that end early", [10, 9], start=[1, 2], stop=[10, 9], step=[4, 3])
    c.shapes("one step for all axes", [5, 5], step=[2])
    c.shapes("step beyond the end", [3], step=[7])
    c.shapes("empty", [3, 4], start=[0, 2], stop=[3, 2])
    c.shapes("start after stop", [5], start=[4], stop=[2])
    c.shapes("nothing", [0, 3], start=[0, 1], stop=[0, 3])
    c.shapes("scalar", [], start=[], stop=[], step=[])
    c.shapes("rank 5", [2, 3, 4, 1, 3], start=[0, 1, 0, 0, 2], stop=[1, 3, 4, 1, 3],
             step=[1, 1, 3, 1, 1])
    c.shapes("every axis of 5", [3, 2, 3, 3, 2], start=[0, 0, 1, 0, 0], stop=[3, 2, 3, 3, 2],
             step=[2, 1, 1, 2, 1])
    c.write()


def pad():
    c = Cases("pad", st.pad)
    c.shapes("basic", [3], dtype="f64", low=[1], high=[2])
    c.every(ALL, [2, 3], low=[1, 0], high=[0, 2], interior=[0, 1], value=1)
    c.shapes("value", [2, 2], low=[1, 1], high=[1, 1], value=-2.5)
    c.shapes("interior", [3, 2], low=[0, 1], high=[0, 1], interior=[2, 1])
    c.shapes("one interior for all axes", [3, 2], low=[0, 0], high=[0, 0], interior=[1])
    c.shapes("crop", [5, 4], low=[-1, -2], high=[-2, 0])
    c.shapes("crop one side, pad the other", [5], low=[-2], high=[3], value=7.0)
    c.shapes("pad one side, crop the other", [5], low=[3], high=[-4], value=7.0)
    c.shapes("crop with interior", [4, 3], low=[-1, -2], high=[-4, 1], interior=[2, 3], value=9.0)
    c.shapes("crop all", [3], low=[-1], high=[-2])
    c.shapes("crop beyond the end", [3], low=[-5], high=[6], value=4.0)
    c.shapes("nothing becomes something", [0, 2], low=[1, 0], high=[1, 0], interior=[5, 0],
             value=3.0)
    c.shapes("size 1 has no interior", [1], low=[1], high=[1], interior=[9])
    c.shapes("scalar", [], low=[], high=[])
    c.shapes("rank 5", [2, 1, 2, 1, 2], low=[0, 1, 0, 0, 1], high=[1, 0, -1, 0, 0],
             interior=[1, 0, 0, 0, 1], value=0.5)
    c.shapes("every axis of 5", [2, 2, 2, 2, 2], low=[0, 1, 0, 0, 1], high=[1, 0, 1, 0, 0],
             interior=[1, 0, 0, 1, 0], value=0.5)
    c.add("special", "f64", [SPECIAL], low=[1], high=[0], interior=[1], value=2.0)
    c.add("value is rounded", "bf16", [[1.0]], low=[1], high=[0], value=0.1)
    c.add("large integers", "i64", [[BIG, -BIG]], low=[1], high=[1], value=2**53)
    c.write()


def concat():
    c = Cases("concat", lambda *x, axis: np.concatenate(x, axis))
    c.shapes("basic", [2], [3], dtype="f64", axis=0)
    c.every(ALL, [2, 1], [2, 3], axis=1)
    c.shapes("negative axis", [2, 3], [1, 3], [3, 3], axis=-2)
    c.shapes("one operand", [2, 3], axis=0)
    c.shapes("some are empty", [0, 2], [2, 2], [0, 2], [1, 2], [0, 2], axis=0)
    c.shapes("all are empty", [2, 0], [2, 0], axis=1)
    c.shapes("nothing beside", [0, 2], [0, 3], axis=1)
    c.shapes("many", *[[1, 2]] * 9, axis=0)
    c.shapes("rank 5", [2, 1, 2, 1, 1], [2, 1, 2, 3, 1], axis=3)
    c.shapes("equal parts", [2, 3], [2, 3], axis=1)
    c.shapes("the first is empty", [0, 2], [3, 2], axis=0)
    c.shapes("the last is empty", [3, 2], [0, 2], axis=0)
    c.add("special", "f64", [SPECIAL, [NAN, -0.0]], axis=0)
    c.write()


def window():
    c = Cases("window", st.window)
    c.shapes("basic", [5], dtype="f64", axes=[0], size=[3])
    c.every(ALL, [6, 2], axes=[0], size=[2], stride=[2])
    c.shapes("two axes", [4, 5], axes=[0, 1], size=[2, 3])
    c.shapes("axes out of order", [4, 5], axes=[1, 0], size=[3, 2], stride=[2, 1])
    c.shapes("stride drops the remainder", [8], axes=[0], size=[3], stride=[2])
    c.shapes("stride over gaps", [10], axes=[0], size=[2], stride=[4])
    c.shapes("dilation", [9], axes=[0], size=[3], dilation=[3])
    c.shapes("stride and dilation", [2, 11, 7], axes=[1, 2], size=[3, 2], stride=[3, 2],
             dilation=[2, 3])
    c.shapes("one entry for all axes", [6, 7], axes=[0, 1], size=[2, 2], stride=[2], dilation=[3])
    c.shapes("negative axis", [2, 4], axes=[-1], size=[2])
    c.shapes("does not fit", [4], axes=[0], size=[3], dilation=[2])
    c.shapes("just fits", [5], axes=[0], size=[3], dilation=[2])
    c.shapes("size 1", [3], axes=[0], size=[1])
    c.shapes("no axes", [2, 3], axes=[], size=[])
    c.shapes("nothing", [0, 3], axes=[1], size=[2])
    c.shapes("image", [2, 5, 5, 2], axes=[1, 2], size=[3, 3])
    c.write()


def fold():
    c = Cases("fold", st.fold)
    c.shapes("basic", [3, 3], dtype="f64", shape=[5], axes=[0], size=[3])
    c.every(NUMBERS, [3, 2, 2], shape=[4, 2], axes=[0], size=[2])
    c.shapes("two axes", [3, 3, 2, 3], shape=[4, 5], axes=[0, 1], size=[2, 3])
    c.shapes("axes out of order", [3, 2, 3, 2], shape=[4, 5], axes=[1, 0], size=[3, 2],
             stride=[2, 1])
    c.shapes("remainder stays 0", [3, 3], shape=[8], axes=[0], size=[3], stride=[2])
    c.shapes("gaps stay 0", [3, 2], shape=[10], axes=[0], size=[2], stride=[4])
    c.shapes("dilation", [3, 3], shape=[9], axes=[0], size=[3], dilation=[3])
    c.shapes("stride and dilation", [2, 3, 2, 3, 2], shape=[2, 11, 7], axes=[1, 2], size=[3, 2],
             stride=[3, 2], dilation=[2, 3])
    c.shapes("negative axis", [2, 3, 2], shape=[2, 4], axes=[-1], size=[2])
    c.shapes("no windows", [0, 3], shape=[4], axes=[0], size=[3], dilation=[2])
    c.shapes("no axes", [2, 3], shape=[2, 3], axes=[], size=[])
    c.shapes("nothing", [0, 2, 2], shape=[0, 3], axes=[1], size=[2])
    c.shapes("image", [2, 3, 3, 2, 3, 3], shape=[2, 5, 5, 2], axes=[1, 2], size=[3, 3])
    c.add("infinities stay where they are", "f64", [[[INF, 1.0], [2.0, NAN], [3.0, 4.0]]],
          shape=[4], axes=[0], size=[2])
    c.write()


def iota():
    c = Cases("iota", st.iota)
    for dtype in NUMBERS:
        c.add(dtype, [], [], result=dtype, shape=[2, 3], axis=1, dtype=dtype)
    c.add("default", [], [], result="i64", shape=[4])
    c.add("negative axis", [], [], result="i64", shape=[3, 2], axis=-2)
    c.add("nothing", [], [], result="i32", shape=[2, 0], axis=1, dtype="i32")
    c.add("wraps", [], [], result="i8", shape=[130], axis=0, dtype="i8")
    c.add("rounds", [], [], result="bf16", shape=[262], axis=0, dtype="bf16")
    c.add("rank 5", [], [], result="f32", shape=[2, 1, 3, 1, 2], axis=2, dtype="f32")
    c.write()


def gather():
    c = Cases("gather", st.gather)

    def add(name, x, indices, dtype="f32", index="i32", **attrs):
        c.add(name, [dtype] + [index] * len(indices), [counted(dtype, x), *indices], **attrs)

    add("basic", [4, 3], [[2, 0, 2]], dtype="f64", axes=[0])
    for dtype in ALL:
        add(dtype, [3, 2], [[2, 0]], dtype=dtype, axes=[0])
    for index in ("i32", "i64", "u32"):
        add("by " + index, [5], [[4, 0, 0, 3]], index=index, axes=[0])
    add("default axes are the first", [3, 4, 2], [[2, 1], [3, 0]])
    add("inner axis", [2, 3, 2], [[2, 0]], axes=[1])
    add("negative axis", [2, 3], [[2, 2, 1]], axes=[-1])
    add("index of rank 2", [4, 2], [[[0, 3, 1], [2, 2, 0]]], axes=[0])
    add("scalar index", [4, 2], [3], axes=[0])
    add("points", [3, 4], [[0, 2, 1], [3, 0, 3]], axes=[0, 1])
    add("axes out of order", [3, 4, 2], [[3, 0], [2, 1]], axes=[1, 0])
    add("axes apart", [2, 3, 4], [[1, 0, 1], [3, 2, 0]], axes=[0, 2])
    add("no indices", [3, 2], [np.zeros([0])], axes=[0])
    add("nothing beside", [3, 0], [[1, 2]], axes=[0])
    add("size 1", [1, 2], [[0, 0, 0]], axes=[0])
    add("rank 5", [2, 2, 3, 1, 2], [[[1, 2], [0, 2]]], axes=[2])
    c.add("special", ["f64", "i64"], [SPECIAL, [3, 0, 1, 2]], axes=[0])
    c.write()


def scatter_add():
    c = Cases("scatter_add", st.scatter_add)

    def add(name, x, indices, updates, dtype="f32", index="i32", **attrs):
        dtypes = [dtype] + [index] * len(indices) + [dtype]
        c.add(name, dtypes, [counted(dtype, x), *indices, counted(dtype, updates, 1)], **attrs)

    add("basic", [4, 3], [[2, 0, 2]], [3, 3], dtype="f64", axes=[0])
    for dtype in NUMBERS:
        add(dtype, [3, 2], [[2, 0, 2]], [3, 2], dtype=dtype, axes=[0])
    for index in ("i32", "i64", "u32"):
        add("by " + index, [5], [[4, 0, 0, 3]], [4], index=index, axes=[0])
    add("default axes are the first", [3, 4, 2], [[2, 2], [3, 3]], [2, 2])
    add("inner axis", [2, 3, 2], [[2, 0, 2]], [3, 2, 2], axes=[1])
    add("index of rank 2", [4, 2], [[[0, 3, 0], [2, 0, 0]]], [2, 3, 2], axes=[0])
    add("scalar index", [4, 2], [3], [2], axes=[0])
    add("points", [3, 4], [[0, 2, 0], [3, 0, 3]], [3], axes=[0, 1])
    add("axes out of order", [3, 4, 2], [[3, 0], [2, 1]], [2, 2], axes=[1, 0])
    add("axes apart", [2, 3, 4], [[1, 0, 1], [3, 2, 3]], [3, 3], axes=[0, -1])
    add("no updates", [3, 2], [np.zeros([0])], [0, 2], axes=[0])
    add("nothing beside", [3, 0], [[1, 2]], [2, 0], axes=[0])
    c.add("in order", ["f32", "i32", "f32"], [[1e8, 0.0], [0, 0, 0], [1.0, -1e8, 1.0]], axes=[0])
    c.add("wraps", ["u32", "i32", "u32"], [[highest("u32"), 0], [0, 0], [1, 5]], axes=[0])
    c.add("large integers", ["i64", "i32", "i64"], [[BIG, 0], [0, 1], [-1, BIG]], axes=[0])
    c.write()


def reduction(op, function, result=lambda dtype: dtype):
    """What every reduction has: axes, keep, ranks, empty axes."""
    c = Cases(op, lambda x, **attrs: st.reduced(x, function, **attrs), result)
    c.shapes("basic", [2, 3], dtype="f64", axes=[1])
    c.shapes("default all", [2, 3])
    c.shapes("keep", [2, 3, 2], axes=[1], keep=True)
    c.shapes("keep all", [2, 3], keep=True)
    c.shapes("first axis", [4, 3], axes=[0])
    c.shapes("negative axes out of order", [2, 3, 2], axes=[-1, 0])
    c.shapes("no axes", [2, 3], axes=[])
    c.shapes("scalar", [])
    c.shapes("size 1", [3, 1], axes=[1])
    c.shapes("empty axis", [2, 0], axes=[1])
    c.shapes("empty axis, keep", [0, 2], axes=[0], keep=True)
    c.shapes("nothing", [0, 3], axes=[1])
    c.shapes("rank 5", [2, 1, 3, 1, 2], axes=[0, 2, 3])
    c.shapes("the last two of four", [2, 3, 2, 2], axes=[2, 3])
    c.shapes("apart", [2, 2, 3, 2, 2], axes=[4, 1])
    c.add("special", "f64", [[[1.0, NAN], [INF, 1.0], [-INF, 2.0], [0.0, 0.0]]], axes=[1])
    return c


def sums():
    c = reduction("sum", st.add, st.sum_dtype)
    c.every(ALL, [3, 4], axes=[1])
    c.shapes("long", [3, 1000], axes=[1])
    c.shapes("tall", [1000, 3], axes=[0])
    c.shapes("empty vector", [0])
    c.add("infinities", "f64", [[[INF, -INF], [INF, INF]]], axes=[1])
    c.add("f16 accumulates in f32", "f16", [np.ones([2052])])
    c.add("bf16 accumulates in f32", "bf16", [np.ones([300])])
    c.add("f16 does not overflow inside", "f16", [[60000.0, 60000.0, -60000.0]])
    c.add("f16 overflows", "f16", [[60000.0, 60000.0]])
    c.add("wraps i32", "i32", [[highest("i32"), 1, 1]])
    c.add("wraps u32", "u32", [[highest("u32"), 3]])
    c.add("large integers", "i64", [[BIG, 1, 1]])
    c.add("i8 does not wrap", "i8", [[127, 127, -128, 127]])
    c.add("u8 does not wrap", "u8", [[255, 255]])
    c.write()


def products():
    c = reduction("prod", st.multiply)
    c.every(NUMBERS, [3, 4], axes=[1])
    c.add("zeros", "f64", [[[2.0, 0.0, 3.0], [0.0, 0.0, 5.0], [-1.0, 2.0, 0.5]]], axes=[1])
    c.add("f16 does not overflow inside", "f16", [[256.0, 256.0, 1.0 / 256.0]])
    c.add("wraps i32", "i32", [[65536, 65537]])
    c.add("wraps u32", "u32", [[highest("u32"), 3]])
    c.add("wraps i8", "i8", [[100, 2]])
    c.add("large integers", "i64", [[BIG, 3]])
    c.write()


def extremes():
    for op, function in (("max", st.maximum), ("min", st.minimum)):
        c = reduction(op, function)
        c.every(NUMBERS, [3, 4], axes=[1])
        for dtype in NUMBERS:
            c.shapes("empty " + dtype, [2, 0], dtype=dtype, axes=[1])
        c.add("signed zeros", "f64", [[[-0.0, 0.0], [0.0, -0.0], [-0.0, -0.0]]], axes=[1])
        c.add("nan anywhere", "f32", [[[NAN, 1.0, 2.0], [1.0, NAN, 2.0], [1.0, 2.0, NAN]]],
              axes=[1])
        c.add("large integers", "i64", [[[BIG, BIG - 1], [-BIG, 1 - BIG]]], axes=[1])
        for dtype in INTEGERS:
            c.add("ends of " + dtype, dtype, [[lowest(dtype), 1, highest(dtype)]])
        c.write()


def positions():
    for op, function in (("argmax", st.argmax), ("argmin", st.argmin)):
        c = Cases(op, function, lambda dtype: "i64")
        c.shapes("basic", [2, 3], dtype="f64", axis=1)
        c.every(NUMBERS, [3, 4], axis=0)
        c.add("i32 positions", "f32", [[[1.0, 3.0, 2.0], [4.0, 0.0, 4.0]]], result="i32", axis=1,
              dtype="i32")
        c.shapes("negative axis", [2, 3, 2], axis=-2)
        c.add("ties", "f32", [[[2.0, 1.0, 2.0, 1.0], [1.0, 1.0, 1.0, 1.0]]], axis=1)
        c.add("first nan", "f64", [[[INF, NAN, NAN, -INF], [NAN, 1.0, 2.0, 0.0],
                                    [-1.0, 0.5, 0.0, NAN]]], axis=1)
        c.add("infinities", "f64", [[[-INF, -INF], [INF, INF], [-INF, INF], [INF, -INF]]], axis=1)
        c.add("large integers", "i64", [[[BIG - 1, BIG, BIG], [-BIG, 1 - BIG, -BIG]]], axis=1)
        c.shapes("size 1", [3, 1], axis=1)
        c.shapes("nothing beside", [3, 0], axis=0)
        c.shapes("vector", [37], axis=0)
        c.shapes("rank 5", [2, 1, 3, 1, 2], axis=2)
        c.write()


def cumsum():
    c = Cases("cumsum", st.cumsum, st.sum_dtype)
    c.shapes("basic", [4], dtype="f64", axis=0)
    c.every(ALL, [2, 3], axis=1)
    for dtype in ("f32", "f16", "i32"):
        c.shapes("reverse " + dtype, [2, 4], dtype=dtype, axis=1, reverse=True)
        c.shapes("exclusive " + dtype, [2, 4], dtype=dtype, axis=1, exclusive=True)
        c.shapes("reverse exclusive " + dtype, [4, 2], dtype=dtype, axis=0, reverse=True,
                 exclusive=True)
    c.shapes("first axis", [3, 2, 2], axis=0)
    c.shapes("negative axis", [2, 3, 2], axis=-2)
    c.shapes("size 1", [2, 1], axis=1, exclusive=True)
    c.shapes("nothing", [2, 0], axis=1)
    c.shapes("nothing beside", [0, 3], axis=1)
    c.shapes("rank 5", [2, 1, 3, 1, 2], axis=2)
    c.add("special", "f64", [[1.0, INF, 2.0, -INF, 3.0]], axis=0)
    c.add("bf16 accumulates in f32", "bf16", [np.ones([300])], axis=0)
    c.add("wraps", "u32", [[highest("u32"), 1, 1]], axis=0)
    c.add("large integers", "i64", [[BIG, 1, 1]], axis=0)
    c.add("i8 does not wrap", "i8", [[127, 1, 127]], axis=0)
    c.write()


def sort():
    c = Cases("sort", st.sort)
    c.shapes("basic", [5], dtype="f64")
    c.every(ALL, [2, 5], [2, 5], axis=1)
    for dtype in ("f32", "i32", "bool"):
        c.shapes("descending " + dtype, [2, 7], [2, 7], dtype=dtype, axis=1, descending=True)
    c.shapes("first axis", [5, 2, 2], [5, 2, 2], axis=0)
    c.shapes("axis in the middle", [2, 6, 3], axis=1)
    c.shapes("negative axis", [3, 2, 2], axis=-3, descending=True)
    c.shapes("two payloads", [9], [9], [9], dtype="f64", axis=0)
    c.shapes("size 1", [2, 1], [2, 1], axis=1)
    c.shapes("nothing", [2, 0], axis=1)
    c.shapes("nothing beside", [0, 3], axis=1)
    c.shapes("rank 5", [2, 1, 3, 1, 2], axis=2)
    for size in (2, 3, 4, 8, 17, 33, 100):
        keys = [(31 * i + 7) % 101 / 4 for i in range(size)]
        c.add(f"{size} elements", ["f32", "i32"], [keys, range(size)], axis=0)
        c.add(f"{size} in 5 values", ["i64", "i64"],
              [[(i * i) % 5 for i in range(size)], range(size)], axis=0, descending=size % 2 == 1)
    c.add("special", ["f64", "i32"], [[*SPECIAL, NAN, 0.0, -0.0], range(9)], axis=0)
    c.add("special descending", ["f32", "i32"], [[*SPECIAL, NAN, 0.0, -0.0], range(9)], axis=0,
          descending=True)
    c.add("large integers", ["i64", "i32"], [[BIG, BIG - 1, -BIG, BIG + 1], range(4)], axis=0)
    c.add("large u32", ["u32", "i32"], [[highest("u32"), 1, 2**31], range(3)], axis=0)
    c.write()


def dot():
    c = Cases("dot", st.dot, st.dot_dtype)
    matmul = {"batch": [[], []], "contract": [[1], [0]]}
    c.shapes("basic", [2, 3], [3, 2], dtype="f64", **matmul)
    c.every(NUMBERS, [2, 3], [3, 4], **matmul)
    c.shapes("inner", [5], [5], contract=[[0], [0]])
    c.shapes("outer", [2], [3])
    c.shapes("scalars", [], [])
    c.shapes("matrix vector", [3, 4], [4], contract=[[1], [0]])
    c.shapes("both transposed", [4, 2], [3, 4], contract=[[0], [1]])
    c.shapes("negative axes", [2, 4], [3, 4], contract=[[-1], [-1]])
    c.shapes("batch", [2, 3, 4], [2, 4, 2], batch=[[0], [0]], contract=[[2], [1]])
    c.shapes("batch in the middle", [3, 2, 4], [4, 5, 2], batch=[[1], [2]], contract=[[2], [0]])
    c.shapes("two batch axes crossed", [2, 3, 4], [4, 3, 2], batch=[[1, 0], [1, 2]],
             contract=[[2], [0]])
    c.shapes("batch only", [2, 3], [2, 3], batch=[[0, 1], [0, 1]])
    c.shapes("two contracted axes", [2, 3, 4], [4, 5, 3], contract=[[2, 1], [0, 2]])
    c.shapes("everything contracted", [2, 3], [3, 2], contract=[[0, 1], [1, 0]])
    c.shapes("size 1", [2, 1], [1, 3], **matmul)
    c.shapes("empty sum", [2, 0], [0, 3], **matmul)
    c.shapes("nothing", [0, 2], [2, 3], **matmul)
    c.shapes("rank 5", [2, 1, 2, 3, 2], [2, 3, 2, 1, 2], batch=[[0], [0]],
             contract=[[3, 4], [1, 4]])
    c.shapes("not a multiple of anything", [17, 13], [13, 19], **matmul)
    c.add("special", "f64", [[[INF, 1.0], [INF, -INF], [NAN, 1.0]], [[0.0, 1.0], [1.0, 1.0]]],
          **matmul)
    c.add("f16 accumulates in f32", "f16", [np.ones([1, 2052]), np.ones([2052, 1])], **matmul)
    c.add("bf16 accumulates in f32", "bf16", [np.ones([1, 300]), np.ones([300, 1])], **matmul)
    c.add("f16 does not overflow inside", "f16", [[[256.0, 256.0]], [[256.0], [-255.0]]], **matmul)
    c.add("i8 does not wrap", "i8", [[[-128, -128, 127]], [[-128], [-128], [127]]], **matmul)
    c.add("u8 does not wrap", "u8", [[[255, 255]], [[255], [255]]], **matmul)
    c.add("wraps i32", "i32", [[[65536, 1]], [[65536], [7]]], **matmul)
    c.add("wraps u32", "u32", [[[highest("u32"), 2]], [[3], [1]]], **matmul)
    c.add("large integers", "i64", [[[BIG, 1]], [[3], [BIG]]], **matmul)
    c.write()


if __name__ == "__main__":
    for make in (broadcast, reshape, transpose, reverse, slice_, pad, concat, window, fold, iota,
                 gather, scatter_add, sums, products, extremes, positions, cumsum, sort, dot):
        make()
