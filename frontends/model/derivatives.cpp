// `grad`, `vjp` and `hvp` as `grad` nodes: operands of, [seed], wrt...
#include "frontends/model/evaluate.h"
#include "ir/grad_node.h"
#include "ir/messages.h"

#include <fmt/format.h>

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

std::vector<Value> Evaluator::derivative(const NodeDoc& node, const Term& term) {
  const std::string_view third =
      derivative_argument(term.text, Argument{}, 2); // "seed" or "vector"
  std::vector<Value> of, wrt, directions;
  for (std::size_t i = 0; i < term.arguments.size(); ++i) {
    const Argument& argument = term.arguments[i];
    const std::string_view name = derivative_argument(term.text, argument, i);
    std::vector<Value>* into = name == "of"    ? &of
                               : name == "wrt" ? &wrt
                               : name == third ? &directions
                                               : nullptr;
    if (!into) {
      const std::vector<std::string_view> known = {"of", "wrt", third};
      fail("E0204", argument.mark,
           name.empty() ? term.text + " takes of, wrt and " + std::string(third)
                        : term.text + " has no attribute " + quote(name),
           did_you_mean(name, known));
      return {};
    }
    const AttrDoc* literal = argument.literal >= 0 ? &this->literal(node, argument) : nullptr;
    if (name == third && literal && literal->null()) continue;
    if (!named_values(node, argument, *into)) return {};
  }
  const bool directed = term.text != "grad" || !directions.empty();
  const std::size_t wanted = !directed ? 0 : third == "seed" ? 1 : wrt.size();
  if (of.size() != 1 || wrt.empty() || directions.size() != wanted) {
    fail("E0204", term.mark,
         of.size() != 1 ? term.text + ": 'of' is one value"
         : wrt.empty()  ? term.text + ": 'wrt' names at least one variable"
                        : fmt::format("{}: '{}' is {} {}, not {}", term.text, third, wanted,
                                     wanted == 1 ? "value" : "values", directions.size()));
    return {};
  }
  if (third == "seed") return build_grad(scope_, {of[0], directed ? directions[0] : Value{}, wrt});
  return hessian_vector(of[0], wrt, directions, term);
}

/// H v is the gradient of grad . v, in which v is a constant.
std::vector<Value> Evaluator::hessian_vector(Value of, const std::vector<Value>& wrt,
                                             const std::vector<Value>& vector, const Term& term) {
  const std::vector<Value> first = build_grad(scope_, {of, {}, wrt});
  Value product;
  for (std::size_t i = 0; i < first.size() && !scope_.error(); ++i) {
    const Value fixed = scope_.op("stop_gradient", {vector[i]});
    if (scope_.type(fixed) != scope_.type(first[i])) {
      fail("E0203", term.mark,
           fmt::format("{}: the vector is {}, the variable {}", term.text,
                       to_string(scope_.type(fixed)), to_string(scope_.type(first[i]))));
      return {};
    }
    std::vector<std::int64_t> axes;
    for (int axis = 0; axis < scope_.rank(fixed); ++axis) axes.push_back(axis);
    const Value term_value = scope_.sum(scope_.mul(first[i], fixed), axes);
    product = product.valid() ? scope_.add(product, term_value) : term_value;
  }
  return scope_.error() ? std::vector<Value>{} : build_grad(scope_, {product, {}, wrt});
}

} // namespace nnc
