// Masks among factors: what a condition says that the other factors say as well has no place in a
// product.

#include "frontends/formula/term.h"

#include <algorithm>

namespace nnc::formula {

/// Is [x != 0] needless, x being 0 making the others 0, or leaving them undefined?
bool Terms::says_nothing_new(const Factors& factors, TermId x) const {
  return std::ranges::any_of(factors, [&](const auto& each) {
    const Term& term = terms_[each.first];
    const bool undefined = is_call(each.first, "log") || is_call(each.first, "^");
    return each.first == x || (undefined && term.args[0] == x);
  });
}

/// Likewise of any condition that is made of such tests.
bool Terms::idle(const Factors& factors, TermId condition) const {
  const Term& term = terms_[condition];
  if (term.kind == Kind::compare)
    return term.head == "!=" && unwrapped(term.args[1]) == Scaled{0, one} &&
           says_nothing_new(factors, term.args[0]);
  const auto part = [&](TermId each) { return idle(factors, each); };
  if (term.kind != Kind::condition || term.head == "not") return false;
  return term.head == "or" ? std::ranges::any_of(term.args, part)
                           : std::ranges::all_of(term.args, part);
}

/// [a and b] * [b] = [a and b], [a and x != 0] * x = [a] * x; `at` is the mask with the "and".
bool Terms::take_part(Factors& factors, std::size_t at) {
  const Term condition = terms_[terms_[factors[at].first].args[0]];
  if (condition.kind != Kind::condition || condition.head != "and") return false;
  const auto known = std::ranges::find_if(factors, [&](const auto& each) {
    return each.second > 0 && terms_[each.first].kind == Kind::mask &&
           std::ranges::find(condition.args, terms_[each.first].args[0]) != condition.args.end();
  });
  if (known != factors.end()) {
    factors.erase(known);
    return true;
  }
  std::vector<Scaled> rest;
  for (const TermId part : condition.args)
    if (!idle(factors, part)) rest.push_back({1, part});
  if (rest.size() == condition.args.size()) return false;
  factors[at].first = mask(this->condition("and", std::move(rest))).term;
  return true;
}

/// [a] * where(a, p, q) = [a] * p; `at` is the mask.
bool Terms::take_case(Factors& factors, std::size_t at) {
  const TermId condition = terms_[factors[at].first].args[0];
  for (auto& [base, exponent] : factors) {
    const Term& either = terms_[base];
    if (either.kind != Kind::where) continue;
    const bool holds = either.args[0] == condition;
    if (!holds && !opposed(either.args[0], condition)) continue;
    base = either.args[holds ? 1 : 2];
    return true;
  }
  return false;
}

/// [a >= b] * where(a = b, p, q) = [a > b] * q + [a = b] * p; `at` is the mask.
bool Terms::take_tie(Factors& factors, std::size_t at) {
  const Term wins = terms_[terms_[factors[at].first].args[0]];
  if (wins.kind != Kind::compare || (wins.head != ">=" && wins.head != "<=")) return false;
  for (auto& [base, exponent] : factors) {
    const Term either = terms_[base];
    if (either.kind != Kind::where || exponent != 1) continue;
    const Term tie = terms_[either.args[0]];
    const bool alike = tie.args == wins.args || tie.args == std::vector{wins.args[1], wins.args[0]};
    if (tie.kind != Kind::compare || tie.head != "=" || !alike) continue;
    const Scaled more = mask(compare(wins.head.substr(0, 1), unwrapped(wins.args[0]),
                                     unwrapped(wins.args[1]), wins.rank));
    base = whole(add(multiply(more, unwrapped(either.args[2])),
                     multiply(mask({1, either.args[0]}), unwrapped(either.args[1]))));
    factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
  }
  return false;
}

/// [x != 0] * x = x, [x > 0] * x = relu(x)
bool Terms::take_mask(Factors& factors) {
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (terms_[factors[i].first].kind != Kind::mask) continue;
    const TermId test = terms_[factors[i].first].args[0];
    if (idle(factors, test)) {
      factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
    if (take_part(factors, i) || take_case(factors, i) || take_tie(factors, i)) return true;
    const Term& condition = terms_[test];
    if (condition.kind != Kind::compare || unwrapped(condition.args[1]) != Scaled{0, one}) continue;
    const TermId x = condition.args[0];
    const auto at = std::ranges::find(factors, x, &std::pair<TermId, double>::first);
    if (at == factors.end() || at->second <= 0 || condition.head != ">") continue;
    at->first = function("relu", {{1, x}}).term;
    factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  return false;
}

} // namespace nnc::formula
