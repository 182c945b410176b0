#include "runtime/compare.h"

#include "runtime/elements.h"
#include "runtime/tensor_text.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace nnc {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Difference {
  double error;  ///< |actual - expected|
  double excess; ///< by what factor it is over the tolerance; at most 1 = agrees
};

// Anything infinite or NaN agrees with its like alone: rtol * infinity would let all pass.
Difference difference(double actual, double expected, Tolerance tolerance) {
  if (actual == expected || (std::isnan(actual) && std::isnan(expected))) return {0, 0};
  const double error = std::fabs(actual - expected);
  if (!std::isfinite(actual) || !std::isfinite(expected)) return {error, infinity};
  const double allowed = tolerance.atol + tolerance.rtol * std::fabs(expected);
  return {error, error <= allowed ? 0.5 : allowed > 0 ? error / allowed : infinity};
}

Difference difference(std::int64_t actual, std::int64_t expected, Tolerance) {
  if (actual == expected) return {0, 0};
  return {std::fabs(static_cast<double>(actual) - static_cast<double>(expected)), infinity};
}

template <DType D>
void compare_elements(const Tensor& actual, const Tensor& expected, Tolerance tolerance,
                      Comparison& result, double& largest) {
  using Stored = typename Element<D>::Stored;
  using Wide = std::conditional_t<is_float_element<D>, double, std::int64_t>;
  const auto a = actual.as<Stored>(), b = expected.as<Stored>();
  double worst_excess = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Difference d = difference(static_cast<Wide>(Element<D>::load(a[i])),
                                    static_cast<Wide>(Element<D>::load(b[i])), tolerance);
    largest = std::max(largest, d.error);
    if (d.excess <= 1) continue;
    ++result.different;
    const bool worse =
        d.excess > worst_excess || (d.excess == worst_excess && d.error > result.worst_error);
    if (!worse && result.worst >= 0) continue;
    worst_excess = d.excess;
    result.worst = static_cast<std::int64_t>(i);
    result.worst_error = d.error;
  }
}

} // namespace

Comparison compare(const Tensor& actual, const Tensor& expected, Tolerance tolerance) {
  Comparison result;
  if (actual.type() != expected.type()) {
    result.equal = false;
    result.message = fmt::format("has type {}, expected {}", to_string(actual.type()),
                                 to_string(expected.type()));
    return result;
  }
  double largest = 0;
  for_dtype(actual.type().dtype,
            [&]<DType D>() { compare_elements<D>(actual, expected, tolerance, result, largest); });
  result.equal = result.different == 0;
  if (result.equal)
    result.message = fmt::format("agrees, largest difference {:.3g}", largest);
  else
    result.message = fmt::format(
        "{} of {} elements differ; worst at {}: {}, expected {} (difference {:.3g}, allowed {:.3g} "
        "+ "
        "{:.3g} * |expected|)",
        result.different, actual.type().elements(),
        to_string(index_of(actual.type().shape, result.worst)), element_text(actual, result.worst),
        element_text(expected, result.worst), result.worst_error, tolerance.atol, tolerance.rtol);
  return result;
}

} // namespace nnc
