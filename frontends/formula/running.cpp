// Sums and products of the elements up to a place: running ones.

#include "frontends/formula/term.h"
#include "frontends/formula/triangle.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::formula {

/// The sum (product) along an axis of what the condition takes of x, which is the same along the
/// axis that the run goes to.
std::optional<Scaled> Terms::running(const char* head, const Axes& axes, TermId condition, Scaled x,
                                     int rank) {
  if (axes.size() != 1) return std::nullopt;
  const auto run = run_of(*this, condition, axes[0]);
  if (!run || (terms_[x.term].varies & bits({run->to}))) return std::nullopt;
  const bool alone = terms_[x.term].varies == bits(axes);
  Axes to = alone ? Axes(static_cast<std::size_t>(rank), -1) : dropping(axes, rank);
  const std::int64_t along = dropping(axes, rank)[static_cast<std::size_t>(run->to)];
  to[static_cast<std::size_t>(axes[0])] = alone ? 0 : along;
  const int own = alone ? 1 : rank - 1;
  std::string note = own == 1 ? "" : fmt::format("axis={}", along);
  for (const auto& [set, name] :
       {std::pair{run->reverse, "reverse"}, std::pair{run->exclusive, "exclusive"}})
    if (set) note += fmt::format("{}{}=true", note.empty() ? "" : ", ", name);
  const Scaled made = call(head, {place(x, to, own)}, note, own);
  return alone ? place(made, {along}, rank - 1) : made;
}

/// sum_0([iota_0 <= iota_1] * u[:, None]) = cumsum(u)
std::optional<Scaled> Terms::running_sum(const Axes& axes, const Factors& inside, int rank) {
  const auto taken = std::ranges::find_if(inside, [&](const auto& factor) {
    return terms_[factor.first].kind == Kind::mask && factor.second > 0;
  });
  if (taken == inside.end() || inside.size() < 2) return std::nullopt;
  Factors rest = inside;
  std::erase(rest, *taken);
  const Scaled x = product_of(1, std::move(rest));
  const auto made = running("cumsum", axes, terms_[taken->first].args[0], {1, x.term}, rank);
  return made ? std::optional(Scaled{x.factor * made->factor, made->term}) : std::nullopt;
}

} // namespace nnc::formula
