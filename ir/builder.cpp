#include "ir/builder.h"

#include "ir/messages.h"

#include <algorithm>

namespace nnc {
namespace {

const Type& unknown_type() {
  static const Type type{DType::f32, {}};
  return type;
}

} // namespace

Result<Attrs> order_attrs(const OpRow& row, const NamedAttrs& named) {
  Attrs attrs(row.attrs.size());
  for (const NamedAttr& attr : named) {
    const int position = attr_position(row, attr.name);
    if (position < 0) {
      std::vector<std::string_view> known;
      for (const AttrSpec& spec : row.attrs) known.push_back(spec.name);
      return Error{.code = "E0204",
                   .message = row.name + ": unknown attribute '" + std::string(attr.name) + "'",
                   .help = did_you_mean(attr.name, known)};
    }
    attrs[static_cast<std::size_t>(position)] = attr.value;
  }
  return attrs;
}

std::optional<Shape> broadcast_shapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& size = result[offset + i];
    if (size == shorter[i] || shorter[i] == 1) continue;
    if (size != 1) return std::nullopt;
    size = shorter[i];
  }
  return result;
}

void Builder::fail(Error error) {
  if (error_) return;
  if (!error.place.line) error.place = graph_.context().origins[origin].place;
  error_ = std::move(error);
}

Result<std::vector<Value>> Builder::insert(const OpRow& row, std::span<const Value> operands,
                                           Attrs attrs) {
  auto node = graph_.add(row, operands, std::move(attrs), origin);
  if (!node) return node.error();
  std::vector<Value> results;
  for (int i = 0; i < graph_.node(*node).result_count; ++i)
    results.push_back(graph_.result(*node, i));
  return results;
}

std::vector<Value> Builder::ops(std::string_view name, std::span<const Value> operands,
                                const NamedAttrs& attrs) {
  if (error_ || std::ranges::any_of(operands, [](Value v) { return !v.valid(); })) return {};
  const OpRow& row = graph_.context().ops.at(name);
  auto ordered = order_attrs(row, attrs);
  if (!ordered) return fail(ordered.error()), std::vector<Value>{};
  auto results = insert(row, operands, std::move(*ordered));
  if (!results) return fail(results.error()), std::vector<Value>{};
  return std::move(*results);
}

Value Builder::op(std::string_view name, std::span<const Value> operands, const NamedAttrs& attrs) {
  const std::vector<Value> results = ops(name, operands, attrs);
  return results.empty() ? Value{} : results[0];
}

const Type& Builder::type(Value value) const {
  return value.valid() ? graph_.type(value) : unknown_type();
}

std::int64_t Builder::size(Value value, int axis) const {
  const Shape& sizes = shape(value);
  return axis < 0 || axis >= static_cast<int>(sizes.size()) ? 1
                                                            : sizes[static_cast<std::size_t>(axis)];
}

Value Builder::literal(Literal value) {
  const Type type = value.type;
  return op("constant", {}, {{"type", type}, {"value", std::move(value)}});
}

Value Builder::scalar(DType dtype, double value) {
  const Type type{dtype, {}};
  return literal(is_float(dtype) ? splat_literal(type, value)
                                 : splat_literal(type, static_cast<std::int64_t>(value)));
}

Value Builder::full(const Type& type, double value) {
  const Value one = scalar(type.dtype, value);
  return type.scalar() ? one : broadcast(one, type.shape, {});
}

Value Builder::cast(Value a, DType to) {
  return dtype(a) == to ? a : op("cast", {a}, {{"to", to}});
}

Value Builder::broadcast(Value a, Shape to, std::vector<std::int64_t> axes) {
  if (shape(a) == to) return a;
  return op("broadcast", {a}, {{"shape", std::move(to)}, {"axes", std::move(axes)}});
}

Value Builder::broadcast_to(Value a, const Shape& to) {
  const Shape from = shape(a);
  if (from == to || !a.valid()) return a;
  if (broadcast_shapes(from, to) != to) {
    fail({.code = "E0203",
          .message = "cannot broadcast " + to_string(from) + " to " + to_string(to)});
    return {};
  }
  // Axes of size 1 that stretch are dropped first: broadcast maps the others.
  Shape kept;
  std::vector<std::int64_t> axes;
  const std::size_t offset = to.size() - from.size();
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] != to[offset + i]) continue;
    kept.push_back(from[i]);
    axes.push_back(static_cast<std::int64_t>(offset + i));
  }
  return broadcast(reshape(a, kept), to, std::move(axes));
}

Value Builder::reshape(Value a, Shape to) {
  return shape(a) == to ? a : op("reshape", {a}, {{"shape", std::move(to)}});
}

Value Builder::transpose(Value a, std::vector<std::int64_t> perm) {
  if (std::ranges::is_sorted(perm)) return a; // the identity
  return op("transpose", {a}, {{"perm", std::move(perm)}});
}

Value Builder::sum(Value a, std::vector<std::int64_t> axes, bool keep) {
  return op("sum", {a}, {{"axes", std::move(axes)}, {"keep", keep}});
}

Value Builder::dot(Value a, Value b, std::vector<std::vector<std::int64_t>> batch,
                   std::vector<std::vector<std::int64_t>> contract) {
  return op("dot", {a, b}, {{"batch", std::move(batch)}, {"contract", std::move(contract)}});
}

} // namespace nnc
