// Sums in normal form: like terms are collected, shared factors stand before the bracket, and a
// product of sums is multiplied out where that makes the formula shorter.

#include "frontends/formula/term.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace nnc::formula {
namespace {

constexpr std::size_t most_expanded = 48; ///< summands
constexpr double largest_ratio = 16;      ///< of integers that have a number in common

/// Adds what is equal, in the order of first appearance.
void collect(std::vector<Scaled>& summands) {
  std::map<TermId, std::size_t> places;
  std::vector<Scaled> result;
  double largest = 0;
  for (const Scaled& each : summands) {
    largest = std::max(largest, std::abs(each.factor));
    const auto [at, fresh] = places.emplace(each.term, result.size());
    if (fresh)
      result.push_back(each);
    else
      result[at->second].factor = snapped(result[at->second].factor + each.factor);
  }
  std::erase_if(result, [&](const Scaled& x) { return std::abs(x.factor) <= 1e-14 * largest; });
  summands = std::move(result);
}

} // namespace

double snapped(double x) {
  const double near = std::round(x), inverse = std::round(1 / x);
  if (x == 0 || !std::isfinite(x)) return x;
  if (std::abs(x - near) <= 1e-13 * std::abs(x)) return near;
  if (inverse != 0 && std::abs(1 / x - inverse) <= 1e-13 * std::abs(inverse)) return 1 / inverse;
  return x;
}

/// Factors of every summand.
Terms::Factors Terms::shared_factors(std::span<const Scaled> summands) const {
  Factors shared = factors(summands[0].term);
  for (const Scaled& each : summands.subspan(1)) {
    const Factors own = factors(each.term);
    std::erase_if(shared, [&](auto& wanted) {
      const auto at = std::ranges::find(own, wanted.first, &std::pair<TermId, double>::first);
      if (at == own.end() || (at->second < 0) != (wanted.second < 0)) return true;
      if (std::abs(at->second) < std::abs(wanted.second)) wanted.second = at->second;
      return false;
    });
  }
  return shared;
}

Scaled Terms::sum_of(std::vector<Scaled> summands) {
  collect(summands);
  take_log_softmax(summands);
  Scaled shortest = as_read(summands);
  if (summands.size() < 2) return shortest;
  const Factors shared = shared_factors(summands);
  if (!shared.empty()) {
    const Scaled product = before_bracket(shared, summands);
    const bool below =
        std::ranges::any_of(shared, [](const auto& each) { return each.second < 0; });
    if (size(product) < size(shortest) + (below ? 4 : 0)) shortest = product; // one fraction line
  }
  if (const Factors below = denominators(summands); !below.empty()) {
    const Scaled fraction = before_bracket(below, summands);
    if (size(fraction) < size(shortest)) shortest = fraction;
  }
  return shortest;
}

/// u - u * s = u * (1 - s), s being what has this for a derivative: a sigmoid, the square of tanh.
std::optional<Scaled> Terms::with_slopes(std::span<const Scaled> summands) {
  if (summands.size() < 3) return std::nullopt; // two of them share u
  for (const Scaled& any : summands)
    for (const std::pair<TermId, double>& slope : factors(any.term)) {
      const bool sigmoid = slope.second == 1 && is_call(slope.first, "sigmoid");
      if (!sigmoid && !(slope.second == 2 && is_call(slope.first, "tanh"))) continue;
      std::vector<Scaled> others(summands.begin(), summands.end()), together;
      for (const Scaled& each : summands) {
        Factors rest = factors(each.term);
        if (std::erase(rest, slope) == 0 || rest.empty()) continue;
        const Scaled without = product_of(-each.factor, std::move(rest));
        if (std::erase(others, without) == 0) continue;
        std::erase(others, each);
        together.push_back(without);
      }
      const auto has_slope = [&](const Scaled& each) {
        return std::ranges::count(factors(each.term), slope.first,
                                  &std::pair<TermId, double>::first) > 0;
      };
      if (together.empty() || std::ranges::any_of(others, has_slope)) continue; // a polynomial
      const Scaled above = power({1, slope.first}, slope.second);
      others.push_back(
          multiply(sum_of(std::move(together)), add({1, one}, {-above.factor, above.term})));
      return as_listed(others);
    }
  return std::nullopt;
}

