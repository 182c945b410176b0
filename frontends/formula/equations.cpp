#include "frontends/formula/equations.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace nnc::formula {
namespace {

/// `h` at a step that is not the one which is written about.
std::string at(const Loop& loop, const std::string& name, const std::string& step) {
  return name + subscript(loop.around.empty() ? step : loop.around + "," + step);
}

std::string next_number(const std::string& text) {
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  return digits && text.size() < 10 ? std::to_string(std::stol(text) + 1) : text + "+1";
}

class Search {
public:
  explicit Search(const Terms& terms) : terms_(terms), seen_(terms.count()) {}

  void enter(Scaled x) {
    if (!seen_[x.term]) next_.push_back(x.term);
    seen_[x.term] = true;
    while (!next_.empty()) {
      const Term& term = terms_[next_.back()];
      next_.pop_back();
      for (const TermId arg : term.args) push(arg);
      if (term.kind == Kind::state)
        use(term.axes[0], term.axes[1], terms_.loop(term.axes[0]).carries);
      if (term.kind == Kind::series)
        use(term.axes[0], term.axes[1], terms_.loop(term.axes[0]).stacks);
    }
  }

  /// Loops that were read later use earlier ones.
  std::vector<UsedEquation> found() const {
    std::vector<UsedEquation> all;
    for (auto number = static_cast<std::int64_t>(terms_.loop_count()); number-- > 0;) {
      const Loop& loop = terms_.loop(number);
      std::set<std::string> names;
      const auto add = [&](const std::vector<Equation>& list) {
        for (const Equation& each : list)
          if (used_.contains(&each) && names.insert(each.name).second)
            all.push_back({number, &each});
      };
      add(loop.carries);
      add(loop.stacks);
      if (!names.empty() && loop.condition) all.push_back({number});
    }
    std::ranges::stable_sort(all, std::greater(),
                             [&](const UsedEquation& each) { return terms_.loop(each.loop).end; });
    return all;
  }

private:
  void push(TermId id) {
    if (!seen_[id]) next_.push_back(id);
    seen_[id] = true;
  }
  void push(const std::optional<Scaled>& x) {
    if (x) push(x->term);
  }

  void use(std::int64_t number, std::int64_t position, const std::vector<Equation>& list) {
    const Loop& loop = terms_.loop(number);
    if (position >= 0) {
      const Equation& equation = list[static_cast<std::size_t>(position)];
      // A sequence that is carried as well as stacked is written as it is carried.
      const auto carried = std::ranges::find(loop.carries, equation.name, &Equation::name);
      mark(carried == loop.carries.end() ? equation : *carried);
    }
    push(loop.condition);
    push(loop.count);
    if (position < 0)
      for (const Equation& each : loop.carries) mark(each);
  }
  void mark(const Equation& equation) {
    used_.insert(&equation);
    push(equation.element.term);
    push(equation.first);
  }

  const Terms& terms_;
  std::vector<bool> seen_;
  std::vector<TermId> next_;
  std::set<const Equation*> used_;
};

} // namespace

std::string subscript(const std::string& step) {
  const bool one = step.find_first_of(",+-() ") == std::string::npos;
  return one ? "_" + step : "_{" + step + "}";
}

std::string steps_of(const Loop& loop) {
  return loop.around.empty() ? loop.step : loop.around + "," + loop.step;
}

std::string state_text(const Terms& terms, const Term& state, const std::string& steps) {
  const Loop& loop = terms.loop(state.axes[0]);
  if (state.head == state_of::count) return steps;
  if (state.head == state_of::last) return at(loop, state.note, loop.reverse ? "1" : steps);
  return at(loop, state.note, loop.step + (loop.reverse ? "+1" : "-1"));
}

std::string first_text(const Loop& loop, const Equation& equation, const std::string& steps) {
  return at(loop, equation.name, loop.reverse ? next_number(steps) : "0");
}

std::string range_text(const Loop& loop, const std::string& steps) {
  const std::string each = loop.around.empty() ? "" : " for each " + loop.around;
  return loop.reverse ? fmt::format("{} = {}..1{}", loop.step, steps, each)
                      : fmt::format("{} = 1..{}{}", loop.step, steps, each);
}

std::vector<UsedEquation> used_equations(const Terms& terms, const std::vector<Line>& lines) {
  Search search(terms);
  for (const Line& line : lines) search.enter(line.value);
  return search.found();
}

std::vector<Line> lines_of(const Terms& terms, const UsedEquation& used) {
  const Loop& loop = terms.loop(used.loop);
  std::vector<Line> lines;
  if (!used.equation) return {{"", *loop.condition}};
  lines.push_back({used.equation->name + subscript(steps_of(loop)), used.equation->element});
  if (used.equation->first) lines.push_back({"", *used.equation->first});
  if (loop.count) lines.push_back({"", *loop.count});
  return lines;
}

} // namespace nnc::formula
