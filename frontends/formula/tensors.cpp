// Reductions, and the same values in spaces of more axes.

#include "frontends/formula/term.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nnc::formula {
namespace {

/// f(-x) = f(x); f(-x) = -f(x).
constexpr std::string_view even_functions[] = {"cos", "cosh", "abs"};
constexpr std::string_view odd_functions[] = {"sin",  "tan",   "tanh",  "sinh", "asin",
                                              "atan", "asinh", "atanh", "erf",  "sign"};

} // namespace

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
    return function(term.head, args, term.note);
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
  if (of_elements(term)) {
    std::vector<Scaled> args;
    for (const TermId arg : term.args) args.push_back(place(unwrapped(arg), axes, rank));
    made = rebuilt(x.term, args);
  } else if (term.kind == Kind::placed) {
    Axes through = term.axes;
    for (std::int64_t& axis : through)
      if (axis >= 0) axis = axes[static_cast<std::size_t>(axis)];
    made = place({1, term.args[0]}, through, rank);
  } else if (term.kind == Kind::position) {
    made = position(axes.at(static_cast<std::size_t>(term.axes[0])), rank, term.note);
  } else if (term.kind == Kind::onehot) {
    const Scaled at = place({1, term.args[0]}, axes, rank);
    const std::int64_t axis = axes.at(static_cast<std::size_t>(term.axes[0]));
    made = mask(compare("=", position(axis, rank, term.note), at, rank));
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
  if (const Term& taken = terms_[of.term];
      head == "prod" && of.factor == 1 && taken.kind == Kind::where && taken.args[2] == one)
    if (const auto made = running("cumprod", axes, taken.args[0], {1, taken.args[1]}, rank))
      return *made;
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

/// sum_1(x * v) = x v and sum_0(x * v[:, None]) = x^T v for a matrix x and a vector v.
std::optional<Scaled> Terms::matrix_times_vector(const Axes& axes, const Factors& inside,
                                                 int rank) {
  if (rank != 2 || axes.size() != 1) return std::nullopt;
  std::optional<TermId> x;
  Factors along;
  for (const auto& [base, exponent] : inside) {
    if (terms_[base].varies == bits(axes)) {
      along.emplace_back(base, exponent);
    } else {
      constexpr std::array plain_kinds = {Kind::symbol, Kind::named,  Kind::index,
                                          Kind::state,  Kind::series, Kind::step};
      const bool plain = std::ranges::find(plain_kinds, terms_[base].kind) != plain_kinds.end();
      if (x || exponent != 1 || !plain) return std::nullopt;
      x = base;
    }
  }
  if (!x || along.empty()) return std::nullopt;
  Axes to{-1, -1};
  to[static_cast<std::size_t>(axes[0])] = 0;
  const Scaled v = place(product_of(1, std::move(along)), to, 1);
  return matrix(axes[0] == 1 ? Scaled{1, *x} : turned({1, *x}), v, 1);
}

/// The sum over j of [i = j] x[j] is x[i].
std::optional<Scaled> Terms::at_equal_place(const Axes& axes, const Factors& inside, int rank) {
  if (axes.size() != 1) return std::nullopt;
  for (const auto& [base, exponent] : inside) {
    const Term& hot = terms_[base];
    if (hot.kind != Kind::onehot || terms_[hot.args[0]].kind != Kind::position) continue;
    const Term& other = terms_[hot.args[0]];
    if (other.note != hot.note) continue; // the places of one axis are some of the other's
    const std::int64_t gone = axes[0], stays = gone == hot.axes[0] ? other.axes[0] : hot.axes[0];
    if (gone != hot.axes[0] && gone != other.axes[0]) continue;
    Factors rest = inside;
    std::erase(rest, std::pair{base, exponent});
    const Scaled left = product_of(1, std::move(rest));
    const std::uint64_t both = bits({gone, stays});
    if (exponent <= 0 || (terms_[left.term].varies & both) == both) continue;
    Axes to = dropping(axes, rank);
    to[static_cast<std::size_t>(gone)] = to[static_cast<std::size_t>(stays)];
    return place(left, to, rank - 1);
  }
  return std::nullopt;
}

/// Factors that are the same all along the axes stand before the sum; sums of sums are one.
Scaled Terms::sum_over(const Axes& axes, Scaled of, int rank, double count) {
  if (of.factor == 0) return of;
  const Scaled whole_sum = sum_of_product(axes, of, rank, count);
  if (terms_[of.term].kind != Kind::sum || axes.empty()) return whole_sum;
  const int left = rank - static_cast<int>(axes.size());
  std::vector<Scaled> parts; // a mean subtracted: the sum of what is left is 0
  for (const Scaled& each : summands(of)) {
    const bool varying = terms_[each.term].varies & bits(axes);
    const Scaled part = varying ? sum_of_product(axes, each, rank, count)
                                : multiply({count, one}, place(each, dropping(axes, rank), left));
    parts.push_back(part);
  }
  const Scaled by_parts = add(parts);
  return size(by_parts) < size(whole_sum) ? by_parts : whole_sum;
}

/// The same of one summand.
Scaled Terms::sum_of_product(const Axes& axes, Scaled of, int rank, double count) {
  const int left = rank - static_cast<int>(axes.size());
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
  const bool bracket =
      inside.size() == 1 && inside[0].second == 1 && terms_[inside[0].first].kind == Kind::sum;
  if (bracket && before.term != one) // now a sum by itself
    return multiply(before, sum_over(axes, {1, inside[0].first}, rank, count));
  if (const auto row = at_equal_place(axes, inside, rank)) return multiply(before, *row);
  if (const auto row = picked(axes, inside, rank, count)) return multiply(before, *row);
  if (const auto sums = running_sum(axes, inside, rank)) return multiply(before, *sums);
  if (const auto product = matrix_times_vector(axes, inside, rank))
    return multiply(before, *product);
  const Scaled arg = product_of(1, inside);
  if (is_call(arg.term, "diag") && rank == 1)
    return multiply(before, call("trace", {{arg.factor, terms_[arg.term].args[0]}}, "", 0));
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

/// sqrt(sum(x^2)) = norm(x), and sqrt(sum(x^2) / n) = norm(x) / sqrt(n)
Scaled Terms::root_of(Scaled x) {
  const TermId bare = unplaced(x.term);
  if (is_over(bare, "sum") && x.factor > 0) {
    const Term sum = terms_[bare];
    Factors half = factors(sum.args[0]);
    const bool squares =
        std::ranges::all_of(half, [](const auto& each) { return std::fmod(each.second, 2) == 0; });
    for (auto& each : half) each.second /= 2;
    if (squares && !half.empty()) {
      const int rank = sum.rank + static_cast<int>(sum.axes.size());
      Scaled made = over("norm", sum.axes, product_of(1, half), rank, sum.numbers[0]);
      if (bare != x.term) made = place(made, terms_[x.term].axes, terms_[x.term].rank);
      return {std::sqrt(x.factor) * made.factor, made.term};
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

Scaled Terms::function(std::string name, std::vector<Scaled> args, std::string note) {
  if (name == "log") return log_of(args.at(0));
  if (name == "sqrt") return root_of(args.at(0));
  if (name == "exp" && args.at(0).factor == 0) return {1, one};
  if (!args.empty() && args[0].factor < 0 && args[0].term != one) {
    const Scaled turned{-args[0].factor, args[0].term};
    if (name == "erfc") return add({1, one}, function("erf", {turned}));
    if (std::ranges::find(even_functions, name) != std::end(even_functions))
      return function(std::move(name), {turned});
    if (std::ranges::find(odd_functions, name) != std::end(odd_functions)) {
      const Scaled made = function(std::move(name), {turned});
      return {-made.factor, made.term};
    }
  }
  Term term{
      .kind = Kind::call, .head = std::move(name), .note = std::move(note), .elementwise = true};
  for (const Scaled& arg : args) term.args.push_back(whole(arg));
  return {1, intern(std::move(term))};
}

} // namespace nnc::formula