/// What all summands can be written over, where that is not what they share; empty for others.
Terms::Factors Terms::denominators(std::span<const Scaled> summands) const {
  Factors all;
  for (const Scaled& each : summands)
    for (const auto& [base, exponent] : factors(each.term)) {
      if (exponent >= 0) continue;
      const auto at = std::ranges::find(all, base, &std::pair<TermId, double>::first);
      if (at == all.end())
        all.emplace_back(base, exponent);
      else
        at->second = std::min(at->second, exponent);
    }
  const bool shared = std::ranges::all_of(summands, [&](const Scaled& each) {
    const Factors own = factors(each.term);
    return std::ranges::all_of(
        all, [&](const auto& factor) { return std::ranges::find(own, factor) != own.end(); });
  });
  if (shared) return {};
  for (const auto& factor : shared_factors(summands))
    if (factor.second > 0) all.push_back(factor);
  return all;
}

/// What all summands share times the sum of what is left of them.
Scaled Terms::before_bracket(const Factors& shared, std::span<const Scaled> summands) {
  Factors inverse = shared;
  for (auto& factor : inverse) factor.second = -factor.second;
  std::vector<Scaled> rest;
  for (const Scaled& each : summands) {
    Factors all = factors(each.term);
    all.insert(all.end(), inverse.begin(), inverse.end());
    const Scaled left = product_of(each.factor, std::move(all));
    for (const Scaled& part : this->summands(left)) rest.push_back(part);
  }
  collect(rest);
  take_log_softmax(rest);
  const Scaled sum = as_read(rest);
  Factors all = shared;
  for (const auto& factor : factors(sum.term)) all.push_back(factor);
  return product_of(sum.factor, std::move(all));
}

/// The number that stands before the bracket: that of all summands, a sum over n being n means; or
/// an integer of which all are small multiples. Negative if all of them are.
double Terms::shared_number(std::span<const Scaled> summands) const {
  std::vector<double> plain, means;
  for (const Scaled& each : summands) {
    plain.push_back(std::abs(each.factor));
    means.push_back(plain.back());
    for (const auto& [factor, exponent] : factors(each.term))
      if (const double count = terms_[unplaced(factor)].kind == Kind::over && exponent == 1
                                   ? terms_[unplaced(factor)].numbers[0]
                                   : 1;
          is_over(unplaced(factor), "sum") && terms_[unplaced(factor)].rank > 0)
        means.back() = snapped(means.back() * count);
  }
  const double smallest = *std::ranges::min_element(plain);
  const bool multiples = std::ranges::all_of(plain, [&](double number) {
    const double ratio = snapped(number / smallest);
    return ratio == std::round(ratio) && ratio <= largest_ratio;
  });
  const auto alike = [](const std::vector<double>& all) {
    return std::ranges::all_of(all, [&](double x) { return std::abs(x / all[0] - 1) < 1e-13; });
  };
  const bool negative =
      std::ranges::all_of(summands, [](const Scaled& each) { return each.factor < 0; });
  double number = 1;
  if (alike(plain) || (multiples && smallest == std::round(smallest)))
    number = smallest;
  else if (alike(means))
    number = means[0];
  return negative ? -number : number;
}

/// A slope's 1 - s says more than two terms, and may be a little longer.
Scaled Terms::as_read(std::span<const Scaled> summands) {
  const Scaled plain = as_listed(summands);
  const auto sum = with_slopes(summands);
  return sum && size(*sum) < size(plain) + 6 ? *sum : plain;
}

/// A sum and its negative are one term.
Scaled Terms::as_listed(std::span<const Scaled> summands) {
  if (summands.empty()) return {0, one};
  if (summands.size() == 1) return summands[0];
  const double number = shared_number(summands);
  Term term{.kind = Kind::sum}, opposite{.kind = Kind::sum};
  for (const Scaled& each : summands) {
    term.args.push_back(each.term);
    term.numbers.push_back(snapped(each.factor / number));
    opposite.args.push_back(each.term);
    opposite.numbers.push_back(-term.numbers.back());
  }
  if (const auto known = find(opposite); known && !find(term)) return {-number, *known};
  return {number, intern(std::move(term))};
}

/// Brackets without a factor of their own are dissolved.
Scaled Terms::collected(std::span<const Scaled> summands) {
  const bool alike = std::ranges::all_of(summands, [&](const Scaled& each) {
    return std::abs(each.factor) == std::abs(summands[0].factor);
  });
  std::vector<Scaled> flat;
  for (const Scaled& each : summands) {
    if (each.factor == 0) continue;
    if (alike || std::abs(each.factor) == 1)
      for (const Scaled& part : this->summands(each)) flat.push_back(part);
    else
      flat.push_back(each);
  }
  return sum_of(std::move(flat));
}

