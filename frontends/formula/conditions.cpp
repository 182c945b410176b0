// Conditions, and what depends on them. Numbers are real here: tests for what only a computation
// meets, an overflow or an exponential that has become zero, are known to fail.

#include "frontends/formula/term.h"

#include <algorithm>
#include <cmath>

namespace nnc::formula {
namespace {

constexpr std::pair<std::string_view, std::string_view> opposites[] = {
    {"=", "!="}, {"<", ">="}, {">", "<="}};

std::string opposite(const std::string& op) {
  for (const auto& [a, b] : opposites) {
    if (op == a) return std::string(b);
    if (op == b) return std::string(a);
  }
  return {};
}

std::string turned_round(const std::string& op) {
  if (op == "<") return ">";
  if (op == ">") return "<";
  if (op == "<=") return ">=";
  if (op == ">=") return "<=";
  return op;
}

double holds(const std::string& op, double a, double b) {
  if (op == "=") return a == b;
  if (op == "!=") return a != b;
  if (op == "<") return a < b;
  if (op == "<=") return a <= b;
  if (op == ">") return a > b;
  return a >= b;
}

} // namespace

/// 1 or 0 where it is known whether the comparison holds.
std::optional<double> Terms::known(const std::string& op, Scaled a, Scaled b) const {
  if (a.term == one && b.term == one) return holds(op, a.factor, b.factor);
  if (op != "=" && op != "!=") return std::nullopt;
  const double different = op == "!=" ? 1 : 0;
  if (b.term != one) return std::nullopt;
  if (std::isinf(b.factor) && !terms_[a.term].infinite) return different;
  const TermId bare = unplaced(a.term);
  const bool positive = is_over(bare, "sum") && is_call(terms_[bare].args[0], "exp");
  if (b.factor == 0 && positive && !terms_[bare].infinite) return different;
  return std::nullopt;
}

Scaled Terms::compare(const std::string& op, Scaled a, Scaled b, int rank) {
  if (const auto answer = known(op, a, b)) return {*answer, one};
  if (a.term == one) return compare(turned_round(op), b, a, rank);
  if ((op == "<=" || op == ">=") && terms_[a.term].kind == Kind::position) {
    // Positions are integers: i <= j - 1 is i < j.
    const Scaled next = add(b, {op == "<=" ? 1.0 : -1.0, one});
    if (next.factor == 1 && terms_[next.term].kind == Kind::position)
      return compare(op.substr(0, 1), a, next, rank);
  }
  std::string head = op;
  if (b == Scaled{0, one}) {
    if (a.factor < 0) head = turned_round(op);
    a.factor = 1;
    if ((op == "=" || op == "!=") && is_over(unplaced(a.term), "sum")) { // of squares: of the norm
      const Scaled root = root_of(a);
      if (is_over(unplaced(root.term), "norm")) a = root;
    }
  }
  return {1, intern({.kind = Kind::compare,
                     .head = std::move(head),
                     .args = {whole(a), whole(b)},
                     .rank = rank})};
}

Scaled Terms::condition(const std::string& head, std::vector<Scaled> args) {
  if (head == "not") return negation(args.at(0));
  const double neutral = head == "and" ? 1 : 0;
  Term term{.kind = Kind::condition, .head = head};
  for (const Scaled& arg : args) {
    if (arg.term == one && (arg.factor != 0) == (neutral != 0)) continue;
    if (arg.term == one) return arg;
    const TermId id = whole(arg);
    const bool same = terms_[id].kind == Kind::condition && terms_[id].head == head;
    for (const TermId part : same ? terms_[id].args : std::vector{id})
      if (std::ranges::find(term.args, part) == term.args.end()) term.args.push_back(part);
  }
  if (term.args.empty()) return {neutral, one};
  if (term.args.size() == 1) return {1, term.args[0]};
  if (const auto fewer = without_cases(term)) return condition(head, *fewer);
  for (const TermId part : std::vector(term.args)) // a condition and its opposite
    if (std::ranges::find(term.args, negation({1, part}).term) != term.args.end())
      return {1 - neutral, one};
  return {1, intern(std::move(term))};
}

/// (a and b) or (a and not b) = a, and the same with "and" and "or" exchanged: the parts with one
/// for two such, if there are any.
std::optional<std::vector<Scaled>> Terms::without_cases(const Term& term) {
  const std::string inner = term.head == "and" ? "or" : "and";
  const auto parts_of = [&](TermId id) {
    const Term& part = terms_[id];
    return part.kind == Kind::condition && part.head == inner ? part.args : std::vector{id};
  };
  for (std::size_t i = 0; i < term.args.size(); ++i)
    for (std::size_t k = i + 1; k < term.args.size(); ++k) {
      std::vector<TermId> shared = parts_of(term.args[i]), rest = parts_of(term.args[k]);
      const auto both = [&](TermId id) { return std::ranges::find(rest, id) != rest.end(); };
      const auto own = std::ranges::find_if_not(shared, both);
      if (shared.size() != rest.size() || shared.size() < 2 || own == shared.end()) continue;
      const TermId opposite = negation({1, *own}).term;
      shared.erase(own);
      if (!both(opposite) || !std::ranges::all_of(shared, both)) continue;
      std::vector<Scaled> common, parts;
      for (const TermId id : shared) common.push_back({1, id});
      for (std::size_t other = 0; other < term.args.size(); ++other)
        if (other != i && other != k) parts.push_back({1, term.args[other]});
      parts.push_back(condition(inner, common));
      return parts;
    }
  return std::nullopt;
}

Scaled Terms::negation(Scaled x) {
  if (x.term == one) return {x.factor == 0 ? 1.0 : 0.0, one};
  const Term& term = terms_[x.term];
  if (term.kind == Kind::compare)
    return compare(opposite(term.head), unwrapped(term.args[0]), unwrapped(term.args[1]),
                   term.rank);
  if (term.kind == Kind::condition && term.head == "not") return {1, term.args[0]};
  return {1, intern({.kind = Kind::condition, .head = "not", .args = {x.term}})};
}

bool Terms::opposed(TermId condition, TermId other) const {
  const Term &a = terms_[condition], &b = terms_[other];
  if (a.kind == Kind::condition && a.head == "not" && a.args[0] == other) return true;
  if (b.kind == Kind::condition && b.head == "not" && b.args[0] == condition) return true;
  return a.kind == Kind::compare && b.kind == Kind::compare && a.args == b.args &&
         opposite(a.head) == b.head;
}

Scaled Terms::mask(Scaled x) {
  if (x.term == one) return x;
  const Term& term = terms_[x.term];
  if (term.kind == Kind::compare && term.head == "=") {
    for (const auto& [place, other] :
         {std::pair{term.args[0], term.args[1]}, std::pair{term.args[1], term.args[0]}}) {
      const Term& position = terms_[place];
      if (position.kind != Kind::position || terms_[other].varies & bits(position.axes)) continue;
      return {1, intern({.kind = Kind::onehot,
                         .note = position.note,
                         .args = {other},
                         .axes = position.axes,
                         .rank = position.rank})};
    }
  }
  return {1, intern({.kind = Kind::mask, .args = {x.term}})};
}

/// What x is where the condition is known.
Scaled Terms::under(Scaled x, TermId condition, bool known_to_hold) {
  const Term& term = terms_[x.term];
  if (x.term == condition) return {known_to_hold ? 1.0 : 0.0, one};
  if (negation({1, condition}).term == x.term) return {known_to_hold ? 0.0 : 1.0, one};
  const bool of_elements = term.kind == Kind::sum || term.kind == Kind::product ||
                           term.kind == Kind::condition || term.kind == Kind::mask ||
                           term.kind == Kind::where || term.elementwise;
  if (!of_elements) return x;
  std::vector<Scaled> args;
  bool changed = false;
  for (const TermId arg : term.args) {
    const Scaled before = unwrapped(arg);
    args.push_back(under(before, condition, known_to_hold));
    changed |= args.back() != before;
  }
  if (!changed) return x;
  const Scaled made = rebuilt(x.term, args);
  return {x.factor * made.factor, made.term};
}

/// The same for each part of the condition that is known by it.
Scaled Terms::given(Scaled x, TermId condition, bool known_to_hold) {
  if (terms_[condition].kind == Kind::condition &&
      terms_[condition].head == (known_to_hold ? "and" : "or"))
    for (const TermId part : std::vector(terms_[condition].args)) x = under(x, part, known_to_hold);
  return under(x, condition, known_to_hold);
}

Scaled Terms::where(Scaled condition, Scaled yes, Scaled no) {
  if (condition.term == one) return condition.factor != 0 ? yes : no;
  yes = given(yes, condition.term, true);
  no = given(no, condition.term, false);
  if (yes == no) return yes;
  if (no.factor == 0) return multiply(mask(condition), yes);
  if (yes.factor == 0) {
    const Term& test = terms_[condition.term]; // 0 where x <= 0, else x
    const bool positive = test.kind == Kind::compare && (test.head == "<=" || test.head == "<") &&
                          unwrapped(test.args[1]) == Scaled{0, one};
    if (positive && test.args[0] == no.term && no.factor > 0) {
      const Scaled made = function("relu", {{1, no.term}});
      return {no.factor * made.factor, made.term};
    }
    return multiply(mask(negation(condition)), no);
  }
  return {1, intern({.kind = Kind::where, .args = {condition.term, whole(yes), whole(no)}})};
}

} // namespace nnc::formula
