#!/usr/bin/env python3
"""Derives every fitted constant of ir/math and prints ir/math/coefficients.h.

    python3 ir/math/coefficients.py [NAME...] > ir/math/coefficients.h

Needs mpmath. Each polynomial is a weighted minimax fit (Remez exchange), rounded to the format. The
forms are chosen so that the rounding of the coefficients does not matter: the leading terms of a
function are exact, and what is fitted is small beside them.
"""
import sys

from mpmath import mp, mpf

mp.prec = 1400


def round_to(value, bits):
    """`value` to nearest with `bits` significant bits."""
    if value == 0:
        return mpf(0)
    with mp.workprec(bits):
        return +mpf(value)


def remez(f, weight, count, low, high, iterations=20):
    """Coefficients of the polynomial p that minimises max |f - p| * weight on [low, high]."""
    size = 32 * count  # even and open: 0 is not in the grid, weights may vanish there
    middle, half = (low + high) / 2, (high - low) / 2
    grid = [middle - half * mp.cos(mp.pi * (i + mpf(1) / 2) / size) for i in range(size)]
    weights = [weight(x) for x in grid]
    values = [f(x) * w for x, w in zip(grid, weights)]
    rows = [[w * x**p for p in range(count)] for x, w in zip(grid, weights)]
    chosen = [int(size * (i + mpf(1) / 2) / (count + 1)) for i in range(count + 1)]
    for _ in range(iterations):
        matrix = mp.matrix(count + 1, count + 1)
        right = mp.matrix([values[k] for k in chosen])
        for i, k in enumerate(chosen):
            for j in range(count):
                matrix[i, j] = rows[k][j]
            matrix[i, count] = (-1) ** i
        solved = mp.lu_solve(matrix, right)
        coefficients = [solved[j] for j in range(count)]
        errors = [v - mp.fdot(coefficients, r) for v, r in zip(values, rows)]
        # One extreme of each run of equal signs; then the neighbours with the largest ends.
        extremes = []
        for k, e in enumerate(errors):
            if extremes and (errors[extremes[-1]] > 0) == (e > 0):
                if abs(e) > abs(errors[extremes[-1]]):
                    extremes[-1] = k
            else:
                extremes.append(k)
        while len(extremes) > count + 1:
            extremes.pop(0 if abs(errors[extremes[0]]) < abs(errors[extremes[-1]]) else -1)
        if len(extremes) < count + 1 or extremes == chosen:
            break
        chosen = extremes
    return coefficients


def fit(f, low, high, count, bits, weight=lambda x: 1):
    """`count` rounded coefficients of f on [low, high], lowest power first, and the error."""
    low, high = mpf(low), mpf(high)
    rounded = [round_to(c, bits) for c in remez(f, weight, count, low, high)]
    points = [low + (high - low) * (i + mpf(1) / 2) / 500 for i in range(500)]
    return rounded, max(abs(f(x) - mp.polyval(rounded[::-1], x)) * weight(x) for x in points)


def series(f):
    """f with its removable singularity at 0 taken from close by."""
    return lambda x: f(x if abs(x) > mpf(2) ** -60 else mpf(2) ** -60)


LN2 = mp.log(2)
SETS = {}


def polynomial(name, f, low, high, f32, f64, weight=lambda x: 1):
    """Registers a fit of `f`, with the numbers of coefficients for f32 and f64."""
    for suffix, count, bits in (("f32", f32, 24), ("f64", f64, 53)):
        if count:
            SETS[f"{name}_{suffix}"] = lambda count=count, bits=bits: fit(
                f, low, high, count, bits, weight)


def odd_tail(f, lead):
    """g with f(x) = x*lead + x^3 g(x^2), as a function of z = x^2."""
    return series(lambda z: (f(mp.sqrt(z)) / mp.sqrt(z) - lead) / z)


def odd_weight(f):
    """Weight of odd_tail's error relative to f."""
    return series(lambda z: z * mp.sqrt(z) / f(mp.sqrt(z)))


# e^r = 1 + r + r^2 q(r), |r| <= ln(2)/2; the weight makes r + r^2 q a good expm1 too.
polynomial("exp_tail", series(lambda r: (mp.expm1(r) - r) / r**2), -0.3468, 0.3468, 5, 10,
           series(lambda r: abs(r**2 / mp.expm1(r))))
