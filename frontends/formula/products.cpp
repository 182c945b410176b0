// Products in normal form: powers of one base are collected, numbers multiplied, and roots and
// quotients of exponentials are written as what they are; masks in masks.cpp.

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
  factor = snapped(factor);
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
  return take_root(factor, factors) || take_radicand(factors) || take_conjugates(factor, factors) ||
         take_sign(factor, factors) || take_sigmoid(factors) || take_mask(factors) ||
         take_softmax(factors);
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

/// 1 / (x * sqrt(x)) = 1 / sqrt(x)^3, x / sqrt(x) = sqrt(x).
bool Terms::take_radicand(Factors& factors) const {
  for (auto& [base, exponent] : factors) {
    if (!is_call(base, "sqrt") || exponent >= 0) continue;
    const Scaled inside = unwrapped(terms_[base].args[0]);
    if (inside.factor != 1) continue;
    const auto at = std::ranges::find(factors, inside.term, &std::pair<TermId, double>::first);
    if (at == factors.end()) continue;
    exponent += 2 * at->second;
    factors.erase(at);
    return true;
  }
  return false;
}

/// (u + v) * (u - v) = u^2 - v^2
std::optional<Scaled> Terms::conjugates(TermId a, TermId b) {
  const Term &plus = terms_[a], &minus = terms_[b];
  if (plus.kind != Kind::sum || minus.kind != Kind::sum || a == b) return std::nullopt;
  if (plus.args.size() != 2 || minus.args.size() != 2) return std::nullopt;
  std::vector<Scaled> squares;
  bool opposed = false;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto at = std::ranges::find(minus.args, plus.args[i]);
    if (at == minus.args.end()) return std::nullopt;
    const double x = plus.numbers[i],
                 y = minus.numbers[static_cast<std::size_t>(at - minus.args.begin())];
    if (std::abs(x) != std::abs(y) || (x != y && opposed)) return std::nullopt;
    opposed |= x != y;
    const Scaled square = power({1, plus.args[i]}, 2);
    squares.push_back({x * y * square.factor, square.term});
  }
  return opposed ? std::optional(sum_of(std::move(squares))) : std::nullopt;
}

/// The same below roots: sqrt(x + 1) * sqrt(x - 1) = sqrt(x^2 - 1).
bool Terms::take_conjugates(double& factor, Factors& factors) {
  for (std::size_t i = 0; i < factors.size(); ++i)
    for (std::size_t k = i + 1; k < factors.size(); ++k) {
      auto& [a, by_a] = factors[i];
      auto& [b, by_b] = factors[k];
      const bool roots = is_call(a, "sqrt") && is_call(b, "sqrt");
      if ((by_a < 0) != (by_b < 0)) continue;
      auto product = roots ? conjugates(terms_[a].args[0], terms_[b].args[0]) : conjugates(a, b);
      if (!product) continue;
      if (roots) product = root_of(*product);
      const double both = std::abs(by_a) < std::abs(by_b) ? by_a : by_b;
      const Scaled made = power(*product, both);
      by_a -= both;
      by_b -= both;
      factor *= made.factor;
      for (const auto& each : this->factors(made.term)) factors.push_back(each);
      std::erase_if(factors, [](const auto& each) { return each.second == 0; });
      return true;
    }
  return false;
}

/// sign(x)^2 beside abs(x) says nothing, and sign(x) * abs(x) = x.
bool Terms::take_sign(double& factor, Factors& factors) const {
  for (auto& [base, exponent] : factors) {
    if (!is_call(base, "sign") || exponent < 1) continue;
    const TermId inside = terms_[base].args[0];
    const auto size = std::ranges::find_if(factors, [&](const auto& each) {
      return each.second >= 1 && is_call(each.first, "abs") && terms_[each.first].args[0] == inside;
    });
    if (size == factors.end()) continue;
    if (exponent >= 2) {
      exponent -= 2;
    } else {
      exponent -= 1;
      size->second -= 1;
      const Scaled x = unwrapped(inside);
      factor *= x.factor;
      for (const auto& each : this->factors(x.term)) factors.push_back(each);
    }
    std::erase_if(factors, [](const auto& each) { return each.second == 0; });
    return true;
  }
  return false;
}

/// Beside sigmoid(x), sigmoid(-x) is 1 - sigmoid(x) and tanh(x / 2) is 2 sigmoid(x) - 1.
bool Terms::take_sigmoid(Factors& factors) {
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const TermId base = factors[i].first;
    const bool tangent = is_call(base, "tanh");
    if ((!tangent && !is_call(base, "sigmoid")) || factors[i].second <= 0) continue;
    const Scaled inside = unwrapped(terms_[base].args[0]);
    const Term& term = terms_[inside.term];
    const bool minus = inside.factor < 0 || (term.kind == Kind::sum && term.numbers[0] < 0);
    if (!tangent && !minus) continue;
    const Scaled straight =
        function("sigmoid", {{(tangent ? 2 : -1) * inside.factor, inside.term}});
    const auto at = std::ranges::find_if(factors, [&](const auto& each) {
      return each.second > 0 && unnamed(each.first) == straight.term;
    });
    if (at == factors.end()) continue;
    const std::vector<Scaled> rest{{tangent ? 2.0 : -1.0, at->first}, {tangent ? -1.0 : 1.0, one}};
    factors[i].first = whole(sum_of(rest));
    return true;
  }
  return false;
}

} // namespace nnc::formula
