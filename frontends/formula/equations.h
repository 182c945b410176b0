// The equations of loops that a formula needs, and how their sequences are written: `h_t`.
#pragma once

#include "frontends/formula/write.h"

namespace nnc::formula {

/// "t" or, in another loop, "t,k".
std::string steps_of(const Loop& loop);
/// `_t`, `_{t-1}`
std::string subscript(const std::string& step);
/// What is carried, as `h_{t-1}` or, with the number of steps, as `h_5`.
std::string state_text(const Terms& terms, const Term& state, const std::string& steps);
/// What it is before the first step: `h_0`.
std::string first_text(const Loop& loop, const Equation& equation, const std::string& steps);
/// "t = 1..5"
std::string range_text(const Loop& loop, const std::string& steps);

/// An equation of a loop; without one it is about the number of steps.
struct UsedEquation {
  std::int64_t loop = 0;
  const Equation* equation = nullptr;
};

/// All that the values of `lines` depend on, users before what they use. A sequence that is both
/// carried and stacked has one.
std::vector<UsedEquation> used_equations(const Terms& terms, const std::vector<Line>& lines);
/// `h_t` and its element, what is carried at first, and how long it goes on: terms of a formula.
std::vector<Line> lines_of(const Terms& terms, const UsedEquation& used);

} // namespace nnc::formula
