// What goes into bodies of loops and branches, and what comes out of them.

#include "ir/control.h"
#include "ir/text/explanation.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

/// The operand that a body's input begins as, and how.
struct Given {
  Value operand;
  const char* as = "";
  bool carried = false; ///< and handed on by the body itself
};

Given given_by(const Graph& graph, const Node& node, const Graph& body, std::size_t input) {
  const auto operands = graph.operands(node);
  if (!node.row->control) return {.operand = operands[input]};
  const Control control = node.row->control(graph.attrs(node));
  if (control.kind == ControlKind::branch) return {.operand = operands[input + 1]};
  const LoopOperands loop = loop_operands(graph, node, control);
  if (input < loop.carries.size())
    return {
        .operand = loop.carries[input], .as = "at first ", .carried = &body == control.body.get()};
  std::size_t rest = input - loop.carries.size();
  if (&body == control.condition.get()) return {.operand = loop.with[rest]};
  if (rest < loop.over.size()) return {.operand = loop.over[rest], .as = "a slice of "};
  return {.operand = loop.with[rest - loop.over.size()]};
}

} // namespace

void Explanation::add_runners(const Graph& graph) {
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    if (!live[id]) continue;
    const Node& node = graph.node(NodeId{id});
    const Attrs& attrs = graph.context().attrs[node.attrs];
    for (std::size_t i = 0; i < attrs.size(); ++i)
      if (const Body* body = std::get_if<Body>(&attrs[i]))
        parts_.at(body->graph.get())
            .runners.push_back({&graph, NodeId{id}, node.row->attrs[i].name});
  }
}

std::string Explanation::place(const Graph& graph) const {
  const Part& own = part(graph);
  if (own.runners.empty()) return "function " + own.name;
  const Runner& first = own.runners.front();
  const auto of = [&](const Runner& runner) {
    return fmt::format("{} of {}", runner.as,
                       written({runner.graph, runner.graph->result(runner.node)}));
  };
  std::string text = fmt::format("{}, {}", own.name, of(first));
  for (std::size_t i = 1; i < own.runners.size(); ++i)
    text += (i + 1 < own.runners.size() ? ", " : " and ") + of(own.runners[i]);
  return text + " in " + place(*first.graph);
}

std::string Explanation::given_to(ValueIn input, bool brief) const {
  const Graph& body = *input.graph;
  const auto place = std::ranges::find(body.inputs, input.value);
  if (&body == &function_ || place == body.inputs.end()) return {};
  const auto at = static_cast<std::size_t>(place - body.inputs.begin());
  const Runner& runner = part(body).runners.front();
  const Given given = given_by(*runner.graph, runner.graph->node(runner.node), body, at);
  const auto shown = [&](ValueIn value) { return brief ? written(value) : line(value); };
  std::string text = given.as + shown({runner.graph, given.operand});
  if (brief && given.as[0] == 0) text += " of " + part(*runner.graph).name;
  if (given.carried) text += ", then " + shown({&body, body.outputs[at].value});
  return text;
}

/// Of a result of a node that runs graphs: the values inside that it is.
std::string Explanation::made_in_bodies(ValueIn at) const {
  const Node& node = at.graph->producer(at.value);
  if (!node.row->control) return {};
  const auto result = static_cast<std::size_t>(at.graph->result_index(at.value));
  const Control control = node.row->control(at.graph->attrs(node));
  const auto inside = [&](const char* how, const Graph& body) {
    return fmt::format("  {} {} in {}\n", how, line({&body, body.outputs[result].value}),
                       part(body).name);
  };
  if (control.kind == ControlKind::branch)
    return inside("where the condition holds", *control.body) + inside("else", *control.otherwise);
  if (result >= control.body->outputs.size()) return "  counts the steps taken\n";
  const bool carried = result < static_cast<std::size_t>(control.carries);
  return inside(carried ? "is the last" : "stacks, for each step,", *control.body);
}

} // namespace nnc
