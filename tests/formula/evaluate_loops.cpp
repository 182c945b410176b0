// Loops by their equations: what is carried into step t is what step t - 1 made.
#include "formula/evaluate.h"

#include <algorithm>

namespace nnc::formula {
namespace {

/// How many loops are around one.
std::size_t depth(const Loop& loop) {
  const auto commas = static_cast<std::size_t>(std::ranges::count(loop.around, ','));
  return loop.around.empty() ? 0 : commas + 1;
}

} // namespace

double Evaluation::of_loop(const Term& term, const Place& at) {
  if (term.kind == Kind::state) return state(term, at);
  return term.kind == Kind::series ? series(term, at) : slice(term, at);
}

double Evaluation::in_step(const Loop& loop, std::int64_t step, Scaled x, const Place& at) {
  std::vector<std::int64_t> now(steps_.begin(),
                                steps_.begin() + static_cast<std::ptrdiff_t>(depth(loop)));
  now.push_back(step);
  std::swap(now, steps_);
  const double result = (*this)(x, at);
  std::swap(now, steps_);
  return result;
}

double Evaluation::around(const Loop& loop, Scaled x, const Place& at) {
  std::vector<std::int64_t> outer(steps_.begin(),
                                  steps_.begin() + static_cast<std::ptrdiff_t>(depth(loop)));
  std::swap(outer, steps_);
  const double result = (*this)(x, at);
  std::swap(outer, steps_);
  return result;
}

std::int64_t Evaluation::steps(const Loop& loop) {
  if (!loop.condition && !loop.count) return loop.length;
  if (loop.count)
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(around(loop, *loop.count, {})), 0,
                                    loop.length);
  std::int64_t count = 0;
  while (count < loop.length && in_step(loop, count, *loop.condition, {}) != 0) ++count;
  return count;
}

/// Steps are numbered as slices are, so those of a loop in reverse descend.
double Evaluation::state(const Term& term, const Place& at) {
  const Loop& loop = terms_.loop(term.axes[0]);
  if (term.head == state_of::count) return static_cast<double>(steps(loop));
  const Equation& carry = loop.carries[static_cast<std::size_t>(term.axes[1])];
  const bool last = term.head == state_of::last;
  // The end of a loop with a condition depends on states, of which no step may ask for the end.
  const std::int64_t count = last || loop.reverse ? steps(loop) : 0;
  const std::int64_t end = loop.reverse ? -1 : count;
  const std::int64_t step = last ? end : steps_.at(depth(loop));
  const std::int64_t before = loop.reverse ? step + 1 : step - 1;
  const bool first = loop.reverse ? before >= count : before < 0;
  return first ? around(loop, *carry.first, at) : in_step(loop, before, carry.element, at);
}

double Evaluation::series(const Term& term, const Place& at) {
  const Loop& loop = terms_.loop(term.axes[0]);
  if (at[0] >= steps(loop)) return 0;
  const Equation& stack = loop.stacks[static_cast<std::size_t>(term.axes[1])];
  return in_step(loop, at[0], stack.element, {at.begin() + 1, at.end()});
}

double Evaluation::slice(const Term& term, const Place& at) {
  const Loop& loop = terms_.loop(term.axes[0]);
  Place whole{steps_.at(depth(loop))};
  whole.insert(whole.end(), at.begin(), at.end());
  return around(loop, {1, term.args[0]}, whole);
}

} // namespace nnc::formula
