#!/usr/bin/python3
"""Writes what nn functions, optimisers and initial values must give: tests/nn/expected/*.json.

usage: tests/nn/make_expected.py        (needs python3-numpy and python3-mpmath)

Nothing here uses nnc: results are those of NumPy in f64, of mpmath where NumPy has no such
function, and of loops written out. Derivatives are differences of the same references along a
direction, or conventions of the language where there is a kink.
"""

import reference_arithmetic
import reference_layers
import reference_optimizers
import reference_order
import reference_random
import reference_recurrent

if __name__ == "__main__":
    reference_arithmetic.write()
    reference_layers.write()
    reference_random.write()
    reference_optimizers.write()
    reference_order.write()
    reference_recurrent.write()
