#include "frontends/formula/divisors.h"

#include <algorithm>

namespace nnc::formula {
namespace {

/// By term, whether `lines` are made of it.
std::vector<bool> parts_of(const Terms& terms, const std::vector<Line>& lines) {
  std::vector<bool> used(terms.count());
  for (const Line& line : lines) used[line.value.term] = true;
  for (std::size_t i = terms.count(); i-- > 0;)
    if (used[i])
      for (const TermId arg : terms[static_cast<TermId>(i)].args) used[arg] = true;
  return used;
}

} // namespace

std::vector<TermId> divisors_of_products(const Terms& terms, const std::vector<Line>& lines) {
  const std::vector<bool> used = parts_of(terms, lines);
  const auto bare = [&](TermId id) { return terms.unnamed(terms.unplaced(id)); };
  std::vector<TermId> multiplied, divisors;
  for (TermId id = 0; id < terms.count(); ++id)
    if (used[id] && (terms.is_over(id, "prod") || terms.is_call(id, "cumprod")))
      for (const auto& [base, exponent] : terms.factors(terms[id].args[0]))
        multiplied.push_back(bare(base));
  for (TermId id = 0; id < terms.count(); ++id) {
    if (!used[id] || terms[id].kind != Kind::product) continue;
    for (const auto& [base, exponent] : terms.factors(id))
      if (exponent < 0 && std::ranges::find(multiplied, bare(base)) != multiplied.end() &&
          std::ranges::find(divisors, bare(base)) == divisors.end())
        divisors.push_back(bare(base));
  }
  return divisors;
}

} // namespace nnc::formula
