// Derivative laws of one row: gradients by the row's rule against dual numbers and differences.
#pragma once

#include "testing/samples.h"

#include <random>

namespace nnc {

/// What s1 is the sum of. Squares hand the row a cotangent that depends on the operands.
enum class Outer : std::uint8_t { results, squares };

/// A sample as a function of f64 operands, with its derivatives to order 3.
///
/// With s1 = sum of <y, u> over the float results y, or <y*y, u>, and s(n+1) = <grad s(n), v(n)>,
/// the function of order n yields s(n) and its gradient. Inputs: the operands, then u, then v1, v2,
/// ...
struct DerivedSample {
  std::vector<Graph> orders;       ///< expanded, orders[n - 1]
  std::optional<Graph> function;   ///< the op itself
  std::vector<bool> float_operand; ///< per operand
  std::vector<bool> float_result;  ///< per result
  std::vector<Type> operands, results;
  Outer outer = Outer::results;
};

/// Nothing when the case has no float operand and float result to derive.
std::optional<DerivedSample> derive_sample(Context& context, const OpRow& row,
                                           const SampleCase& sample, int highest_order,
                                           Outer outer = Outer::results);

class Random {
public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-52 - 1; } ///< -1..1
  std::vector<double> direction(const Type& type);

private:
  std::mt19937_64 engine_;
};

Literal real_literal(const Type& type, std::span<const double> elements);
std::vector<double> elements_of(const Literal& literal);
double inner(std::span<const double> a, std::span<const double> b);
/// Equal up to rounding in the last digits; an infinity or NaN equals only the same.
bool agree(double a, double b);

} // namespace nnc
