// Terms about loops: what is carried, stacked, and read slice by slice.

#include "frontends/formula/term.h"

#include <algorithm>

namespace nnc::formula {

std::size_t Terms::begin_loop(Loop loop) {
  loops_.push_back(std::move(loop));
  return loops_.size() - 1;
}

Scaled Terms::state(std::int64_t loop, std::int64_t carry, const char* when) {
  const auto& carries = this->loop(loop).carries;
  const Equation steps{.name = this->loop(loop).count_name};
  const Equation& equation = carry < 0 ? steps : carries[static_cast<std::size_t>(carry)];
  return {1, intern({.kind = Kind::state,
                     .head = when,
                     .note = equation.name,
                     .axes = {loop, carry},
                     .rank = equation.rank})};
}

Scaled Terms::series(std::int64_t loop, std::int64_t stack) {
  const Equation& equation = this->loop(loop).stacks[static_cast<std::size_t>(stack)];
  return {1, intern({.kind = Kind::series,
                     .note = equation.name,
                     .axes = {loop, stack},
                     .rank = equation.rank + 1})};
}

/// The element that a loop over the same steps stacks, where it is short: s_t rather than a name
/// for it.
std::optional<Scaled> Terms::element_of(std::int64_t number, const Term& series) const {
  const Loop &reads = loop(number), &stacks = loop(series.axes[0]);
  if (reads.step != stacks.step || reads.around != stacks.around || reads.length != stacks.length)
    return std::nullopt;
  const Scaled element = stacks.stacks[static_cast<std::size_t>(series.axes[1])].element;
  const Kind kind = terms_[element.term].kind;
  const bool is_short = kind == Kind::named || kind == Kind::state || kind == Kind::step;
  return is_short ? std::optional(element) : std::nullopt;
}

/// A slice of a product of matrices is the product of a slice, where only the left one has them.
std::optional<Scaled> Terms::product_of_step(std::int64_t loop, const Term& product) {
  const Scaled a = unwrapped(product.args[0]), b = unwrapped(product.args[1]);
  const auto times = [](Scaled made, Scaled x, Scaled y) {
    return Scaled{made.factor * x.factor * y.factor, made.term};
  };
  if (product.kind == Kind::matrix) {
    if (product.rank != 2 || terms_[b.term].varies == 1) return std::nullopt;
    return times(matrix(step(loop, {1, a.term}, 2), {1, b.term}, 1), a, b);
  }
  const std::size_t comma = product.note.find(','), arrow = product.note.find("->");
  std::string left = product.note.substr(0, comma),
              right = product.note.substr(comma + 1, arrow - comma - 1),
              result = product.note.substr(arrow + 2);
  if (left[0] != result[0] || right.find(left[0]) != std::string::npos) return std::nullopt;
  const Scaled slice = step(loop, {1, a.term}, static_cast<int>(left.size()));
  left.erase(0, 1);
  result.erase(0, 1);
  const bool matrices = left.size() == 2 && right.size() == 2 && left[1] == right[0] &&
                        result == std::string{left[0], right[1]};
  if (matrices) return times(matrix(slice, {1, b.term}, 2), a, b);
  return times(
      call("einsum", {slice, {1, b.term}}, left + "," + right + "->" + result, product.rank - 1), a,
      b);
}

Scaled Terms::step(std::int64_t loop, Scaled x, int rank) {
  const Term term = terms_[x.term];
  if (x.term == one) return x;
  const auto times = [&](Scaled made) { return Scaled{x.factor * made.factor, made.term}; };
  if (!(term.varies & 1)) return times(place({1, x.term}, dropping({0}, rank), rank - 1));
  if (term.kind == Kind::series)
    if (const auto element = element_of(loop, term)) return times(*element);
  if (of_elements(term)) {
    std::vector<Scaled> args;
    for (const TermId arg : term.args) args.push_back(step(loop, unwrapped(arg), rank));
    return times(rebuilt(x.term, args));
  }
  if (term.kind == Kind::placed && term.axes[0] == 0) {
    Axes axes(term.axes.begin() + 1, term.axes.end());
    for (std::int64_t& axis : axes) axis -= axis < 0 ? 0 : 1;
    const int inner = static_cast<int>(term.axes.size());
    return times(place(step(loop, {1, term.args[0]}, inner), axes, rank - 1));
  }
  const bool einsum = is_call(x.term, "einsum");
  if (term.kind == Kind::matrix || einsum)
    if (const auto made = product_of_step(loop, term)) return times(*made);
  return {x.factor,
          intern({.kind = Kind::step, .args = {x.term}, .axes = {loop}, .rank = rank - 1})};
}

} // namespace nnc::formula
