#include "compiler/fold.h"

#include "compiler/unchanged.h"
#include "ir/interpret/interpreter.h"

#include <algorithm>
#include <cstring>

namespace nnc {
namespace {

constexpr std::int64_t largest_result = 4096; ///< elements

/// Is every element of the operands the same number, and so every element of the result? One is
/// then enough, however large the tensor: graphs for 10 and for 10,000 steps stay the same.
bool one_element_tells(const Graph& graph, const Node& node) {
  return node.row->elementwise && std::ranges::all_of(graph.operands(node), [&](Value value) {
           const Value literal = literal_behind(graph, value);
           return literal.valid() && graph.type(literal).scalar();
         });
}

bool foldable(const Graph& graph, const Node& node) {
  if (node.row->opaque || node.row->literal || node.row->repeats || node.result_count != 1)
    return false; // repeating is small
  if (!node.row->element && !node.row->body) return false;
  const auto operands = graph.operands(node);
  if (operands.empty()) return false;
  if (one_element_tells(graph, node)) return true;
  if (graph.type(node.first).elements() > largest_result) return false;
  return std::ranges::all_of(operands, [&](Value value) {
    return literal_behind(graph, value).valid() && graph.type(value).elements() <= largest_result;
  });
}

/// The node of `value` in `to`, with these operands. No map of the whole graph: folding is asked
/// for at every node.
Value copy_of(const Graph& from, Value value, std::span<const Value> operands, const Type& type,
              Graph& to) {
  const Node& node = from.producer(value);
  const Type* types = &type;
  return to.result(to.add_checked(*node.row, operands, node.attrs, node.origin, {&types, 1}));
}

/// The value of a foldable node, or one element of it where that tells all.
std::optional<Literal> folded(const Graph& graph, const Node& node, bool one_element) {
  Graph small(graph.context(), "fold");
  std::vector<Value> operands;
  for (const Value operand : graph.operands(node)) {
    const Value literal = literal_behind(graph, operand);
    operands.push_back(copy_of(graph, literal, {}, graph.type(literal), small));
    if (operand != literal && !one_element)
      operands.back() = copy_of(graph, operand, {&operands.back(), 1}, graph.type(operand), small);
  }
  const Type& type = graph.type(node.first);
  const Type scalar{type.dtype, {}};
  small.outputs.push_back(
      {"folded", copy_of(graph, node.first, operands, one_element ? scalar : type, small)});
  auto values = interpret(small, {});
  if (!values) return std::nullopt; // an index out of range: the call fails when it runs
  return std::move((*values)[0]);
}

/// A literal as few nodes: a splat becomes a broadcast scalar.
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

} // namespace

Value fold_node(Builder& builder, NodeId id) {
  const Graph& graph = builder.graph();
  const Node& node = graph.node(id);
  if (!foldable(graph, node)) return {};
  const bool one_element = one_element_tells(graph, node);
  const auto literal = folded(graph, node, one_element);
  if (!literal) return {};
  builder.origin = node.origin;
  if (!one_element) return build_literal(builder, *literal);
  const Shape& shape = graph.type(node.first).shape;
  const Value one = builder.literal(*literal);
  return shape.empty() ? one : builder.broadcast(one, shape, {});
}

bool has_foldable(const Graph& graph) {
  return any_node(graph, [&](const Node& node) { return foldable(graph, node); });
}

Graph fold(const Graph& from, Context& context) {
  Graph to(context, from.name);
  Builder builder(to);
  std::vector<Value> map;
  copy_live(from, to, map, [&](NodeId id) {
    const Value value = fold_node(builder, copy_node(from, id, to, map));
    if (!value.valid()) return;
    const Value old = from.result(id);
    map[old.id] = value;
    to.carry_value_name(from, old, map[old.id]);
  });
  return to;
}

} // namespace nnc
