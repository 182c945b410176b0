#include "frontends/formula/term.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace nnc::formula {
namespace {

/// The order of summands and factors is that of the reader, not of the value.
std::string key_of(const Term& term) {
  std::string key = fmt::format("{}|{}|{}|{}|{}|", static_cast<int>(term.kind), term.head,
                                term.note, term.rank, fmt::join(term.axes, ","));
  std::vector<std::pair<TermId, double>> parts;
  for (std::size_t i = 0; i < term.args.size(); ++i)
    parts.emplace_back(term.args[i], i < term.numbers.size() ? term.numbers[i] : 0);
  if (term.kind == Kind::sum || term.kind == Kind::product) std::ranges::sort(parts);
  for (const auto& [arg, number] : parts) key += fmt::format("{}*{};", arg, number);
  return key;
}

} // namespace

Axes kept(const Axes& axes, int rank) {
  Axes rest;
  for (std::int64_t axis = 0; axis < rank; ++axis)
    if (std::ranges::find(axes, axis) == axes.end()) rest.push_back(axis);
  return rest;
}

Axes dropping(const Axes& axes, int rank) {
  Axes to(static_cast<std::size_t>(rank), -1);
  std::int64_t next = 0;
  for (const std::int64_t axis : kept(axes, rank)) to[static_cast<std::size_t>(axis)] = next++;
  return to;
}

std::uint64_t bits(const Axes& axes) {
  std::uint64_t mask = 0;
  for (const std::int64_t axis : axes)
    if (axis >= 0) mask |= std::uint64_t{1} << (axis & 63);
  return mask;
}

Terms::Terms() { intern({.kind = Kind::one}); }

TermId Terms::intern(Term term) {
  const auto [at, fresh] = interned_.emplace(key_of(term), static_cast<TermId>(terms_.size()));
  if (!fresh) return at->second;
  measure(term);
  terms_.push_back(std::move(term));
  return at->second;
}

std::optional<TermId> Terms::find(const Term& term) const {
  const auto at = interned_.find(key_of(term));
  return at == interned_.end() ? std::nullopt : std::optional(at->second);
}

/// Element i is made of elements i.
bool Terms::of_elements(const Term& term) const {
  return term.kind == Kind::sum || term.kind == Kind::product || term.kind == Kind::compare ||
         term.kind == Kind::condition || term.kind == Kind::mask || term.kind == Kind::where ||
         term.elementwise;
}

/// What follows from the arguments.
void Terms::measure(Term& term) const {
  constexpr std::size_t most = 1'000'000;
  std::size_t inside = term.head.size() + term.note.size();
  std::uint64_t varies = 0;
  for (std::size_t i = 0; i < term.args.size(); ++i) {
    const Term& arg = terms_[term.args[i]];
    inside += arg.size + 2;
    if (term.kind != Kind::over && i < term.numbers.size() && std::abs(term.numbers[i]) != 1)
      inside += 2;
    if ((term.kind == Kind::product || term.kind == Kind::matrix) && arg.kind == Kind::sum)
      inside += 2; // brackets
    varies |= arg.varies;
    term.infinite |= arg.infinite;
  }
  for (const double number : term.numbers) term.infinite |= std::isinf(number);
  term.size = std::min(std::max<std::size_t>(inside, 1), most);
  if (term.kind == Kind::named) term.size = std::max<std::size_t>(term.head.size(), 1);
  if (of_elements(term))
    term.varies = varies;
  else if (term.kind == Kind::placed || term.kind == Kind::position)
    term.varies = bits(term.axes);
  else if (term.kind == Kind::onehot)
    term.varies = varies | bits(term.axes);
  else
    term.varies = bits(kept({}, term.rank));
}

std::size_t Terms::size(const Scaled& x) const {
  return terms_[x.term].size + (std::abs(x.factor) == 1 ? 0 : 2);
}

Scaled Terms::symbol(std::string name, int rank) {
  return {1, intern({.kind = Kind::symbol, .head = std::move(name), .rank = rank})};
}

