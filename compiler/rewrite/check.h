// The debug mode of rewrites: each one that fires is evaluated on both sides by the interpreter, at
// random points with zeros, ones and ties among them. Where the left side is finite the right one
// has to be equal, and so do its gradients for a rewrite that runs before `differentiate`, by the
// rules of the rows, kinks included.
//
// What rounding can explain is no difference: sides of one float dtype are compared in f64, and
// elements that still differ once more with noise in every operation.
#pragma once

#include "ir/graph.h"

#include <random>

namespace nnc {

class RewriteCheck {
public:
  /// Throws an InternalError that names the rewrite and the node, with the values, the point and
  /// both graphs as text.
  void compare(std::string_view rewrite, const Graph& graph, Value before, Value after,
               bool gradients);

  int compared() const { return compared_; } ///< rewrites looked at so far

private:
  std::mt19937_64 random_{1};
  int compared_ = 0;
};

} // namespace nnc
