// Functions of one number that are linear on either side of 0, however they are spelled: |w|,
// max(w, 0), (|w| - w)/2, max(w, 0) - w, select(w < 0, -w, 0), ...
#pragma once

#include "compiler/rewrite/pattern.h"

#include <vector>

namespace nnc::pattern {

/// Slopes below 0 and above it, and the one that the rules of the rows have at 0.
struct Bend {
  double left = 0, right = 0, at = 0;

  bool straight() const { return left == right && at == right; }
  bool operator==(const Bend&) const = default;
};
inline Bend operator+(const Bend& a, const Bend& b) {
  return {a.left + b.left, a.right + b.right, a.at + b.at};
}
inline Bend operator*(const Bend& bend, double factor) {
  return {bend.left * factor, bend.right * factor, bend.at * factor};
}

/// `value` as a bend of `number`, if that is how it is made, by a few operations.
std::optional<Bend> bend_of(const Graph& graph, Value value, Value number);

/// What `value` may be a bend of, the least of it first and `value` itself last.
std::vector<Value> numbers_below(const Graph& graph, Value value);

/// A part of a sum: value = factor * part, plus or minus more where it is a sum itself.
struct Scaled {
  Value part;
  double factor = 1;
};
/// The parts that `value` is a linear function of: of a sum both, of x*c or -x one; else none.
std::vector<Scaled> linear_parts(const Graph& graph, Value value);

} // namespace nnc::pattern
