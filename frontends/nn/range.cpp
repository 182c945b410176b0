#include "frontends/nn/range.h"

#include "ir/attributes.h"
#include "ir/messages.h"

#include <cmath>

namespace nnc::nn {
namespace {

double rounded(DType dtype, double number) {
  return literal_real(splat_literal(Type{dtype, {}}, number), 0);
}

/// By trying, from 1 up: a dtype says no more about itself than how it rounds.
double largest(DType dtype) {
  double number = 1;
  while (std::isfinite(rounded(dtype, 2 * number))) number *= 2;
  for (double step = number / 2; number + step != number; step /= 2)
    if (std::isfinite(rounded(dtype, number + step))) number += step;
  return rounded(dtype, number);
}

} // namespace

bool too_large(DType dtype, double number) {
  constexpr double in_all = 1024; // a number for every float dtype
  return std::abs(number) > in_all && is_float(dtype) && std::isfinite(number) &&
         !std::isfinite(rounded(dtype, number));
}

std::string largest_help(DType dtype) {
  return "the largest " + std::string(dtype_name(dtype)) + " is " + attr_text(largest(dtype)) +
         "; f64 has larger numbers";
}

} // namespace nnc::nn