Scaled Terms::named(std::string name, Scaled body, int rank) {
  return {1, intern({.kind = Kind::named,
                     .head = std::move(name),
                     .args = {body.term},
                     .numbers = {body.factor},
                     .rank = rank})};
}

TermId Terms::whole(Scaled x) {
  if (x.factor == 1) return x.term;
  if (terms_[x.term].kind != Kind::sum)
    return intern({.kind = Kind::sum, .args = {x.term}, .numbers = {x.factor}});
  Term sum = terms_[x.term]; // 2 (a + b) stays one factor, -(a - b) is b - a
  if (x.factor != -1) return intern({.kind = Kind::sum, .args = {x.term}, .numbers = {x.factor}});
  for (double& number : sum.numbers) number = -number;
  return intern(std::move(sum));
}

Scaled Terms::unwrapped(TermId term) const {
  const Term& t = terms_[term];
  if (t.kind == Kind::sum && t.args.size() == 1) return {t.numbers[0], t.args[0]};
  return {1, term};
}

std::vector<Scaled> Terms::summands(Scaled x) const {
  const Term& term = terms_[x.term];
  if (term.kind != Kind::sum) return {x};
  std::vector<Scaled> all;
  for (std::size_t i = 0; i < term.args.size(); ++i)
    all.push_back({x.factor * term.numbers[i], term.args[i]});
  return all;
}

std::vector<std::pair<TermId, double>> Terms::factors(TermId id) const {
  if (id == one) return {};
  const Term& term = terms_[id];
  if (term.kind != Kind::product) return {{id, 1}};
  std::vector<std::pair<TermId, double>> all;
  for (std::size_t i = 0; i < term.args.size(); ++i)
    all.emplace_back(term.args[i], term.numbers[i]);
  return all;
}

bool Terms::is_call(TermId term, std::string_view head) const {
  return terms_[term].kind == Kind::call && terms_[term].head == head;
}
bool Terms::is_over(TermId term, std::string_view head) const {
  return terms_[term].kind == Kind::over && terms_[term].head == head;
}
TermId Terms::unplaced(TermId term) const {
  return terms_[term].kind == Kind::placed ? terms_[term].args[0] : term;
}

TermId Terms::unnamed(TermId term) const {
  while (terms_[term].kind == Kind::named && terms_[term].numbers[0] == 1)
    term = terms_[term].args[0];
  return term;
}

Scaled Terms::call(std::string name, std::vector<Scaled> args, std::string note, int rank) {
  Term term{.kind = Kind::call, .head = std::move(name), .note = std::move(note), .rank = rank};
  for (const Scaled& arg : args) term.args.push_back(whole(arg));
  return {1, intern(std::move(term))};
}

Scaled Terms::matrix(Scaled a, Scaled b, int rank) {
  if (a.factor == 0 || b.factor == 0) return {0, one};
  return {a.factor * b.factor,
          intern({.kind = Kind::matrix, .args = {a.term, b.term}, .rank = rank})};
}

Scaled Terms::turned(Scaled x) {
  const Term& term = terms_[x.term];
  if (x.term == one) return x;
  if (term.kind == Kind::turned) return {x.factor, term.args[0]};
  return {x.factor, intern({.kind = Kind::turned, .args = {x.term}, .rank = 2})};
}

Scaled Terms::index(Scaled x, std::vector<Scaled> at, Axes axes, int rank) {
  if (terms_[x.term].kind == Kind::position && terms_[x.term].rank == 1) return at.at(0);
  Term term{.kind = Kind::index, .args = {x.term}, .axes = std::move(axes), .rank = rank};
  for (const Scaled& i : at) term.args.push_back(whole(i));
  return {x.factor, intern(std::move(term))};
}

Scaled Terms::position(std::int64_t axis, int rank, std::string size) {
  if (axis < 0) return {0, one}; // an axis of size 1 that went without saying
  return {1,
          intern({.kind = Kind::position, .note = std::move(size), .axes = {axis}, .rank = rank})};
}

} // namespace nnc::formula