# log(1+f) = f - f^2/2 + f^3 p(f) on [sqrt(1/2)-1, sqrt(2)-1].
polynomial("log_tail", series(lambda f: (mp.log1p(f) - f + f * f / 2) / f**3), -0.2930, 0.4143, 8,
           0, series(lambda f: f**3 / mp.log1p(f)))
# log((1+s)/(1-s)) = 2s + s z R(z), z = s^2, s = f/(2+f).
polynomial("log_ratio", series(lambda z: (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z),
           0, 0.02945, 0, 7, series(lambda z: z / 2))
# sin(r) = r + r z S(z), cos(r) = 1 - z/2 + z^2 C(z), |r| <= pi/4, z = r^2.
Z = mpf("0.6169")
polynomial("sin_tail", odd_tail(mp.sin, 1), 0, Z, 3, 6, odd_weight(mp.sin))
polynomial("cos_tail", series(lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2), 0, Z, 3, 6,
           lambda z: z**2 / mp.cos(mp.sqrt(z)))
# erf(x) = x + x E(x^2); f32: |x| <= 0.93, f64: |x| <= 1.
ERF_SPLIT = mpf("0.93")
ERF = series(lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1)
ERF_WEIGHT = series(lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)))
polynomial("erf_small", ERF, 0, ERF_SPLIT**2, 7, 0, ERF_WEIGHT)
polynomial("erf_small", ERF, 0, 1, 0, 13, ERF_WEIGHT)
# erf(x) = 1 - exp(-x L(x)) for 0.93 <= x <= 3.95, where erf rounds to 1 in f32.
polynomial("erf_large", lambda x: -mp.log(mp.erfc(x)) / x, ERF_SPLIT, 3.95, 8, 0,
           lambda x: x * mp.erfc(x) / mp.erf(x))
