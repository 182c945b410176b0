// Reductions, and the same values in spaces of more axes.

#include "frontends/formula/term.h"

#include <algorithm>
#include <cmath>

namespace nnc::formula {

/// The same term of other arguments, in normal form again.
Scaled Terms::rebuilt(TermId id, const std::vector<Scaled>& args) {
  const Term& term = terms_[id];
  switch (term.kind) {
  case Kind::sum: {
    std::vector<Scaled> all;
    for (std::size_t i = 0; i < args.size(); ++i)
      all.push_back({args[i].factor * term.numbers[i], args[i].term});
    if (all.size() == 1) return all[0];
    return collected(all);
  }
  case Kind::product: {
    Scaled product{1, one};
    for (std::size_t i = 0; i < args.size(); ++i)
      product = multiply(product, power(args[i], term.numbers[i]));
    return product;
  }
  case Kind::compare:
    return compare(term.head, args[0], args[1], term.rank);
  case Kind::condition:
    return condition(term.head, args);
  case Kind::mask:
    return mask(args[0]);
  case Kind::where:
    return where(args[0], args[1], args[2]);
  default:
    return function(term.head, args);
  }
}

Scaled Terms::place(Scaled x, const Axes& axes, int rank) {
  const Term& term = terms_[x.term];
  if (x.term == one) return x;
  Axes key = axes;
  key.push_back(rank);
  if (const auto known = placed_.find({x.term, key}); known != placed_.end())
    return {x.factor * known->second.factor, known->second.term};
  Scaled made{1, x.term};
  const bool of_elements = term.kind == Kind::sum || term.kind == Kind::product ||
                           term.kind == Kind::compare || term.kind == Kind::condition ||
                           term.kind == Kind::mask || term.kind == Kind::where || term.elementwise;
  if (of_elements) {
    std::vector<Scaled> args;
    for (const TermId arg : term.args) args.push_back(place(unwrapped(arg), axes, rank));
    made = rebuilt(x.term, args);
  } else if (term.kind == Kind::placed) {
    Axes through = term.axes;
    for (std::int64_t& axis : through)
      if (axis >= 0) axis = axes[static_cast<std::size_t>(axis)];
    made = place({1, term.args[0]}, through, rank);
  } else if (term.kind == Kind::position) {
    made = position(axes.at(static_cast<std::size_t>(term.axes[0])), rank);
  } else if (term.kind == Kind::onehot) {
    const Scaled at = place({1, term.args[0]}, axes, rank);
    made = mask(
        compare("=", position(axes.at(static_cast<std::size_t>(term.axes[0])), rank), at, rank));
  } else if (term.rank > 0 && !(term.rank == rank && axes == kept({}, rank))) {
    made = {1, intern({.kind = Kind::placed, .args = {x.term}, .axes = axes, .rank = rank})};
  }
  placed_[{x.term, key}] = made;
  return {x.factor * made.factor, made.term};
}

/// Takes from a sum what does not vary along the axes; that is `constant`, without the axes.
Scaled Terms::split(const Axes& axes, Scaled of, int rank, Scaled& constant) {
  std::vector<Scaled> varying, rest;
  for (const Scaled& each : summands(of))
    (terms_[each.term].varies & bits(axes) ? varying : rest).push_back(each);
  constant = {0, one};
  if (varying.empty() || rest.empty()) return of;
  constant =
      place(sum_of(std::move(rest)), dropping(axes, rank), rank - static_cast<int>(axes.size()));
  return sum_of(std::move(varying));
}

Scaled Terms::over(const std::string& head, Axes axes, Scaled of, int rank, double count) {
  const bool keeps = head.ends_with("softmax");
  const int left = rank - (keeps ? 0 : static_cast<int>(axes.size()));
  if (axes.empty()) return of;
  if (head == "sum") return sum_over(axes, of, rank, count);
  Scaled constant{0, one};
  double factor = 1;
  if (head == "max" || head == "min") {
    of = split(axes, of, rank, constant);
    if (of.factor > 0) std::swap(factor, of.factor);
  }
  const Scaled made{factor, intern({.kind = Kind::over,
                                    .head = head,
                                    .args = {whole(of)},
                                    .numbers = {count},
                                    .axes = std::move(axes),
                                    .rank = left})};
  return constant.factor == 0 ? made : add(made, constant);
}

/// What a one-hot row picks from a sum: an element, or with it what is the same all along the row.
std::optional<Scaled> Terms::picked(const Axes& axes, const Factors& inside, int rank,
                                    double count) {
  if (inside.size() != 2 || axes.size() != 1) return std::nullopt;
  const auto hot = std::ranges::find_if(inside, [&](const auto& factor) {
    return terms_[factor.first].kind == Kind::onehot && terms_[factor.first].axes == axes;
  });
  if (hot == inside.end()) return std::nullopt;
  const auto& other = inside[hot == inside.begin() ? 1 : 0];
  if (other.second != 1) return std::nullopt;
  const Scaled place = unwrapped(terms_[hot->first].args[0]);
  if (rank == 1 && place.term == one) return index({1, other.first}, {place}, {0}, 0);
  Scaled constant{0, one};
  const Scaled rest = split(axes, {1, other.first}, rank, constant);
  if (constant.factor == 0) return std::nullopt;
  return add(sum_over(axes, multiply({1, hot->first}, rest), rank, count), constant);
}

/// Factors that are the same all along the axes stand before the sum; sums of sums are one.
Scaled Terms::sum_over(const Axes& axes, Scaled of, int rank, double count) {
  const int left = rank - static_cast<int>(axes.size());
  if (of.factor == 0) return of;
  Scaled before{of.factor, one};
  Factors inside;
  for (const auto& factor : factors(of.term)) {
    if (terms_[factor.first].varies & bits(axes))
      inside.push_back(factor);
    else
      before = multiply(before,
                        place(power({1, factor.first}, factor.second), dropping(axes, rank), left));
  }
  if (inside.empty()) { // a count of elements, which a graph has multiplied out
    inside = factors(of.term);
    before = {of.factor, one};
  }
  if (const auto row = picked(axes, inside, rank, count)) return multiply(before, *row);
  const Scaled arg = product_of(1, inside);
  const Term& inner = terms_[arg.term];
  Axes all = axes;
  TermId whole_arg = arg.term;
  before.factor *= arg.factor;
  if (is_over(arg.term, "sum")) {
    const Axes rest = kept(inner.axes, inner.rank + static_cast<int>(inner.axes.size()));
    all = inner.axes;
    for (const std::int64_t axis : axes) all.push_back(rest[static_cast<std::size_t>(axis)]);
    std::ranges::sort(all);
    whole_arg = inner.args[0];
    count *= inner.numbers[0];
  }
  const TermId made = intern({.kind = Kind::over,
                              .head = "sum",
                              .args = {whole_arg},
                              .numbers = {count},
                              .axes = all,
                              .rank = left});
  return multiply(before, {1, made});
}

/// log(sum(exp(x))) = logsumexp(x)
Scaled Terms::log_of(Scaled x) {
  const TermId bare = unplaced(x.term);
  if (is_over(bare, "sum") && x.factor > 0 && is_call(terms_[bare].args[0], "exp")) {
    const Term sum = terms_[bare];
    const int rank = sum.rank + static_cast<int>(sum.axes.size());
    Scaled constant{0, one};
    const Scaled rest = split(sum.axes, unwrapped(terms_[sum.args[0]].args[0]), rank, constant);
    Scaled made = over("logsumexp", sum.axes, rest, rank, sum.numbers[0]);
    if (constant.factor != 0) made = add(made, constant);
    if (bare != x.term) made = place(made, terms_[x.term].axes, terms_[x.term].rank);
    return x.factor == 1 ? made : add(made, {std::log(x.factor), one});
  }
  return {1, intern({.kind = Kind::call, .head = "log", .args = {whole(x)}, .elementwise = true})};
}

/// sqrt(sum(x^2)) = norm(x)
Scaled Terms::root_of(Scaled x) {
  const TermId bare = unplaced(x.term);
  if (is_over(bare, "sum") && x.factor == 1) {
    const Term sum = terms_[bare];
    Factors half = factors(sum.args[0]);
    const bool squares =
        std::ranges::all_of(half, [](const auto& each) { return std::fmod(each.second, 2) == 0; });
    for (auto& each : half) each.second /= 2;
    if (squares && !half.empty()) {
      const int rank = sum.rank + static_cast<int>(sum.axes.size());
      const Scaled made = over("norm", sum.axes, product_of(1, half), rank, sum.numbers[0]);
      return bare == x.term ? made : place(made, terms_[x.term].axes, terms_[x.term].rank);
    }
  }
  return {1, intern({.kind = Kind::call, .head = "sqrt", .args = {whole(x)}, .elementwise = true})};
}

/// norm(x)^2 as sum(x^2)
Scaled Terms::squared(TermId norm) {
  const Term over = terms_[norm];
  const int rank = over.rank + static_cast<int>(over.axes.size());
  return sum_over(over.axes, power(unwrapped(over.args[0]), 2), rank, over.numbers[0]);
}

Scaled Terms::function(std::string name, std::vector<Scaled> args) {
  if (name == "log") return log_of(args.at(0));
  if (name == "sqrt") return root_of(args.at(0));
  if (name == "exp" && args.at(0).factor == 0) return {1, one};
  Term term{.kind = Kind::call, .head = std::move(name), .elementwise = true};
  for (const Scaled& arg : args) term.args.push_back(whole(arg));
  return {1, intern(std::move(term))};
}

} // namespace nnc::formula
