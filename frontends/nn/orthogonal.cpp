#include "frontends/nn/orthogonal.h"

#include <algorithm>
#include <cmath>

namespace nnc::nn {
namespace {

double product(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Takes away the components along the unit vectors before it. Twice is enough for full accuracy
/// (W. Kahan and B. Parlett, in: The symmetric eigenvalue problem, 1980, section 6-9).
void remove_components(std::span<double> v, std::span<const double> units) {
  for (int pass = 0; pass < 2; ++pass)
    for (std::size_t at = 0; at < units.size(); at += v.size()) {
      const auto unit = units.subspan(at, v.size());
      const double along = product(unit, v);
      for (std::size_t i = 0; i < v.size(); ++i) v[i] -= along * unit[i];
    }
}

} // namespace

void orthonormalize(std::span<double> vectors, std::size_t count, std::size_t length) {
  std::size_t next_axis = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const auto v = vectors.subspan(k * length, length);
    const auto units = vectors.first(k * length);
    double before = std::sqrt(product(v, v));
    remove_components(v, units);
    double after = std::sqrt(product(v, v));
    while (!(after > 1e-12 * before) && next_axis < length) {
      std::ranges::fill(v, 0.0);
      v[next_axis++] = 1;
      before = 1;
      remove_components(v, units);
      after = std::sqrt(product(v, v));
    }
    for (double& x : v) x /= after;
  }
}

} // namespace nnc::nn
