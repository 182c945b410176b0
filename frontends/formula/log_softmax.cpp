// x - logsumexp(x) within a sum, and what a one-hot row picks from it.

#include "frontends/formula/term.h"

#include <algorithm>
#include <cmath>

namespace nnc::formula {
namespace {

double coefficient(const std::vector<Scaled>& summands, TermId term) {
  const auto at = std::ranges::find(summands, term, &Scaled::term);
  return at == summands.end() ? 0 : at->factor;
}

void take(std::vector<Scaled>& summands, TermId term) {
  std::erase_if(summands, [&](const Scaled& each) { return each.term == term; });
}

} // namespace

void Terms::take_log_softmax(std::vector<Scaled>& summands) {
  for (std::size_t i = 0; i < summands.size();) {
    const bool logs = is_over(unplaced(summands[i].term), "logsumexp");
    const bool taken = logs && (take_rows(summands, i) || take_picked(summands, i));
    i = taken ? 0 : i + 1;
  }
}

/// x - logsumexp(x) = log_softmax(x), where x may be several of the summands.
bool Terms::take_rows(std::vector<Scaled>& summands, std::size_t at) {
  const Scaled total = summands[at];
  const Term log = terms_[unplaced(total.term)];
  const Term& place = terms_[total.term];
  const int rank = log.rank + static_cast<int>(log.axes.size());
  if (place.kind == Kind::placed && (place.rank != rank || place.axes != kept(log.axes, rank)))
    return false;
  const Scaled x = unwrapped(log.args[0]);
  const std::vector<Scaled> parts = this->summands(x);
  for (const Scaled& part : parts)
    if (std::abs(coefficient(summands, part.term) + total.factor * part.factor) > 1e-13)
      return false;
  take(summands, total.term);
  for (const Scaled& part : parts) take(summands, part.term);
  summands.push_back({-total.factor, over("log_softmax", log.axes, x, rank, log.numbers[0]).term});
  return true;
}

/// logsumexp(x) - sum(onehot(y) * x) = -sum(onehot(y) * log_softmax(x))
bool Terms::take_picked(std::vector<Scaled>& summands, std::size_t at) {
  const Scaled total = summands[at];
  if (terms_[total.term].kind != Kind::over) return false;
  const Term log = terms_[total.term];
  const int rank = log.rank + static_cast<int>(log.axes.size());
  const Scaled x = unwrapped(log.args[0]);
  for (const Scaled& each : std::vector(summands)) {
    if (!is_over(each.term, "sum") || terms_[each.term].axes != log.axes) continue;
    for (const auto& [factor, exponent] : factors(terms_[each.term].args[0])) {
      if (terms_[factor].kind != Kind::onehot || terms_[factor].axes != log.axes) continue;
      const Scaled picked = sum_over(log.axes, multiply({1, factor}, x), rank, log.numbers[0]);
      if (picked.term != each.term || std::abs(each.factor + total.factor * picked.factor) > 1e-13)
        continue;
      const Scaled row = over("log_softmax", log.axes, x, rank, log.numbers[0]);
      const Scaled made = sum_over(log.axes, multiply({1, factor}, row), rank, log.numbers[0]);
      take(summands, each.term);
      take(summands, total.term);
      summands.push_back({-total.factor * made.factor, made.term});
      return true;
    }
  }
  return false;
}

} // namespace nnc::formula
