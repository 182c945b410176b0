// Laws that hold for every row of a table, as functions: the tests of laws run them over nnc's own
// rows, the tests of the tests over rows that are wrong on purpose.
//
// All of them need nothing but the row, the table that it stands in and the row's samples. The
// first case that breaks a law is what they report; nothing after it is looked at.
#pragma once

#include "testing/samples.h"

namespace nnc {

struct Findings {
  int compared = 0;       ///< a row with which nothing was compared was not tested
  std::string wrong = {}; ///< where the law is broken, and how; empty when it holds
};

using Samples = std::span<const SampleCase>;

/// Whether derivatives are looked at in this case. Element-wise rows have their smooth points in
/// the cases "basic..."; 16-bit cases repeat the 32-bit ones.
bool has_smooth_points(const OpRow& row, const SampleCase& sample);

/// The gradient rule to order 3 against derivatives that do not use it: dual numbers and central
/// differences, at smooth points.
Findings gradient_law(const OpTable& table, const OpRow& row, Samples samples);

/// Rules follow the conventions of the dual numbers (language.md section 2) at kinks, ties and
/// zeros and at the edges of domains, to second order, whatever the cotangent. Infinities have to
/// agree in sign.
Findings kink_law(const OpTable& table, const OpRow& row, Samples samples);

/// The same of functions of one float where it is so large or so small that what a rule or a dual
/// number computes on the way may have no float, though value and slope have one. Nothing is
/// compared of other rows.
Findings far_law(const OpTable& table, const OpRow& row, Samples samples);

/// Forward mode, Jacobians, Hessians and Laplacians, all of them made of the gradient rule, against
/// dual numbers; and nothing of the backward sweep is left in forward mode.
struct ModeFindings {
  int forward = 0, jacobians = 0, hessians = 0, mixed = 0, leftovers = 0; ///< comparisons
  bool pairs = false; ///< of float operands, in some case
  std::string wrong = {};
};
ModeFindings mode_law(const OpTable& table, const OpRow& row, Samples samples);

/// What a batch gives is what each example gives alone, to the bit; and its derivative likewise.
Findings batch_law(const OpTable& table, const OpRow& row, Samples samples);

} // namespace nnc
