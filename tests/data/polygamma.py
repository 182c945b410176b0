#!/usr/bin/env python3
"""Writes polygamma.csv: order, x (exact as a double), polygamma(order, x) to 21 digits (mpmath)."""
import os
import random

from mpmath import mp, mpf

mp.dps = 60


def points(order):
    generator = random.Random(order)
    yield from (1.0, 2.0, 0.5, 10.0, 1.4616321449683622, -0.5, -1.5, 1e-8, -1e-8, 1e8)
    for _ in range(20):
        yield 10 ** generator.uniform(-3, 3)
        yield generator.uniform(1, 12)
        yield -generator.uniform(0, 3)
        yield -generator.uniform(0, 30)
    for _ in range(10):  # near poles, and where the series of the cotangent change over
        pole = -generator.randrange(12)
        yield pole + generator.choice((-1, 1)) * 10 ** generator.uniform(-6, -1)
        yield pole - 1 / 3 + generator.uniform(-0.01, 0.01)
        yield pole - 0.5 + generator.uniform(-0.01, 0.01)


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "polygamma.csv"), "w") as out:
    for order in (0, 1, 2, 3, 4, 6, 10, 30):
        for x in points(order):
            out.write(f"{order},{x!r},{mp.nstr(mp.psi(order, mpf(x)), 21)}\n")
