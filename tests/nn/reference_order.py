"""Sorting functions, and the projection onto the simplex, by NumPy and by bisection."""

import numpy as np

from cases import Cases


def order(x, axis, descending):
    return np.argsort(-x if descending else x, axis, kind="stable")


def threshold(z):
    """What makes the positive parts of z - threshold sum to 1, by bisection."""
    low, high = z.max() - 1, z.max()
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(z - middle, 0).sum() > 1 else (low, middle)
    return (low + high) / 2


def sparsemax(x, axis=-1):
    return np.apply_along_axis(lambda z: np.maximum(z - threshold(z), 0), axis, x)


def sparsemax_loss(z, y):
    """The Fenchel-Young loss of half the squared norm; y sums to 1, so shifts of z are free."""
    z = z - z.max(-1, keepdims=True)
    p = sparsemax(z)
    return ((p * z).sum(-1) - (p * p).sum(-1) / 2 + (y * y).sum(-1) / 2 - (y * z).sum(-1))


def write():
    c = Cases(12)
    x = c.reals(4, 6)
    ties = np.array([[1.0, 0.5, 1.0, 0.5, 1.0], [2.0, 2.0, -1.0, -1.0, 2.0]])
    for axis in (0, 1):
        for descending in (False, True):
            attrs = {"axis": axis, "descending": descending}
            c.add(f"axis {axis} {descending}", "argsort", [x],
                  lambda x: order(x, axis, descending), attrs, smooth=False)
    c.add("ties", "argsort", [ties], lambda x: order(x, -1, False), smooth=False)
    c.add("ties descending", "argsort", [ties], lambda x: order(x, -1, True),
          {"descending": True}, smooth=False)
    for axis, k in ((-1, 3), (0, 1), (1, 6), (1, 0)):
        def largest(x):
            i = order(x, axis, True).take(range(k), axis)
            return np.take_along_axis(x, i, axis), i
        c.add(f"axis {axis} k {k}", "topk", [x], largest, {"k": k, "axis": axis})
    c.add("ties", "topk", [ties], lambda x: (np.sort(x, -1)[:, ::-1][:, :2],
                                             order(x, -1, True)[:, :2]), {"k": 2}, smooth=False)
    c.add("rows", "sparsemax", [c.reals(5, 4)], sparsemax)
    c.add("columns", "sparsemax", [c.reals(3, 5, 2)], lambda x: sparsemax(x, 1), {"axis": 1})
    c.add("all inside", "sparsemax", [c.reals(3, 4) / 16], sparsemax)
    c.add("equal", "sparsemax", [np.ones((2, 4))], lambda x: np.full((2, 4), 0.25), smooth=False)
    c.add("one wins", "sparsemax", [np.array([1e4, -1e4, 0.0])], lambda x: np.array([1.0, 0, 0]))
    c.add("one", "sparsemax", [c.reals(3, 1)], np.ones_like)
    z, ids = c.reals(6, 4), c.random.integers(0, 4, 6).astype(np.int32)
    shares = np.array([[0.5, 0.25, 0.25, 0.0]] * 6)
    for reduction, reduce in (("mean", np.mean), ("sum", np.sum), ("none", lambda x: x)):
        c.add(f"ids {reduction}", "sparsemax_loss", [z, ids],
              lambda z, y: reduce(sparsemax_loss(z, np.eye(4)[y])), {"reduction": reduction})
        c.add(f"shares {reduction}", "sparsemax_loss", [z, shares],
              lambda z, y: reduce(sparsemax_loss(z, y)), {"reduction": reduction})
    c.write("order")
