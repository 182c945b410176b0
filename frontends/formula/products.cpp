// Products in normal form: powers of one base are collected, numbers multiplied, and roots, masks
// and quotients of exponentials are written as what they are.

#include "frontends/formula/term.h"

#include <algorithm>
#include <cmath>

namespace nnc::formula {
namespace {

bool even(double x) { return std::fmod(x, 2) == 0; }

} // namespace

Scaled Terms::multiply(Scaled a, Scaled b) {
  if (b.term == one) return {a.factor * b.factor, b.factor == 0 ? one : a.term};
  if (a.term == one) return {a.factor * b.factor, a.factor == 0 ? one : b.term};
  Factors all = factors(a.term);
  for (const auto& factor : factors(b.term)) all.push_back(factor);
  return product_of(a.factor * b.factor, std::move(all));
}

Scaled Terms::power(Scaled base, double exponent) {
  if (exponent == 0) return {1, one};
  if (exponent == 1) return base;
  if (base.term == one) return {std::pow(base.factor, exponent), one};
  const bool integer = exponent == std::round(exponent);
  if (!integer && base.factor < 0) return product_of(1, {{whole(base), exponent}});
  const double factor = std::pow(base.factor, exponent);
  if (!integer) return product_of(factor, {{base.term, exponent}});
  Factors all = factors(base.term);
  for (auto& each : all) each.second *= exponent;
  return product_of(factor, std::move(all));
}

Scaled Terms::product_of(double factor, Factors factors) {
  if (factor == 0) return {0, one};
  Factors merged;
  for (const auto& [base, exponent] : factors) {
    const auto at = std::ranges::find(merged, base, &std::pair<TermId, double>::first);
    const bool indicator = terms_[base].kind == Kind::mask || terms_[base].kind == Kind::onehot;
    if (at == merged.end())
      merged.emplace_back(base, indicator && exponent > 0 ? 1 : exponent);
    else
      at->second = indicator && at->second * exponent > 0 ? 1 : at->second + exponent;
  }
  std::erase_if(merged, [](const auto& each) { return each.second == 0; });
  if (simplify(factor, merged)) return product_of(factor, std::move(merged));
  if (merged.empty()) return {factor, one};
  if (merged.size() == 1 && merged[0].second == 1) {
    const Scaled only = unwrapped(merged[0].first);
    return {factor * only.factor, only.term};
  }
  Term term{.kind = Kind::product};
  for (const auto& [base, exponent] : merged) {
    term.args.push_back(base);
    term.numbers.push_back(exponent);
  }
  return {factor, intern(std::move(term))};
}

/// One step towards the normal form; false when it is reached.
bool Terms::simplify(double& factor, Factors& factors) {
  return take_root(factor, factors) || take_mask(factors) || take_softmax(factors);
}

/// sqrt(x)^2 = x; of both sum(x^2) and norm(x) the norm is kept.
bool Terms::take_root(double& factor, Factors& factors) {
  for (auto& [base, exponent] : factors) {
    if (!is_over(unplaced(base), "norm")) continue;
    const TermId norm = unplaced(base);
    const Scaled squares = squared(norm);
    const Scaled inside =
        base == norm ? squares : place(squares, terms_[base].axes, terms_[base].rank);
    const auto at = std::ranges::find(factors, inside.term, &std::pair<TermId, double>::first);
    if (at == factors.end()) continue;
    exponent += 2 * at->second;
    factors.erase(at);
    return true;
  }
  const auto at = std::ranges::find_if(
      factors, [&](const auto& each) { return is_call(each.first, "sqrt") && even(each.second); });
  if (at == factors.end()) return false;
  const Scaled inside = power(unwrapped(terms_[at->first].args[0]), at->second / 2);
  factors.erase(at);
  factor *= inside.factor;
  for (const auto& each : this->factors(inside.term)) factors.push_back(each);
  return true;
}

/// [a and b] * [b] = [a and b], [a and x != 0] * x = [a] * x; `at` is the mask with the "and".
bool Terms::take_part(Factors& factors, std::size_t at) {
  const Term condition = terms_[terms_[factors[at].first].args[0]];
  if (condition.kind != Kind::condition || condition.head != "and") return false;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const auto& [base, exponent] = factors[i];
    if (exponent <= 0) continue;
    if (terms_[base].kind == Kind::mask &&
        std::ranges::find(condition.args, terms_[base].args[0]) != condition.args.end()) {
      factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
    std::vector<Scaled> rest;
    for (const TermId part : condition.args) {
      const Term& test = terms_[part];
      const bool idle = test.kind == Kind::compare && test.head == "!=" && test.args[0] == base &&
                        unwrapped(test.args[1]) == Scaled{0, one};
      if (!idle) rest.push_back({1, part});
    }
    if (rest.size() == condition.args.size()) continue;
    factors[at].first = mask(this->condition("and", std::move(rest))).term;
    return true;
  }
  return false;
}

/// [x != 0] * x = x, [x > 0] * x = relu(x)
bool Terms::take_mask(Factors& factors) {
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (terms_[factors[i].first].kind != Kind::mask) continue;
    const Term& condition = terms_[terms_[factors[i].first].args[0]];
    if (take_part(factors, i)) return true;
    if (condition.kind != Kind::compare || unwrapped(condition.args[1]) != Scaled{0, one}) continue;
    const TermId x = condition.args[0];
    const auto at = std::ranges::find(factors, x, &std::pair<TermId, double>::first);
    if (at == factors.end() || at->second <= 0) continue;
    if (condition.head == "!=") {
      factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
    if (condition.head != ">") continue;
    at->first = function("relu", {{1, x}}).term;
    factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  return false;
}

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
    const Term& place = terms_[factors[i].first];
    if (place.kind == Kind::placed && (place.axes != kept(sum.axes, rank) || place.rank != rank))
      continue;
    if (into_sum(factors, i)) return true;
    const auto top = std::ranges::find(factors, exponential, &std::pair<TermId, double>::first);
    if (top == factors.end() || top->second < 1) continue;
    std::vector<Scaled> rest;
    for (const Scaled& each : summands(unwrapped(terms_[exponential].args[0])))
      if (terms_[each.term].varies & bits(sum.axes)) rest.push_back(each);
    top->second -= 1;
    factors[i].second += 1;
    const TermId made =
        over("softmax", sum.axes, sum_of(std::move(rest)), rank, sum.numbers[0]).term;
    factors.emplace_back(made, 1);
    std::erase_if(factors, [](const auto& each) { return each.second == 0; });
    return true;
  }
  return false;
}

} // namespace nnc::formula
