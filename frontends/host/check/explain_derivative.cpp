#include "frontends/host/check/explain_derivative.h"

#include "frontends/host/check/operand_elements.h"
#include "frontends/host/check/rule_check.h"
#include "ir/text/explanation.h"
#include "ir/text/print.h"

#include <fmt/format.h>

namespace nnc {
namespace {

/// What the forward node is, whose rule is to blame.
std::string rule_text(const Graph& graph, const WrongRule& wrong) {
  const Node& node = graph.node(wrong.node);
  const Value operand = node.inputs[wrong.operand];
  const std::string place = origin_text(graph.context(), node.origin);
  std::string text = fmt::format("the rule of `{}` is wrong by itself", node.row->name);
  if (!place.empty()) text += " (" + place + ")";
  if (wrong.element >= 0)
    text += fmt::format(": for operand {} at {}", wrong.operand,
                        to_string(index_of(graph.type(operand).shape, wrong.element)));
  else
    text += fmt::format(": for operand {}, along a random direction,", wrong.operand);
  return text + fmt::format(" it gives {}, dual numbers {}\n", number_text(wrong.rule),
                            number_text(wrong.duals));
}

} // namespace

Result<std::string> explain_difference(const DerivativeComparison& comparison,
                                       std::size_t variable) {
  const auto worst = comparison.worst(variable);
  if (!worst) return worst.error();
  const Graph& derivative = comparison.derivative();
  std::string text =
      fmt::format("{} is {} by the rules, {} by dual numbers, {} by differences (in f64)\n",
                  comparison.element_name(*worst), number_text(worst->rule),
                  number_text(worst->duals), number_text(worst->differences));
  text += Explanation(derivative).text(derivative.outputs[variable].value);
  if (!comparison.duals_differ(*worst))
    return text + "dual numbers agree with the rules: the function jumps or bends here, or is too "
                  "rough for differences\n";
  const auto wrong = find_wrong_rule(comparison.function(), comparison.inputs(),
                                     comparison.variable(variable), comparison.tolerance());
  if (!wrong) return wrong.error();
  if (*wrong) return text + rule_text(comparison.function(), **wrong);
  return text + "every rule on the way is right by itself: the fault is in `differentiate`, or in "
                "a rewrite (--check-rewrites)\n";
}

} // namespace nnc
