// Derivatives compared with what does not use their rules: dual numbers (forward mode, exact) and
// central differences, all in f64 whatever the model's dtypes.
//
// Every `grad` of a function is looked at on its own: its results, along each variable of few
// elements or along random directions, against the directional derivative of the value that it
// differentiates. Gradients inside that value are expanded; they are checked on their own too.
#pragma once

#include "compiler/rewrite/check.h"
#include "frontends/host/point.h"

namespace nnc {

struct DerivativeRow {
  std::string name; ///< of the derivative, else "d of / d wrt"
  int order = 1;    ///< 1 + that of the gradients in what it differentiates
  double duals = 0; ///< worst relative differences
  double differences = 0;
  std::string where;      ///< variable and element or direction of the worst
  std::uint32_t seed = 0; ///< of the point of the worst
  bool equal = true;
  /// Somewhere there were differences to compare with.
  bool compared = false;
  /// At no point is the function finite: differences say nothing.
  bool undefined = false;
  /// At a point that was asked for it has no derivative: a root at 0, a jump.
  bool singular = false;
  /// How often what is differentiated was computed at the last point: the cost of the row.
  std::int64_t runs = 0;
  /// Of the worst that is not: lines about the worst element, the node that gave it, and the
  /// forward node whose rule is wrong by itself.
  std::string explanation = {};
};

struct DerivativeCheckOptions {
  std::vector<std::string> functions = {}; ///< empty: all that the model declares or derives
  std::vector<std::pair<std::string, std::int64_t>> sizes = {};
  /// Inputs, params and state that are not made up, in the model's dtypes.
  std::vector<NamedTensor> given = {};
  int points = 1;
  /// Of the first point: inputs uniform in [-1, 1), and what is added to params. The next ones
  /// count on from it, in steps of seeds_of_point.
  std::uint32_t seed = 0;
  MakeOps ops = standard_ops;
  /// What computes the derivatives, as ExecutorOptions name it; dual numbers and differences are
  /// the interpreter's.
  std::string backend = "interpreter";
  RewriteCheck* check_rewrites = nullptr;
  double dual_tolerance = 1e-10, difference_tolerance = 1e-6, step = 1e-6;
};

inline constexpr int seeds_of_point = 5;

/// How far off a row is, in tolerances.
double badness(const DerivativeRow& row, const DerivativeCheckOptions& options);

/// One row for every variable of every gradient, the worst of all points. A point where the
/// differences alone disagree may be at a kink and is moved, at most four times. What is given is
/// taken as it is at the first point, and moved a little from there for the others.
OrErrors<std::vector<DerivativeRow>> check_derivatives(ModelDoc doc,
                                                       const DerivativeCheckOptions& options);

/// The functions of the model, and derivatives that none of them may have asked for.
std::vector<std::string> functions_with_derivatives(const Source& source);

} // namespace nnc
