"""Run files of softplus put together from its parts, in which |x| and max(x, 0) bend at 0 though
the whole does not: generated spellings of the parts in generated arrangements."""

import random

import mpmath

from number_runs import file_name, logistic, slope, soft, write_functions, write_pairs

# max(x, 0) and log(1 + exp(-|x|)); X stands for the number.
RAMPS = ["maximum(X,0)", "maximum(0,X)", "(abs(X)+X)/2", "0.5*(X+abs(X))", "abs(X)*0.5 + X*0.5",
         "X - minimum(X,0)", "-minimum(-X,0)", "abs(X) - maximum(-X,0)", "X + maximum(-X,0)",
         "(sqrt(X*X)+X)/2", "-0.5*(-X-abs(X))", "X + 0.5*(abs(X)-X)"]
TAILS = ["log(1+exp(-abs(X)))", "log1p(exp(-abs(X)))", "log(exp(-maximum(X,-X))+1)",
         "-log(sigmoid(abs(X)))", "log(1+exp(-sqrt(X*X)))", "log(1+exp(X-2*maximum(X,0)))"]


def spellings(draw, arrangements, of="x", count=12):
    """As many as `count`, no part of which is chosen by hand; every arrangement occurs."""
    number = lambda text, x: text.replace("X", x)
    minus = "(-x)" if of == "x" else f"-({of})"
    all = []
    for i in range(count):
        ramp, tail = draw.choice(RAMPS), draw.choice(TAILS)
        all.append(arrangements[i % len(arrangements)].format(
            ramp=number(ramp, of), other=number(ramp, minus), tail=number(tail, of), x=of))
    return all


def ramps(dtype):
    draw = random.Random(dtype)
    points = [-1e4, -100, -20, -1.5, -0.25, 0, 0.25, 3, 30, 100, 1e4]
    half = lambda x: soft(x) - x / 2
    functions = {
        "plus": (soft, logistic, slope, spellings(draw, [
            "{ramp} + {tail}", "{tail} - (-({ramp}))", "x - (-({tail}) - ({other}))"])),
        "minus": (lambda x: soft(-x), lambda x: -logistic(-x), slope, spellings(draw, [
            "{other} + {tail}", "{tail} + ({ramp} - x)", "-(x - ({tail})) + {ramp}",
            "0.5*abs(x) + {tail} - 0.5*x", "log(1+exp(abs(x))) - ({ramp})"])),
        "opposite": (lambda x: -soft(x), lambda x: -logistic(x), lambda x: -slope(x),
                     spellings(draw, ["-({ramp}) - ({tail})", "-(({tail}) + {ramp})"], count=6)),
        "twice": (lambda x: 2 * soft(2 * x), lambda x: 4 * logistic(2 * x),
                  lambda x: 8 * slope(2 * x), spellings(draw, [
            "2*({ramp}) + 2*({tail})", "({ramp} + {tail}) + {ramp} + {tail}"], of="(2*x)",
            count=6)),
        "moved": (lambda x: soft(x - 3), lambda x: logistic(x - 3), lambda x: slope(x - 3),
                  spellings(draw, ["{ramp} + {tail}", "({other} + x) + ({tail} - 3)"], of="(x-3)",
                            count=6)),
        "middle": (half, lambda x: logistic(x) - mpmath.mpf(1) / 2, slope, spellings(draw, [
            "0.5*abs(x) + {tail}", "{ramp} - 0.5*x + {tail}", "{tail} + 0.5*({ramp} + {other})",
            "({tail} + {other}) - x*(-0.5)"])),
        "entropy": (lambda x: soft(x) - x / 4, lambda x: logistic(x) - mpmath.mpf(1) / 4, slope,
                    spellings(draw, ["{ramp} - x*0.25 + {tail}", "({tail} - 0.25*x) + {ramp}",
                                     "0.75*({ramp}) + 0.25*({other}) + {tail}"], count=9)),
        # A penalty stays, and has a derivative of its own: sign(0) = 0.
        "penalty": (lambda x: soft(x) + abs(x) / 8, lambda x: logistic(x) + mpmath.sign(x) / 8,
                    slope, spellings(draw, ["{ramp} + 0.125*abs(x) + {tail}",
                                            "{tail} - ({tail} - 0.125*abs(x)) + {ramp} + {tail}"],
                                     count=6)),
        # The slope of a select at 0 is that of the branch taken, which no rewrite changes: with
        # sign(0) = 0 beside it the whole has another one there than softplus.
        "relu": (soft, lambda x: logistic(x) if x else 0, lambda x: slope(x) if x else 0, [
            f"{relu} + log(1+exp(-abs(x)))" for relu in (
                "relu(x)", "select(x>0,x,0)", "select(x<=0,0,x)", "-select(x>0,-x,0)",
                f"x*cast(x>0, to=\"{dtype}\")")]),
        "selects": (soft, logistic, slope, [
            "select(x>=0,x,0) + log(1+exp(select(x>=0,-x,x)))",
            "select(x<0,0,x) + log1p(exp(-select(x<0,-x,x)))",
            "log(exp(select(x>0,-x,x))+1) + select(x>0,x,0)",
            "relu(x) + log(1+exp(select(x<=0,x,-x)))",
            "x - select(x<0,x,0) + log(1+exp(-select(x>=0,x,-x)))"]),
    }
    write_functions(file_name("ramps", dtype), dtype, points, functions, each=True)


def larger_of_two(dtype):
    """log(exp(a) + exp(b)) by the larger of both, all pairs of some numbers, ties among them."""
    some = [-1e4, -100, -20, -1, 0, 1, 20, 100, 1e4]
    a, b = ([pair[i] for pair in [(x, y) for x in some for y in some]] for i in (0, 1))
    share = lambda x, y: logistic(x - y)
    exact = [lambda x, y: max(x, y) + soft(-abs(x - y)), share, lambda x, y: share(y, x),
             lambda x, y: slope(x - y), lambda x, y: -slope(x - y)]
    least = [lambda x, y: -exact[0](-x, -y), lambda x, y: share(y, x), share,
             lambda x, y: -slope(x - y), lambda x, y: slope(x - y)]
    functions = {
        "larger": (exact, [
            "maximum(a,b) + log(1+exp(-abs(a-b)))", "log1p(exp(-abs(b-a))) + maximum(a,b)",
            "maximum(b,a) + log(1+exp(minimum(a,b)-maximum(a,b)))",
            "(log(1+exp(-abs(a-b))) - 2) + (maximum(b,a) + 2)",
            "maximum(a,b) - log(sigmoid(abs(a-b)))"]),
        "smaller": (least, [
            "minimum(a,b) - log(1+exp(-abs(a-b)))", "-(log1p(exp(-abs(b-a))) - minimum(a,b))",
            "minimum(b,a) - log(1+exp(minimum(a,b)-maximum(b,a)))",
            "(3 - log(1+exp(-abs(a-b)))) - (3 - minimum(b,a))",
            "minimum(a,b) + log(sigmoid(abs(b-a)))"]),
    }
    write_pairs(file_name("larger_of_two", dtype), dtype, a, b, functions)


def write_all():
    for dtype in ("f32", "f64"):
        ramps(dtype)
        larger_of_two(dtype)