double Terms::degree(TermId term) const {
  double sum = 0;
  for (const auto& factor : factors(term)) sum += factor.second;
  return sum;
}

/// Is there a bracket to multiply out?
bool Terms::expandable(const Scaled& x) const {
  const auto is_sum = [&](const auto& factor) {
    return terms_[factor.first].kind == Kind::sum && factor.second > 0;
  };
  return std::ranges::any_of(summands(x), [&](const Scaled& each) {
    return std::ranges::any_of(factors(each.term), is_sum);
  });
}

std::optional<std::vector<Scaled>> Terms::expanded(const Scaled& x) {
  std::vector<Scaled> all;
  for (const Scaled& each : summands(x)) {
    std::vector<Scaled> products{{each.factor, one}};
    for (const auto& [base, exponent] : factors(each.term)) {
      const bool bracket = terms_[base].kind == Kind::sum && exponent > 0 && exponent <= 4 &&
                           exponent == std::round(exponent);
      std::vector<Scaled> inside{power({1, base}, exponent)};
      if (bracket) {
        const auto opened = expanded({1, base});
        if (!opened) return std::nullopt;
        inside = *opened;
      }
      for (int repeat = 0; repeat < (bracket ? static_cast<int>(exponent) : 1); ++repeat) {
        std::vector<Scaled> next;
        for (const Scaled& a : products)
          for (const Scaled& b : inside) next.push_back(multiply(a, b));
        collect(next);
        if (next.size() > most_expanded) return std::nullopt;
        products = std::move(next);
      }
    }
    all.insert(all.end(), products.begin(), products.end());
    if (all.size() > most_expanded) return std::nullopt;
  }
  collect(all);
  return all;
}

/// A sum with f(x) and f(-x), of f(x) alone: sigmoid(-x) = 1 - sigmoid(x),
/// softplus(-x) = softplus(x) - x.
Scaled Terms::one_sided(const std::vector<Scaled>& products) {
  Factors used;
  for (const Scaled& each : products)
    for (const auto& factor : factors(each.term)) used.push_back(factor);
  for (const auto& [turned, exponent] : used) {
    const bool sigmoid = is_call(turned, "sigmoid");
    if (exponent != 1 || (!sigmoid && !is_call(turned, "softplus"))) continue;
    const Scaled minus_x = unwrapped(terms_[turned].args[0]), x{-minus_x.factor, minus_x.term};
    const Scaled straight = function(terms_[turned].head, {x});
    const auto is_straight = [&](const auto& factor) { return factor.first == straight.term; };
    const Term& inside = terms_[minus_x.term];
    const bool minus = minus_x.factor < 0 || (inside.kind == Kind::sum && inside.numbers[0] < 0);
    if (!minus || std::ranges::none_of(used, is_straight)) continue;
    const Scaled plain = unwrapped(whole(x));
    std::vector<Scaled> all;
    for (const Scaled& each : products) {
      Factors rest = factors(each.term);
      const bool has = std::erase(rest, std::pair{turned, 1.0}) > 0;
      const Scaled other = product_of(each.factor, std::move(rest));
      if (!has) all.push_back(each);
      if (has && sigmoid) all.push_back(other);
      if (has && !sigmoid) all.push_back(multiply(other, {-plain.factor, plain.term}));
      if (has) all.push_back(multiply(other, {sigmoid ? -1.0 : 1.0, straight.term}));
    }
    return sum_of(std::move(all));
  }
  return sum_of(products);
}

Scaled Terms::add(std::span<const Scaled> summands) {
  const Scaled simple = collected(summands);
  if (std::ranges::none_of(summands, [&](const Scaled& x) { return expandable(x); })) return simple;
  std::vector<Scaled> all;
  for (const Scaled& each : summands) {
    const auto parts = expanded(each);
    if (!parts) return simple;
    all.insert(all.end(), parts->begin(), parts->end());
    if (all.size() > most_expanded) return simple;
  }
  std::ranges::stable_sort(all, std::greater<>(),
                           [&](const Scaled& each) { return degree(each.term); });
  Scaled open = one_sided(all);
  if (const Scaled both = sum_of(std::move(all)); size(both) <= size(open)) open = both;
  return size(open) < size(simple) ? open : simple;
}

} // namespace nnc::formula
