// Numbers of formulas: what a constant was meant to be, and how it is written.
#pragma once

#include "ir/types.h"

#include <string>

namespace nnc::formula {

/// The real number that a constant of a dtype stands for: the f32 nearest to 1/320 is 1/320, the
/// one nearest to 2 / sqrt(pi) is that, one that is near to a short decimal is that decimal.
/// Anything else is what it is.
double meant(double value, DType dtype);

/// A positive number as `top / bottom`, each "1" where there is nothing to write.
struct Fraction {
  std::string top, bottom;
};
Fraction fraction(double value, DType dtype);
/// Above a divisor that is there anyway: 3 / 4 rather than 0.75.
Fraction plain_fraction(double value, DType dtype);

/// By itself or as a summand: 1e-5, 0.5, 2 / 3.
std::string number_text(double value, DType dtype);

} // namespace nnc::formula
