// Which values a node reads. Only derivatives, loops and branches take values by name in their
// attributes.
#include "frontends/model/control_forms.h"
#include "frontends/model/derivative_forms.h"
#include "frontends/model/resolve.h"

namespace nnc {
namespace {

void add_names(const AttrDoc& value, bool wrt, std::vector<Reference>& into) {
  if (const auto* text = value.get<std::string>()) into.push_back({*text, value.mark, wrt});
  if (const auto* symbol = value.get<Symbol>()) into.push_back({symbol->text, value.mark, wrt});
  if (const auto* list = value.get<AttrList>())
    for (const AttrDoc& item : *list) add_names(item, wrt, into);
}

} // namespace

bool takes_function(const OpRow& row) { return attr_position(row, "function") >= 0; }

bool is_derivative(std::string_view op) { return find_derivative_form(op) != nullptr; }

std::string_view derivative_argument(std::string_view op, const Argument& argument,
                                     std::size_t position) {
  if (!argument.name.empty()) return argument.name;
  const DerivativeForm* form = find_derivative_form(op);
  return form && position < form->operands.size() ? form->operands[position] : std::string_view{};
}

namespace {

/// What a loop or branch names as its operands.
void add_operands(const Expression& expression, const Term& term, const ControlForm& form,
                  std::vector<Reference>& into) {
  for (const Argument& argument : term.arguments)
    if (argument.literal >= 0 && place_of(argument, form.values) < form.values.size())
      add_names(expression.literals[static_cast<std::size_t>(argument.literal)], false, into);
}

} // namespace

std::vector<Reference> references(const NodeDoc& node) {
  std::vector<Reference> result;
  const Expression& expression = node.expression;
  std::vector<bool> wrt(expression.terms.size(), false);
  for (const Term& term : expression.terms) {
    if (term.kind != Term::Kind::call) continue;
    if (const ControlForm* form = find_control_form(term.text))
      add_operands(expression, term, *form, result);
    if (!is_derivative(term.text)) continue;
    for (std::size_t i = 0; i < term.arguments.size(); ++i) {
      const Argument& argument = term.arguments[i];
      const std::string_view name = derivative_argument(term.text, argument, i);
      if (argument.term >= 0 && name == "wrt") wrt[static_cast<std::size_t>(argument.term)] = true;
      if (argument.literal >= 0)
        add_names(expression.literals[static_cast<std::size_t>(argument.literal)], name == "wrt",
                  result);
    }
  }
  for (std::size_t i = 0; i < expression.terms.size(); ++i) {
    const Term& term = expression.terms[i];
    if (term.kind == Term::Kind::name) result.push_back({term.text, term.mark, wrt[i]});
  }
  return result;
}

} // namespace nnc
