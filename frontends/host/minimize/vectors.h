// The arithmetic of vectors that methods of minimisation are made of.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace nnc {

using Vector = std::vector<double>;

/// Added up in order: the same bits on every machine.
inline double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline double norm(const Vector& a) { return std::sqrt(dot(a, a)); }

/// to += scale * by
inline void add(Vector& to, double scale, const Vector& by) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += scale * by[i];
}

inline Vector minus(const Vector& a, const Vector& b) {
  Vector difference = a;
  add(difference, -1, b);
  return difference;
}

inline Vector negative(const Vector& a) {
  Vector result(a.size());
  add(result, -1, a);
  return result;
}

} // namespace nnc
