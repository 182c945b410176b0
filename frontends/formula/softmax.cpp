// Softmax in products: exponentials over the sum of them, in whatever space both stand.

#include "frontends/formula/term.h"

#include <algorithm>

namespace nnc::formula {

/// sum(y * exp(x)) / sum(exp(x)) = sum(y * softmax(x)); `at` is that of the divisor.
bool Terms::into_sum(Factors& factors, std::size_t at) {
  const Term divisor = terms_[unplaced(factors[at].first)];
  const int rank = divisor.rank + static_cast<int>(divisor.axes.size());
  for (auto& [base, exponent] : factors) {
    const Term weighted = terms_[unplaced(base)];
    const Term& home = terms_[base];
    if (exponent < 1 || !is_over(unplaced(base), "sum") || weighted.axes != divisor.axes) continue;
    if ((home.kind == Kind::placed) != (terms_[factors[at].first].kind == Kind::placed)) continue;
    const Factors inside = this->factors(weighted.args[0]);
    const auto top = std::ranges::find(inside, divisor.args[0], &std::pair<TermId, double>::first);
    if (inside.size() < 2 || top == inside.end() || top->second < 1) continue;
    Scaled whole_divisor{1, unplaced(factors[at].first)};
    whole_divisor = place(whole_divisor, kept(divisor.axes, rank), rank);
    const Scaled share = multiply({1, weighted.args[0]}, power(whole_divisor, -1));
    const Scaled made = sum_over(divisor.axes, share, rank, weighted.numbers[0]);
    if (!is_over(made.term, "sum") || made.factor != 1) continue;
    const Scaled placed = home.kind == Kind::placed ? place(made, home.axes, home.rank) : made;
    exponent -= 1;
    factors[at].second += 1;
    factors.emplace_back(placed.term, 1);
    std::erase_if(factors, [](const auto& each) { return each.second == 0; });
    return true;
  }
  return false;
}

/// exp(x) / sum(exp(x)) = softmax(x), and what is the same all along the sum is no part of x.
bool Terms::take_softmax(Factors& factors) {
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (factors[i].second >= 0 || !is_over(unplaced(factors[i].first), "sum")) continue;
    const Term sum = terms_[unplaced(factors[i].first)];
    const TermId exponential = sum.args[0];
    if (!is_call(exponential, "exp")) continue;
    const int rank = sum.rank + static_cast<int>(sum.axes.size());
    if (take_placed_softmax(factors, i)) return true;
    const Term& divisor = terms_[factors[i].first];
    if (divisor.kind == Kind::placed &&
        (divisor.axes != kept(sum.axes, rank) || divisor.rank != rank))
      continue;
    if (into_sum(factors, i)) return true;
    const bool of_all = sum.rank == 0; // such a sum stands in no place of its own
    const auto top = std::ranges::find_if(factors, [&](const auto& each) {
      const TermId base = of_all ? unplaced(each.first) : each.first;
      return base == exponential && each.second >= 1;
    });
    if (top == factors.end()) continue;
    const Term home = terms_[top->first];
    std::vector<Scaled> rest;
    for (const Scaled& each : summands(unwrapped(terms_[exponential].args[0])))
      if (terms_[each.term].varies & bits(sum.axes)) rest.push_back(each);
    top->second -= 1;
    factors[i].second += 1;
    Scaled made = over("softmax", sum.axes, sum_of(std::move(rest)), rank, sum.numbers[0]);
    if (home.kind == Kind::placed) made = place(made, home.axes, home.rank);
    factors.emplace_back(made.term, 1);
    std::erase_if(factors, [](const auto& each) { return each.second == 0; });
    return true;
  }
  return false;
}

/// Where the axes of `from` have gone in `to`, if the one could be the other in a larger space.
std::optional<std::pair<Axes, int>> Terms::placing(TermId from, TermId to) const {
  const Term &inner = terms_[from], &outer = terms_[to];
  if (outer.kind == Kind::placed && outer.args[0] == from) return std::pair{outer.axes, outer.rank};
  if (inner.kind != outer.kind || inner.head != outer.head || !of_elements(inner))
    return std::nullopt;
  for (const TermId each : inner.args) // sums and products may have another order there
    for (const TermId other : outer.args)
      if (auto found = placing(each, other)) return found;
  return std::nullopt;
}

/// The same where the exponential stands in a larger space than the sum was taken in: row i of a
/// Jacobian has exp(x) along its other axis. `at` is that of the divisor.
bool Terms::take_placed_softmax(Factors& factors, std::size_t at) {
  const TermId divisor = factors[at].first;
  const Term sum = terms_[unplaced(divisor)];
  const int rank = sum.rank + static_cast<int>(sum.axes.size());
  const Axes stay = kept(sum.axes, rank);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (factors[i].second < 1 || !is_call(factors[i].first, "exp")) continue;
    const auto to = placing(sum.args[0], factors[i].first);
    if (!to || place({1, sum.args[0]}, to->first, to->second).term != factors[i].first) continue;
    Axes divided; // where the sum has to stand
    for (const std::int64_t axis : stay)
      divided.push_back(to->first[static_cast<std::size_t>(axis)]);
    if (place({1, unplaced(divisor)}, divided, to->second).term != divisor) continue;
    const Scaled share =
        multiply({1, sum.args[0]}, power(place({1, unplaced(divisor)}, stay, rank), -1));
    if (!is_over(share.term, "softmax")) continue;
    factors[i].second -= 1;
    factors[at].second += 1;
    factors.emplace_back(place(share, to->first, to->second).term, 1);
    std::erase_if(factors, [](const auto& each) { return each.second == 0; });
    return true;
  }
  return false;
}

} // namespace nnc::formula
