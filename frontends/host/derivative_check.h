// Derivatives compared with what does not use their rules: dual numbers (forward mode, exact) and
// central differences, all in f64 whatever the model's dtypes.
//
// Every `grad` of a function is looked at on its own: its results, along each variable of few
// elements or along random directions, against the directional derivative of the value that it
// differentiates. Gradients inside that value are expanded; they are checked on their own too.
#pragma once

#include "compiler/rewrite/check.h"
#include "frontends/host/source.h"

namespace nnc {

struct DerivativeRow {
  std::string name; ///< of the derivative, else "d of / d wrt"
  int order = 1;    ///< 1 + that of the gradients in what it differentiates
  double duals = 0; ///< worst relative differences
  double differences = 0;
  std::string where; ///< variable and element or direction of the worst
  bool equal = true;
};

struct DerivativeCheckOptions {
  std::vector<std::string> functions = {}; ///< empty: all that the model declares or derives
  std::vector<std::pair<std::string, std::int64_t>> sizes = {};
  std::uint32_t seed = 0; ///< of inputs, uniform in [-1, 1), and of what is added to params
  MakeOps ops = standard_ops;
  RewriteCheck* check_rewrites = nullptr;
  double dual_tolerance = 1e-10, difference_tolerance = 1e-6, step = 1e-6;
};

/// One row for every variable of every gradient. A point where the differences alone disagree may
/// be at a kink and is moved, at most four times.
OrErrors<std::vector<DerivativeRow>> check_derivatives(ModelDoc doc,
                                                       const DerivativeCheckOptions& options);

} // namespace nnc