# tanh(x) = x + x z T(z), |x| <= 0.5493 = atanh(1/2).
polynomial("tanh_small", odd_tail(mp.tanh, 1), 0, 0.3018, 0, 11, odd_weight(mp.tanh))
# The same with 2/3 apart: R(z) = 2/3 + z P(z).
polynomial("log_rest",
           series(lambda z: ((2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z - mpf(2) / 3) / z),
           0, 0.02945, 3, 7, series(lambda z: z * z / 2))
# asin(x) = x + x z A(z), |x| <= 1/2; sinh(x) = x + x z H(z), |x| <= 1.
polynomial("asin_tail", odd_tail(mp.asin, 1), 0, 0.25, 5, 12, odd_weight(mp.asin))
polynomial("sinh_tail", odd_tail(mp.sinh, 1), 0, 1, 4, 7, odd_weight(mp.sinh))
# atan(x) = x + x z T(z); f32: |x| <= 1, f64: |x| <= tan(pi/8).
polynomial("atan_tail", odd_tail(mp.atan, 1), 0, 1, 9, 0, odd_weight(mp.atan))
polynomial("atan_tail", odd_tail(mp.atan, 1), 0, 0.1716, 0, 11, odd_weight(mp.atan))


def erfc_ratio(low, high, f32, f64):
    """erfc(x) e^(x^2) (x + 4) as a polynomial in (x - 4) / (x + 4)."""
    def value(t):
        x = 4 * (1 + t) / (1 - t)
        return mp.erfc(x) * mp.exp(x * x) * (x + 4)

    low, high = mpf(low), mpf(high)
    polynomial("erfc_ratio", value, (low - 4) / (low + 4), (high - 4) / (high + 4), f32, f64,
               lambda t: 1 / value(t))


erfc_ratio(0, 10.1, 11, 0)
erfc_ratio(0, 27.3, 0, 23)
# sin(pi x) / pi = x + x z S(z), |x| <= 1/2.
SIN_PI = series(lambda z: mp.sin(mp.pi * mp.sqrt(z)) / (mp.pi * mp.sqrt(z)) - 1)
polynomial("sin_pi_tail", lambda z: SIN_PI(z) / z, 0, 0.25, 4, 8, lambda z: z / (1 + SIN_PI(z)))
# lgamma(2 + t) = t G(t), |t| <= 1/2.
LGAMMA = series(lambda t: mp.loggamma(2 + t) / t)
polynomial("lgamma_near_two", LGAMMA, -0.5, 0.5, 9, 19, lambda t: 1 / LGAMMA(t))


def asymptotic(name, f, start, f32, f64):
    """Fits f(y) for y >= start in powers of u = 1 / y^2."""
    for low, counts in zip(start, ((f32, 0), (0, f64))):
        polynomial(name, lambda u: f(1 / mp.sqrt(max(u, mpf(10) ** -12))), 0, 1 / mpf(low)**2,
                   *counts, lambda u: max(u, mpf(10) ** -12))


# lgamma(y) = (y - 1/2) (log(y) - 1) + (log(2 pi) - 1) / 2 + S(1/y^2) / y.
asymptotic("stirling", lambda y: (mp.loggamma(y) - (y - mpf(1) / 2) * (mp.log(y) - 1)
                                  - (mp.log(2 * mp.pi) - 1) / 2) * y, (9.5, 17.5), 2, 5)
# digamma(y) = log(y) - 1 / (2 y) - D(1/y^2) / y^2.
asymptotic("digamma_tail", lambda y: (mp.log(y) - mpf(1) / 2 / y - mp.digamma(y)) * y**2, (6, 10),
           3, 7)


def constants(name, values):
    """Registers given numbers, each for f64."""
    SETS[name] = lambda: ([round_to(v, 53) for v in values], None)


def split_ln2(bits, low_bits):
    high = round_to(LN2, bits)
    return high, round_to(LN2 - high, low_bits)


def two_over_pi(word_bits, first, step, count, words):
    """2/pi without the bits that give multiples of 4 for multiples of 2^(a - 23), as `words`
    floats for each of the a = 0, first, first + step, ..."""
    rows = []
    for a in [0] + [first + step * i for i in range(count - 1)]:
        rest = 2 / mp.pi
        if a:
            rest = mp.fmod(rest, mpf(2) ** (25 - a))
        for _ in range(words):
            rows.append(round_to(rest, word_bits))
            rest -= rows[-1]
    return rows


constants("ln2_parts_f32", split_ln2(15, 24))
constants("ln2_parts_f64", split_ln2(41, 53))

def words_of_two_over_pi(count):
    """2/pi = sum of words[i] * 2^(-53 i), each in [0, 1) and a multiple of 2^-53."""
    rest, words = 2 / mp.pi, []
    for _ in range(count):
        words.append(mp.floor(rest * 2**53) / 2**53)
        rest = (rest - words[-1]) * 2**53
    return words


def parts(value, bits, count):
    """`value` as a sum of `count` floats of `bits` bits."""
    result = []
    for _ in range(count):
        result.append(round_to(value, bits))
        value -= result[-1]
    return result


constants("two_thirds_f32", parts(mpf(2) / 3, 24, 2))
constants("two_thirds_f64", parts(mpf(2) / 3, 53, 2))
constants("half_log_two_pi", [mp.log(2 * mp.pi) / 2])
constants("ln2_f32", parts(LN2, 24, 2))
constants("ln2_f64", parts(LN2, 53, 2))
constants("half_pi_f32", parts(mp.pi / 2, 24, 2))
constants("half_pi_f64", parts(mp.pi / 2, 53, 2))
constants("two_over_pi_f64", words_of_two_over_pi(23))
constants("two_over_pi_f32", two_over_pi(53, 45, 21, 5, 2))


def print_set(name, values, error):
    if error:
        print(f"// error 2^{float(mp.log(error, 2)):.1f}")
    print(f"inline constexpr double {name}[] = {{")
    words = [float(v).hex() for v in values]
    line = "   "
    for i, word in enumerate(words):
        if "." in word:  # drop trailing zeros of the fraction
            head, tail = word.split("p")
            word = head.rstrip("0").rstrip(".") + "p" + tail
        text = f" {word}," if i + 1 < len(words) else f" {word}"
        if len(line) + len(text) > 98:
            print(line)
            line = "   "
        line += text
    print(line + "};")


def main():
    chosen = sys.argv[1:] or SETS
    print("// Made by coefficients.py beside this file; not to be edited. Lowest powers first.")
    print("// clang-format off\n#pragma once\n\nnamespace nnc::math {\n")
    for name in chosen:
        print_set(name, *SETS[name]())
        print()
    print("} // namespace nnc::math")


main()
