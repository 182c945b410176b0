#include "ir/widen.h"

namespace nnc {
namespace {

Type widened(const Type& type) {
  return {is_float(type.dtype) ? DType::f64 : type.dtype, type.shape};
}

Result<AttrValue> widened(const AttrValue& value) {
  if (const auto* type = std::get_if<Type>(&value)) return AttrValue(widened(*type));
  if (const auto* literal = std::get_if<Literal>(&value)) return AttrValue(widened(*literal));
  if (const auto* dtype = std::get_if<DType>(&value))
    return AttrValue(is_float(*dtype) ? DType::f64 : *dtype);
  if (const auto* body = std::get_if<Body>(&value)) {
    auto wide = widened(*body->graph);
    if (!wide) return wide.error();
    return AttrValue(Body{std::make_shared<const Graph>(std::move(wide->graph))});
  }
  return value;
}

Status copy(const Graph& from, NodeId id, WideGraph& wide) {
  Graph& to = wide.graph;
  const Node& node = from.node(id);
  if (from.is_leaf(node.first)) {
    wide.map[node.first.id] = to.add_leaf(from.leaf_name(node.first), from.role(node.first),
                                          widened(from.type(node.first)), node.origin);
    return std::nullopt;
  }
  Attrs attrs;
  for (const AttrValue& value : from.context().attrs[node.attrs]) {
    auto wider = widened(value);
    if (!wider) return wider.error();
    attrs.push_back(std::move(*wider));
  }
  std::vector<Value> operands;
  for (const Value operand : from.operands(node)) operands.push_back(wide.map[operand.id]);
  const auto made = to.add(*node.row, operands, std::move(attrs), node.origin);
  if (!made) return made.error();
  for (int i = 0; i < node.result_count; ++i) {
    wide.map[from.result(id, i).id] = to.result(*made, i);
    to.carry_value_name(from, from.result(id, i), to.result(*made, i));
  }
  return std::nullopt;
}

} // namespace

Literal widened(const Literal& literal) {
  const Type type = widened(literal.type);
  if (type == literal.type) return literal;
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::int64_t i = 0; i < type.elements(); ++i)
    store_real(type.dtype, bytes->data(), i, literal_real(literal, i));
  return {type, std::move(bytes)};
}

Result<WideGraph> widened(const Graph& graph) {
  WideGraph wide{Graph(graph.context(), graph.name), std::vector<Value>(graph.value_count())};
  for (const Value leaf : graph.inputs)
    if (Status error = copy(graph, graph.node_of(leaf), wide)) return *error;
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    if (live[id])
      if (Status error = copy(graph, NodeId{id}, wide)) return *error;
  for (const Output& output : graph.outputs)
    wide.graph.outputs.push_back({output.name, wide.map[output.value.id]});
  for (const Update& update : graph.updates)
    wide.graph.updates.push_back({update.target, wide.map[update.value.id]});
  return wide;
}

} // namespace nnc
