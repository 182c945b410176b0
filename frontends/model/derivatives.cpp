// `grad` and its kin: their operands are found by name and checked; ir/modes.h builds the nodes.
#include "frontends/model/derivative_forms.h"
#include "frontends/model/evaluate.h"
#include "frontends/nn/counted.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

/// Adds the values that an argument names: a name, a list of names, or one expression.
bool Evaluator::named_values(const NodeDoc& node, const Argument& argument,
                             std::vector<Value>& into) {
  if (argument.term >= 0) {
    const nn::Operand operand = term_value(argument.term);
    const auto* value = std::get_if<Value>(&operand);
    if (!value) fail("E0203", argument.mark, "a number stands where a tensor is needed");
    if (value) into.push_back(*value);
    return value != nullptr;
  }
  const auto one = [&](const AttrDoc& item) {
    const auto* text = item.get<std::string>();
    const auto* symbol = item.get<Symbol>();
    if (!text && !symbol) {
      fail("E0107", item.mark, fmt::format("expected a name, found {}", kind_name(item)));
      return false;
    }
    const nn::Operand operand = lookup(text ? *text : symbol->text, item.mark);
    const auto* value = std::get_if<Value>(&operand);
    if (!value && operand.index() != 0)
      fail("E0203", item.mark, quote(text ? *text : symbol->text) + " is a number, not a tensor");
    if (value) into.push_back(*value);
    return value != nullptr;
  };
  const AttrDoc& literal = this->literal(node, argument);
  const auto* list = literal.get<AttrList>();
  if (!list) return one(literal);
  bool fine = true;
  for (const AttrDoc& item : *list) fine = one(item) && fine;
  return fine;
}

/// The operands of a derivative by what they are for.
struct Evaluator::Derivative {
  std::vector<Value> of, wrt, directions;
};

bool Evaluator::derivative_operands(const NodeDoc& node, const Term& term,
                                    const DerivativeForm& form, Derivative& operands) {
  for (std::size_t i = 0; i < term.arguments.size(); ++i) {
    const Argument& argument = term.arguments[i];
    const std::string_view name = derivative_argument(term.text, argument, i);
    const auto* place = std::ranges::find(form.operands, name);
    if (place == form.operands.end() || name.empty()) {
      std::vector<std::string_view> known(form.operands.begin(), form.operands.end());
      std::erase(known, std::string_view{});
      fail("E0204", argument.mark,
           name.empty() ? fmt::format("{} takes {}", term.text, fmt::join(known, ", "))
                        : term.text + " has no attribute " + quote(name),
           did_you_mean(name, known));
      return false;
    }
    std::vector<Value>* into[] = {&operands.of, &operands.wrt, &operands.directions};
    const auto position = place - form.operands.begin();
    const AttrDoc* literal = argument.literal >= 0 ? &this->literal(node, argument) : nullptr;
    if (position == 2 && form.directions == Directions::optional && literal && literal->null())
      continue;
    if (!named_values(node, argument, *into[position])) return false;
  }
  return true;
}

bool Evaluator::check_derivative(const Term& term, const DerivativeForm& form,
                                 const Derivative& operands) {
  const auto& [of, wrt, directions] = operands;
  const std::size_t given = directions.size();
  const std::size_t wanted = form.directions == Directions::none           ? 0
                             : form.directions == Directions::per_variable ? wrt.size()
                             : form.directions == Directions::of_result
                                 ? 1
                                 : std::min<std::size_t>(given, 1);
  if (of.size() != 1 || wrt.empty() || given != wanted) {
    fail("E0204", term.mark,
         of.size() != 1 ? term.text + ": 'of' is one value"
         : wrt.empty()  ? term.text + ": 'wrt' names at least one variable"
                        : fmt::format("{}: '{}' is {}, not {}", term.text, form.operands[2],
                                      counted(static_cast<std::int64_t>(wanted), "value"), given));
    return false;
  }
  for (std::size_t i = 0; i < wrt.size(); ++i) {
    const Type& variable = scope_.type(wrt[i]);
    if (!is_float(variable.dtype)) {
      fail("E0203", term.mark,
           fmt::format("{}: cannot differentiate with respect to {}", term.text,
                       to_string(variable)),
           "only floats have derivatives");
      return false;
    }
    if (form.directions != Directions::per_variable || scope_.type(directions[i]) == variable)
      continue;
    fail("E0203", term.mark,
         fmt::format("{}: the {} is {}, the variable {}", term.text, form.operands[2],
                     to_string(scope_.type(directions[i])), to_string(variable)));
    return false;
  }
  if (is_float(scope_.dtype(of[0]))) return true;
  fail("E0203", term.mark,
       fmt::format("{}: only floats have derivatives, 'of' is {}", term.text,
                   to_string(scope_.type(of[0]))));
  return false;
}

std::vector<Value> Evaluator::derivative(const NodeDoc& node, const Term& term) {
  const DerivativeForm& form = *find_derivative_form(term.text);
  Derivative operands;
  if (!derivative_operands(node, term, form, operands)) return {};
  if (!check_derivative(term, form, operands)) return {};
  std::vector<Value> results =
      form.build(scope_, operands.of[0], operands.wrt, operands.directions);
  return scope_.error() ? std::vector<Value>{} : results;
}

} // namespace nnc
