"""Run files in which every element has its digits, however small it is beside the others."""

import mpmath

from number_runs import file_name, logistic, slope, soft, write_functions, write_pairs


def saturated(dtype):
    """Functions of one number far out, where they and their derivatives are near a limit."""
    points = [-1e4, -40, -16, -9, -3, -0.25, 0, 0.5, 2, 9, 16, 40, 1e4]
    sech = mpmath.sech
    functions = {
        "log_sigmoid": (lambda x: -soft(-x), lambda x: logistic(-x), lambda x: -slope(x), [
            "x - log(1+exp(x))", "x - softplus(x)", "-(softplus(x) - x)", "x - log1p(exp(x))",
            "-(log(exp(x)+1) - x)", "log(sigmoid(x))"]),
        "rest": (lambda x: -logistic(-x), slope, lambda x: slope(x) * (logistic(-x) - logistic(x)),
                 ["sigmoid(x) - 1", "1/(1+exp(-x)) - 1", "-(1 - sigmoid(x))", "-1 + sigmoid(x)",
                  "exp(x)/(1+exp(x)) - 1"]),
        "tanh": (mpmath.tanh, lambda x: sech(x) ** 2, lambda x: -2 * mpmath.tanh(x) * sech(x) ** 2,
                 ["tanh(x)", "expm1(2*x)/(expm1(2*x)+2)", "expm1(2*x)/(2+expm1(2*x))",
                  "-expm1(-2*x)/(expm1(-2*x)+2)", "1 - 2/(expm1(2*x)+2)",
                  "expm1(2*x)*(1/(expm1(2*x)+2))", "sinh(x)/cosh(x)"]),
    }
    write_functions(file_name("saturated", dtype), dtype, points, functions, each=True)


def cross_entropies(dtype):
    """Cross-entropies of a logit a and a label b, certain and wrong."""
    logits = [-1e4, -40, -16, -3, -0.5, 0, 0.5, 3, 16, 40, 1e4]
    a, b = [list(part) for part in zip(*[(z, y) for z in logits for y in (0, 1)])]
    exact = [lambda z, y: soft(-z if y else z), lambda z, y: -logistic(-z) if y else logistic(z),
             lambda z, y: -z, lambda z, y: slope(z), lambda z, y: mpmath.mpf(-1)]
    tail, ramp = "log(1+exp(-abs(a)))", "maximum(-a,0)"
    spellings = [
        f"maximum(a,0) - a*b + {tail}", "maximum(0,a) - a*b + log1p(exp(-abs(a)))",
        f"{tail} - b*a + maximum(a,0)", f"(a + abs(a))/2 - a*b + {tail}",
        f"(1-b)*a + {ramp} + log1p(exp(-abs(a)))", f"(1-b)*a - minimum(a,0) + {tail}",
        f"a - a*b + {ramp} + log(exp(-{ramp}) + exp(-a-{ramp}))", "softplus(a) - a*b",
        "log(1+exp(a)) - b*a", "-b*log(sigmoid(a)) - (1-b)*log(1-sigmoid(a))",
        "a*(1-b) + log(1+exp(-a))", "-(a*b - log(1+exp(a)))",
        "binary_cross_entropy_logits(a, b, reduction=\"none\")"]
    write_pairs(file_name("cross_entropies", dtype), dtype, a, b,
                {"entropy": (exact, spellings)}, each=True)


def write_all():
    for dtype in ("f32", "f64"):
        saturated(dtype)
        cross_entropies(dtype)
