#include "frontends/formula/write.h"

#include "frontends/formula/divisors.h"
#include "frontends/formula/equations.h"
#include "frontends/formula/lines.h"
#include "frontends/formula/write_term.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::formula {
namespace {

constexpr std::size_t indent = 4;

class Page {
public:
  Page(const Terms& terms, const std::vector<Line>& results, DType dtype,
       std::set<std::string> taken)
      : terms_(terms), results_(results), dtype_(dtype), equations_(used_equations(terms, results)),
        names_(name_parts(terms, all_lines(), std::move(taken))) {}

  std::string text() {
    std::string text;
    for (const Line& line : results_) text += wrapped(result(line), indent);
    std::string rest;
    auto next = equations_.begin();
    for (const Line& line : names_.definitions) {
      for (; next != equations_.end() && terms_.loop(next->loop).end > line.at; ++next)
        rest += below(*next);
      rest += wrapped("  " + line.name + " = " + defined(line.value), indent + 2);
    }
    for (; next != equations_.end(); ++next) rest += below(*next);
    for (const TermId divisor : divisors_of_products(terms_, all_lines()))
      rest +=
          wrapped("  no " + term_text(terms_, names_, dtype_, {1, divisor}) + " is 0", indent + 2);
    return rest.empty() ? text : text + "where\n" + rest;
  }

private:
  std::vector<Line> all_lines() const {
    std::vector<Line> lines = results_;
    for (const UsedEquation& each : equations_)
      for (Line& line : lines_of(terms_, each)) lines.push_back(std::move(line));
    return lines;
  }

  std::string defined(Scaled x) const { return definition(terms_, names_, dtype_, x); }

  /// A result that is the sequence of an equation is that equation.
  std::string result(const Line& line) {
    if (terms_[line.value.term].kind == Kind::series && line.value.factor == 1) {
      const auto own = std::ranges::find_if(equations_, [&](const UsedEquation& each) {
        return each.loop == terms_[line.value.term].axes[0] && each.equation &&
               each.equation->name == line.name;
      });
      if (own != equations_.end()) return written_above_.insert(line.name), equation(*own);
    }
    const auto name = names_.of.find(line.value.term);
    const bool own = name == names_.of.end() || name->second == line.name;
    return line.name + " = " +
           (own ? defined(line.value) : defined({line.value.factor, line.value.term}));
  }

  /// "h_t = tanh(h_{t-1} w), h_0 = 0, t = 1..5"
  std::string equation(const UsedEquation& used) const {
    const Loop& loop = terms_.loop(used.loop);
    const std::string steps = steps_text(loop);
    if (!used.equation) {
      std::string text =
          steps + " = steps while " + condition_text(terms_, names_, dtype_, *loop.condition);
      return loop.length < 0 ? text : text + fmt::format(", at most {}", loop.length);
    }
    const Equation& own = *used.equation;
    std::string text = own.name + subscript(steps_of(loop)) + " = " + defined(own.element);
    if (own.first) text += ", " + first_text(loop, own, steps) + " = " + defined(*own.first);
    return text + ", " + range_text(loop, steps);
  }
  std::string steps_text(const Loop& loop) const {
    if (!loop.count_name.empty()) return loop.count_name;
    return loop.count ? defined(*loop.count) : std::to_string(loop.length);
  }

  std::string below(const UsedEquation& used) const {
    if (used.equation && written_above_.contains(used.equation->name)) return {};
    return wrapped("  " + equation(used), indent + 2);
  }

  const Terms& terms_;
  const std::vector<Line>& results_;
  DType dtype_;
  std::vector<UsedEquation> equations_;
  Names names_;
  std::set<std::string> written_above_; ///< sequences that are results
};

} // namespace

std::string write(const Terms& terms, const std::vector<Line>& results, DType dtype,
                  std::set<std::string> taken) {
  return Page(terms, results, dtype, std::move(taken)).text();
}

} // namespace nnc::formula
