#include "ir/element.h"

#include "ir/kernel/rewrite.h"

namespace nnc {

ElementBuilder::ElementBuilder(const Graph& graph, NodeId node, ExprPool& expressions,
                               AxisKeys& axes, Expr guard)
    : pool(expressions), index(expressions.indices()), graph_(graph), id_(node),
      node_(graph.node(node)), axes_(axes), guard_(guard) {}

Value ElementBuilder::operand_value(int operand) const {
  if (operand < 0 || operand >= input_count())
    throw InternalError(node_.row->name + ": element asks for operand " + std::to_string(operand));
  return node_.inputs[operand];
}

Expr ElementBuilder::input(int operand, std::span<const Index> at, Expr guard) {
  const Value value = operand_value(operand);
  const Type& type = graph_.type(value);
  if (at.size() != type.shape.size())
    throw InternalError(node_.row->name + ": element indexes " + to_string(type) + " with " +
                        std::to_string(at.size()) + " indices");
  const Expr when = pool.both(guard_, guard);
  if (when.valid()) {
    if (const auto known = pool.as_integer(when)) {
      if (!*known) return pool.constant_int(type.dtype, 0);
      return pool.element(value.id, type.dtype, at);
    }
  }
  return pool.element(value.id, type.dtype, at, when);
}

Axis ElementBuilder::loop(std::int64_t extent, int ordinal) {
  const auto key = std::pair{node_.first.id, ordinal};
  if (const auto known = axes_.find(key); known != axes_.end()) return known->second;
  const Axis axis = index.new_axis(extent, "k" + std::to_string(axes_.size()));
  axes_.emplace(key, axis);
  return axis;
}

Index ElementBuilder::data_index(Expr value, std::int64_t extent) {
  return index_from(pool, value, extent);
}

std::vector<Index> BodyBuilder::nest(std::span<const std::int64_t> extents,
                                     std::vector<bool> serial) {
  BodyNest nest;
  nest.serial = std::move(serial);
  std::vector<Index> at;
  for (const std::int64_t extent : extents) {
    nest.axes.push_back(loop(extent, next_ordinal_++));
    at.push_back(index.of(nest.axes.back()));
  }
  nests_.push_back(std::move(nest));
  return at;
}

void BodyBuilder::store(int result, std::vector<Index> at, Expr value, bool accumulate,
                        Expr guard) {
  nests_.back().stores.push_back({result, std::move(at), value, accumulate, guard});
}

int BodyBuilder::temporary(Type type) {
  temporaries_.push_back(std::move(type));
  return node_.result_count + static_cast<int>(temporaries_.size()) - 1;
}

Expr BodyBuilder::own(int result, std::span<const Index> at, Expr guard) {
  const int temporary = result - node_.result_count;
  if (temporary < 0)
    return pool.element(graph_.result(id_, result).id, out(result).dtype, at, guard);
  return pool.element(graph_.value_count() + static_cast<std::uint32_t>(temporary),
                      temporaries_[static_cast<std::size_t>(temporary)].dtype, at, guard);
}

} // namespace nnc
