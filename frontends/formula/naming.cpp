#include "frontends/formula/naming.h"

#include "frontends/formula/equations.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace nnc::formula {
namespace {

constexpr double worth = 32;           ///< characters that a name saves at least
constexpr std::size_t short_part = 7;  ///< characters that need no name
constexpr std::size_t long_part = 150; ///< characters of a line, roughly
constexpr std::size_t name_size = 2;

class Naming {
public:
  Naming(const Terms& terms, const std::vector<Line>& results, std::set<std::string> taken)
      : terms_(terms), results_(results), taken_(std::move(taken)), uses_(terms.count()),
        named_(terms.count()), shown_(terms.count()) {}

  Names run() {
    for (const Line& line : results_) top(line);
    share();
    shorten();
    return given();
  }

private:
  /// A result that others use by its name is defined where it stands.
  void top(const Line& line) {
    const Term& term = terms_[line.value.term];
    uses_[line.value.term] += 1;
    if (term.kind == Kind::named && term.head == line.name && line.value.factor == 1)
      result_names_.insert({line.value.term, line.name});
  }

  bool may_have_a_name(TermId id) const {
    switch (terms_[id].kind) {
    case Kind::named:
    case Kind::sum:
    case Kind::product:
    case Kind::call:
    case Kind::over:
    case Kind::matrix:
    case Kind::where:
    case Kind::index:
    case Kind::step:
      return true;
    default:
      return false;
    }
  }

  /// Those that use a term have larger ids.
  void share() {
    for (std::size_t i = terms_.count(); i-- > 0;) {
      const auto id = static_cast<TermId>(i);
      const Term& term = terms_[id];
      if (uses_[id] == 0) continue;
      const double saved = (uses_[id] - 1) * (static_cast<double>(term.size) - 1);
      if (term.kind == Kind::named)
        named_[id] = uses_[id] > 1 || result_names_.contains(id) ||
                     (!term.head.empty() && terms_[term.args[0]].size > long_part);
      else
        named_[id] =
            may_have_a_name(id) && !is_body(id) && term.size >= short_part && saved >= worth;
      if (named_[id] && term.kind == Kind::named && term.numbers[0] == 1)
        bodies_[term.args[0]] = id;
      const double passed = named_[id] ? 1 : uses_[id];
      for (const TermId arg : term.args) uses_[arg] = std::min(uses_[arg] + passed, 1e6);
    }
  }
  bool is_body(TermId id) const { return bodies_.contains(id); }

  /// What its line would show, in characters, and names for what is too long even so.
  void shorten() {
    for (std::size_t i = 0; i < terms_.count(); ++i) {
      const auto id = static_cast<TermId>(i);
      const Term& term = terms_[id];
      if (uses_[id] == 0) continue;
      std::size_t inside = term.kind == Kind::named ? 0 : term.head.size() + term.note.size();
      for (const TermId arg : term.args) inside += seen(arg) + 3;
      const bool result =
          std::ranges::any_of(results_, [&](const Line& line) { return line.value.term == id; });
      if (inside > long_part && may_have_a_name(id) && !result && !is_body(id)) named_[id] = true;
      shown_[id] = inside;
    }
  }
  std::size_t seen(TermId id) const {
    return named_[id] ? std::max(name_size, terms_[id].head.size()) : shown_[id];
  }

  std::string free_name() {
    static constexpr std::array letters = {"s", "t", "u", "v", "r", "q", "p", "z"};
    for (std::size_t round = 0;; ++round)
      for (const char* letter : letters) {
        std::string name = letter + (round == 0 ? "" : std::to_string(round));
        if (taken_.insert(name).second) return name;
      }
  }

  /// `_t` of what differs from step to step of a loop.
  std::string step_mark(TermId id) const {
    const std::string& steps = steps_[id];
    return steps.empty() ? "" : subscript(steps);
  }
  void find_steps() {
    steps_.resize(terms_.count());
    for (std::size_t i = 0; i < terms_.count(); ++i) {
      const Term& term = terms_[static_cast<TermId>(i)];
      for (const TermId arg : term.args) // letters of inner loops come behind those around them
        if (steps_[arg].size() > steps_[i].size()) steps_[i] = steps_[arg];
      if (term.kind != Kind::state && term.kind != Kind::series && term.kind != Kind::step)
        continue;
      const Loop& loop = terms_.loop(term.axes[0]);
      const bool inside = term.kind == Kind::step || term.head == state_of::before;
      if (const std::string own = inside ? steps_of(loop) : loop.around;
          own.size() > steps_[i].size())
        steps_[i] = own;
    }
  }

  Names given() {
    Names names;
    std::set<std::string> used;
    for (const Line& line : results_) used.insert(line.name);
    find_steps();
    for (std::size_t i = terms_.count(); i-- > 0;) {
      const auto id = static_cast<TermId>(i);
      const Term& term = terms_[id];
      if (!named_[id] || uses_[id] == 0) continue;
      const bool own = term.kind == Kind::named;
      std::string name = own ? term.head : "";
      if (name.empty() || !(result_names_.contains(id) || used.insert(name).second))
        name = free_name() + step_mark(id);
      names.of[id] = name;
      if (own && term.numbers[0] == 1) names.of[term.args[0]] = name;
      if (result_names_.contains(id)) continue;
      names.definitions.push_back(
          {name, own ? Scaled{term.numbers[0], term.args[0]} : Scaled{1, id}, id});
    }
    return names;
  }

  const Terms& terms_;
  const std::vector<Line>& results_;
  std::set<std::string> taken_;
  std::vector<double> uses_;       ///< in the text, by term
  std::vector<bool> named_;        ///< by term
  std::vector<std::size_t> shown_; ///< characters, by term
  std::vector<std::string> steps_; ///< letters of loops that it is in, by term
  std::map<TermId, std::string> result_names_;
  std::map<TermId, TermId> bodies_; ///< of terms of kind named that keep their name
};

} // namespace

Names name_parts(const Terms& terms, const std::vector<Line>& results,
                 std::set<std::string> taken) {
  return Naming(terms, results, std::move(taken)).run();
}

} // namespace nnc::formula
