// The functions as formulas, one file per family, and the parts that families share.
#pragma once

#include "ir/math/term.h"

namespace nnc::math {

// exp.cpp
Term exp(Term x);
Term exp_of_negative(Term x); ///< exp(x) for x <= 0 (or NaN)
Term exp_of_sum(Pair x);      ///< exp(high + low)
/// a * exp(high + low), the product rounded once: better than that of the two where |a| is neither
/// huge nor tiny.
Term times_exp(Term a, Pair x);
Term half_exp(Term x);        ///< exp(x) / 2, finite wherever that is
Term expm1(Term x);
Term sigmoid(Term x);
Term tanh(Term x);

// log.cpp
Term log(Term x);
Term log1p(Term x);
Term softplus(Term x);
/// log(high + low) for a positive, normal, finite `high`; `low` is small beside it.
Term log_of_sum(Pair x);
/// log(x) of a finite x > 0 to about twice the precision of its format.
Pair log_in_two(Term x);

// trig.cpp
Term sin(Term x);
Term cos(Term x);
Term tan(Term x);

// inverse_trig.cpp
Term asin(Term x);
Term acos(Term x);
Term atan(Term x);
Term atan2(Term y, Term x);

// hyperbolic.cpp
Term sinh(Term x);
Term cosh(Term x);
Term asinh(Term x);
Term acosh(Term x);
Term atanh(Term x);

// pow.cpp
Term pow(Term x, Term y);

// gamma.cpp
Term lgamma(Term x);
/// |sin(pi x)| / pi for |x| <= 1/2.
Term sin_pi_over_pi(Term x);

// polygamma.cpp
Term polygamma(int order, Term x); ///< the order-th derivative of the logarithmic one of gamma

// order.cpp
Term rsqrt(Term x);
Term sign(Term x);
Term is_nan(Term x);
Term is_finite(Term x);
Term maximum(Term a, Term b); ///< NaN if either is; -0 < +0
Term minimum(Term a, Term b);

// erf.cpp
Term erf(Term x);
Term erfc(Term x);

} // namespace nnc::math
