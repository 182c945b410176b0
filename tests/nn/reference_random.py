"""Philox 4x32-10, random sites, draws and initial values (language.md 4.7 and 4.10)."""

import json
import math

import numpy as np

from cases import FOLDER, Cases, tensor

WORD = 0xFFFFFFFF


def philox(key, counter):
    key, counter = list(key), list(counter)
    for _ in range(10):
        even, odd = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [odd >> 32 ^ counter[1] ^ key[0], odd & WORD,
                   even >> 32 ^ counter[3] ^ key[1], even & WORD]
        key = [(key[0] + 0x9E3779B9) & WORD, (key[1] + 0xBB67AE85) & WORD]
    return counter


def fnv1a(path):
    value = 0xCBF29CE484222325
    for byte in path.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


class Site:
    """The draws of a random site."""

    def __init__(self, rng, path):
        place = fnv1a(path)
        self.key = philox(rng, [place & WORD, place >> 32, 0, 0])[:2]

    def words(self, count):
        blocks = [philox(self.key, [i & WORD, i >> 32, 0, 0]) for i in range(-(-count // 4))]
        return [w for block in blocks for w in block][:count]

    def uniform(self, count, wide=False):
        if not wide:
            return np.array([(w >> 8) * 2.0**-24 for w in self.words(count)])
        w = self.words(2 * count)
        return np.array([(((w[2 * i + 1] << 32) + w[2 * i]) >> 11) * 2.0**-53
                         for i in range(count)])

    def normal(self, count, wide=False):
        u = self.uniform(2 * count, wide)
        return np.sqrt(-2 * np.log(1 - u[::2])) * np.cos(2 * math.pi * u[1::2])


def draws():
    c = Cases(9)
    rng, path = (7, 3), "block/noise"
    site = Site(rng, path)
    more = {"rng": list(rng), "site": path, "training": True}
    fixed = {"smooth": False, "dtypes": ["f64"], **more}
    c.add("f32", "random_uniform", [], lambda: site.uniform(6).reshape(2, 3).astype(np.float32),
          {"shape": [2, 3]}, **fixed)
    c.add("f64, limits", "random_uniform", [], lambda: -2 + 5 * site.uniform(5, True),
          {"shape": [5], "low": -2, "high": 3, "dtype": "f64"}, **fixed)
    c.add("scalar", "random_uniform", [], lambda: np.float64(site.uniform(1, True)[0]),
          {"shape": [], "dtype": "f64"}, **fixed)
    c.add("f32", "random_normal", [], lambda: site.normal(7).astype(np.float32), {"shape": 7},
          **fixed)
    c.add("f64, mean and std", "random_normal", [],
          lambda: 1 + 0.5 * site.normal(6, True).reshape(2, 3),
          {"shape": [2, 3], "dtype": "f64", "mean": 1, "std": 0.5}, **fixed)
    c.add("p", "bernoulli", [], lambda: site.uniform(12).reshape(3, 4) < 0.25,
          {"p": 0.25, "shape": [3, 4]}, **fixed)
    p = np.array([0.0, 0.25, 0.5, 1.0])
    c.add("tensor", "bernoulli", [p], lambda p: site.uniform(12).reshape(3, 4) < p,
          {"shape": [3, 4]}, **fixed)
    x = c.reals(4, 5)
    kept = site.uniform(20).reshape(4, 5) >= 0.4
    c.add("training", "dropout", [x], lambda x: np.where(kept, x / 0.6, 0), {"rate": 0.4}, **more)
    c.add("training, standard", "dropout", [x], lambda x: np.where(kept, x, 0),
          {"rate": 0.4, "mode": "standard"}, **more)
    c.add("everything", "dropout", [x], lambda x: 0 * x, {"rate": 1}, **more)
    c.add("predicting", "dropout", [x], lambda x: x, {"rate": 0.4})
    c.add("predicting, standard", "dropout", [x], lambda x: 0.6 * x,
          {"rate": 0.4, "mode": "standard"})
    c.add("training", "gaussian_noise", [x],
          lambda x: x + 0.5 * site.normal(20, True).reshape(4, 5), {"std": 0.5},
          **{**more, "dtypes": ["f64"]})
    c.add("predicting", "gaussian_noise", [x], lambda x: x, {"std": 0.5})
    c.write("random")


def fans(shape, first):
    if len(shape) == 1:
        return shape[0], shape[0]
    out, inputs = (shape[0], shape[1]) if first else (shape[-1], shape[-2])
    rest = math.prod(shape) // (out * inputs)
    return inputs * rest, out * rest


def orthogonal(normal, shape, gain=1):
    matrix = normal.reshape(-1, shape[-1])
    tall = matrix.shape[0] >= matrix.shape[1]
    q, r = np.linalg.qr(matrix if tall else matrix.T)
    q = q * np.sign(np.diag(r))
    return gain * (q if tall else q.T).ravel()


SPREADS = {"glorot_uniform": lambda i, o: math.sqrt(6 / (i + o)),
           "glorot_normal": lambda i, o: math.sqrt(2 / (i + o)),
           "he_uniform": lambda i, o: math.sqrt(6 / i), "he_normal": lambda i, o: math.sqrt(2 / i),
           "lecun_normal": lambda i, o: math.sqrt(1 / i)}


def initial_values():
    cases = []

    def add(kind, shape, name, values, seed=1, wide=True, **attrs):
        dtype = np.float64 if wide else np.float32
        cases.append({"kind": kind, "attrs": attrs, "seed": seed, "name": name,
                      "value": tensor(np.asarray(values, dtype).reshape(shape))})

    for kind, spread in SPREADS.items():
        for shape, attrs, wide in (((6, 4), {}, True), ((6, 4), {}, False), ((5,), {}, True),
                                   ((3, 2, 2, 5), {}, True), ((4, 2, 3), {"layout": "OIHW"}, True)):
            site, count = Site((1, 0), "w"), math.prod(shape)
            draw = (2 * site.uniform(count, wide) - 1 if kind.endswith("uniform")
                    else site.normal(count, wide))
            add(kind, shape, "w", spread(*fans(shape, bool(attrs))) * draw, wide=wide, **attrs)
    for seed, name in ((1, "layer1/w"), (2, "layer1/w"), (2**32 - 1, "b")):
        site = Site((seed, 0), name)
        add("uniform", (3, 3), name, -1 + 2 * site.uniform(9, True), seed)
        add("uniform", (3,), name, 2 + 0.5 * site.uniform(3), seed, wide=False, low=2, high=2.5)
        add("normal", (9,), name, site.normal(9, True), seed)
        add("normal", (9,), name, 1 + 0.01 * site.normal(9), seed, wide=False, mean=1, std=0.01)
    for shape in ((5, 3), (3, 5), (4, 4), (2, 3, 4)):
        normal = Site((3, 0), "q").normal(math.prod(shape), True)
        add("orthogonal", shape, "q", orthogonal(normal, shape), 3)
        add("orthogonal", shape, "q", orthogonal(normal, shape, 2.5), 3, gain=2.5)
    add("zeros", (2, 2), "z", np.zeros(4))
    add("ones", (2,), "z", np.ones(2))
    add("constant", (3,), "z", np.full(3, 0.25), value=0.25)
    text = ",\n".join("  " + json.dumps(case) for case in cases)
    (FOLDER / "initializers.json").write_text("[\n" + text + "\n]\n")


def write():
    draws()
    initial_values()
