"""Layers over sequences by loops over steps."""

import numpy as np

from cases import Cases
from reference_arithmetic import sigmoid


def rnn(x, w, u, b=0.0, h=0.0):
    hs = []
    h = np.zeros((x.shape[1], u.shape[0])) + h
    for one in x:
        h = np.tanh(one @ w + b + h @ u)
        hs.append(h)
    return np.array(hs).reshape(len(x), *h.shape), h


def lstm(x, w, u, b=0.0, h=0.0, c=0.0):
    hs = []
    h, c = np.zeros((x.shape[1], u.shape[0])) + h, np.zeros((x.shape[1], u.shape[0])) + c
    for one in x:
        i, f, g, o = np.split(one @ w + b + h @ u, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        hs.append(h)
    return np.array(hs).reshape(len(x), *h.shape), h, c


def gru(x, w, u, b=0.0, bu=0.0, h=0.0):
    hs = []
    h = np.zeros((x.shape[1], u.shape[0])) + h
    for one in x:
        xr, xz, xn = np.split(one @ w + b, 3, axis=1)
        hr, hz, hn = np.split(h @ u + bu, 3, axis=1)
        r, z = sigmoid(xr + hr), sigmoid(xz + hz)
        h = (1 - z) * np.tanh(xn + r * hn) + z * h
        hs.append(h)
    return np.array(hs).reshape(len(x), *h.shape), h


def write():
    c = Cases(12)
    for name, layer, gates, more in (("rnn", rnn, 1, 1), ("lstm", lstm, 4, 2), ("gru", gru, 3, 2)):
        def reals(*shape):
            return c.reals(*shape, low=-1, high=1)
        x, w, u = reals(4, 2, 3), reals(3, 2 * gates), reals(2, 2 * gates)
        b, rest = reals(2 * gates), [reals(2, 2) for _ in range(more)]
        if name == "gru":
            rest[0] = reals(6)
        c.add("all operands", name, [x, w, u, b, *rest], layer)
        c.add("zeros at first", name, [x, w, u, b], layer)
        c.add("no bias", name, [x, w, u], layer)
        c.add("no bias, a state", name, [x, w, u, *[None] * more, rest[-1]],
              lambda x, w, u, *last, layer=layer, more=more:
              layer(x, w, u, *[0.0] * more, last[-1]))
        c.add("no steps", name, [x[:0], w, u, b, *rest], layer, smooth=False)
    c.write("recurrent")
