#include "compiler/fold.h"

#include "compiler/unchanged.h"
#include "ir/interpret/interpreter.h"

#include <algorithm>
#include <cstring>

namespace nnc {
namespace {

constexpr std::int64_t largest_result = 4096; ///< elements

bool foldable(const Graph& graph, const Node& node) {
  if (node.row->opaque || node.row->literal || node.result_count != 1) return false;
  if (!node.row->element && !node.row->body) return false;
  if (graph.type(node.first).elements() > largest_result) return false;
  const auto operands = graph.operands(node);
  return !operands.empty() && std::ranges::all_of(operands, [&](Value value) {
    return literal_behind(graph, value).valid() && graph.type(value).elements() <= largest_result;
  });
}

/// The node of `value` in `to`, with these operands. No map of the whole graph: folding is asked
/// for at every node.
Value copy_of(const Graph& from, Value value, std::span<const Value> operands, Graph& to) {
  const Node& node = from.producer(value);
  const Type* type = &from.type(value);
  return to.result(to.add_checked(*node.row, operands, node.attrs, node.origin, {&type, 1}));
}

} // namespace

std::optional<Literal> fold_node(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (node.row->repeats || !foldable(graph, node)) return std::nullopt; // repeating is small
  Graph small(graph.context(), "fold");
  std::vector<Value> operands;
  for (const Value operand : graph.operands(node)) {
    const Value literal = literal_behind(graph, operand);
    operands.push_back(copy_of(graph, literal, {}, small));
    if (operand != literal) operands.back() = copy_of(graph, operand, {&operands.back(), 1}, small);
  }
  small.outputs.push_back({"folded", copy_of(graph, node.first, operands, small)});
  auto values = interpret(small, {});
  if (!values) return std::nullopt; // an index out of range: the call fails when it runs
  return std::move((*values)[0]);
}

Value build_literal(Builder& builder, const Literal& literal) {
  const std::size_t width = dtype_size(literal.type.dtype);
  const std::byte* bytes = literal.bytes->data();
  const std::int64_t count = literal.type.elements();
  for (std::int64_t i = 1; i < count; ++i)
    if (std::memcmp(bytes, bytes + static_cast<std::size_t>(i) * width, width) != 0)
      return builder.literal(literal);
  if (literal.type.scalar() || count == 0) return builder.literal(literal);
  const auto one = std::make_shared<std::vector<std::byte>>(bytes, bytes + width);
  return builder.broadcast(builder.literal({{literal.type.dtype, {}}, one}), literal.type.shape,
                           {});
}

bool has_foldable(const Graph& graph) {
  return any_node(graph,
                  [&](const Node& node) { return !node.row->repeats && foldable(graph, node); });
}

Graph fold(const Graph& from, Context& context) {
  Graph to(context, from.name);
  Builder builder(to);
  std::vector<Value> map;
  copy_live(from, to, map, [&](NodeId id) {
    const auto value = fold_node(to, copy_node(from, id, to, map));
    if (!value) return;
    builder.origin = from.node(id).origin;
    const Value old = from.result(id);
    map[old.id] = build_literal(builder, *value);
    to.carry_value_name(from, old, map[old.id]);
  });
  return to;
}

} // namespace nnc
