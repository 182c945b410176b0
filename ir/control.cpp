#include "ir/control.h"

#include <algorithm>

namespace nnc {

LoopOperands loop_operands(const Graph& graph, const Node& node, const Control& loop) {
  auto all = graph.operands(node);
  LoopOperands operands;
  if (loop.counted) {
    operands.count = all.back();
    all = all.first(all.size() - 1);
  }
  const auto carries = static_cast<std::size_t>(loop.carries);
  const auto over = static_cast<std::size_t>(loop.over);
  operands.carries = all.first(carries);
  operands.over = all.subspan(carries, over);
  operands.with = all.subspan(carries + over);
  return operands;
}

LoopParts loop_parts(const Graph& graph, const Node& node, const Control& loop) {
  const LoopOperands operands = loop_operands(graph, node, loop);
  return {.body = loop.body,
          .condition = loop.condition,
          .carries = {operands.carries.begin(), operands.carries.end()},
          .over = {operands.over.begin(), operands.over.end()},
          .with = {operands.with.begin(), operands.with.end()},
          .count = operands.count,
          .length = loop.length,
          .reverse = loop.reverse,
          .checkpoint = loop.checkpoint};
}

std::vector<Value> build_loop(Builder& b, const LoopParts& parts) {
  std::vector<Value> operands = parts.carries;
  operands.insert(operands.end(), parts.over.begin(), parts.over.end());
  operands.insert(operands.end(), parts.with.begin(), parts.with.end());
  NamedAttrs attrs = {{"body", Body{parts.body}},
                      {"carries", static_cast<std::int64_t>(parts.carries.size())},
                      {"over", static_cast<std::int64_t>(parts.over.size())}};
  if (parts.condition) {
    if (parts.reverse || parts.count.valid())
      throw InternalError("a loop with a condition is neither reversed nor counted");
    attrs.push_back({"cond", Body{parts.condition}});
    attrs.push_back({"max_steps", parts.length});
    return b.ops("while", operands, attrs);
  }
  if (parts.count.valid()) operands.push_back(parts.count);
  attrs.push_back({"length", parts.length});
  attrs.push_back({"reverse", parts.reverse});
  attrs.push_back({"counted", parts.count.valid()});
  attrs.push_back({"checkpoint", parts.checkpoint});
  return b.ops("scan", operands, attrs);
}

namespace {

/// The loop whose results are all that a body gives, in order.
std::optional<LoopParts> loop_given(const Graph& body) {
  if (body.outputs.empty()) return std::nullopt;
  const Node& node = body.producer(body.outputs[0].value);
  if (!node.row->control || node.result_count != body.outputs.size()) return std::nullopt;
  for (std::size_t i = 0; i < body.outputs.size(); ++i)
    if (body.outputs[i].value.id != node.first.id + i) return std::nullopt;
  const Control control = node.row->control(body.attrs(node));
  if (control.kind != ControlKind::loop) return std::nullopt;
  return loop_parts(body, node, control);
}

} // namespace

std::optional<LoopParts> segment_inside(const LoopParts& loop) {
  auto inner = loop_given(*loop.body);
  if (!inner) return std::nullopt;
  std::vector<Value> over = inner->over;
  if (inner->count.valid()) over.push_back(inner->count);
  if (inner->carries.size() != loop.carries.size() || over.size() != loop.over.size())
    return std::nullopt;
  std::vector<Value> taken = inner->carries;
  taken.insert(taken.end(), over.begin(), over.end());
  taken.insert(taken.end(), inner->with.begin(), inner->with.end());
  return taken == loop.body->inputs ? inner : std::nullopt;
}

std::vector<Value> build_branch(Builder& b, std::span<const Value> operands,
                                std::shared_ptr<const Graph> then,
                                std::shared_ptr<const Graph> otherwise) {
  return b.ops("cond", operands,
               {{"then", Body{std::move(then)}}, {"else", Body{std::move(otherwise)}}});
}

std::vector<Value> inline_graph(Builder& b, const Graph& body, std::span<const Value> operands) {
  if (b.error()) return {};
  std::vector<Value> map(body.value_count());
  for (std::size_t i = 0; i < operands.size(); ++i) map[body.inputs[i].id] = operands[i];
  const std::vector<bool> live = body.live_nodes();
  for (std::uint32_t id = 0; id < body.node_count(); ++id)
    if (live[id] && !body.is_leaf(body.result(NodeId{id})))
      copy_node(body, NodeId{id}, b.graph(), map);
  std::vector<Value> results;
  for (const Output& output : body.outputs) results.push_back(map[output.value.id]);
  return results;
}

namespace {

template <class Taken>
std::string unique_name(const std::string& name, Taken taken) {
  std::string result = name.empty() ? "value" : name;
  const std::string stem = result;
  for (int i = 1; taken(result); ++i) result = stem + "." + std::to_string(i);
  return result;
}

} // namespace

void add_output(Graph& body, const std::string& name, Value value) {
  const auto taken = [&](const std::string& text) {
    return std::ranges::find(body.outputs, text, &Output::name) != body.outputs.end();
  };
  body.outputs.push_back({unique_name(name, taken), value});
}

Value add_input(Graph& body, const std::string& name, const Type& type) {
  const auto taken = [&](const std::string& text) {
    return std::ranges::any_of(body.inputs,
                               [&](Value input) { return body.leaf_name(input) == text; });
  };
  return body.add_leaf(unique_name(name, taken), Role::input, type, {});
}

BodyCopy copy_body(const Graph& body) {
  BodyCopy copy{.graph = std::make_shared<Graph>(body.context(), body.name)};
  for (const Value input : body.inputs)
    copy.inputs.push_back(add_input(*copy.graph, body.leaf_name(input), body.type(input)));
  Builder b(*copy.graph);
  copy.outputs = inline_graph(b, body, copy.inputs);
  return copy;
}

} // namespace nnc
