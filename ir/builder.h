// Builds primitive nodes by name. Strict: operands must fit exactly, nothing is broadcast.
//
// The first error is kept (`error()`), and from then on every call returns an invalid Value and
// does nothing, so that code which composes many ops need not check each one. Queries on an
// invalid Value answer as for f32[] and never fail.
#pragma once

#include "ir/graph.h"

namespace nnc {

struct NamedAttr {
  std::string_view name;
  AttrValue value;
};
using NamedAttrs = std::vector<NamedAttr>;

class Builder {
public:
  explicit Builder(Graph& graph) : graph_(graph) {}
  virtual ~Builder() = default;
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  Graph& graph() const { return graph_; }
  OriginId origin; ///< given to nodes built from here on

  const std::optional<Error>& error() const { return error_; }
  void fail(Error error); ///< keeps the first; adds the current origin's place
  std::optional<Error> take_error() { return std::exchange(error_, std::nullopt); }

  /// Any op of the table. All results; empty after an error.
  std::vector<Value> ops(std::string_view name, std::span<const Value> operands,
                         const NamedAttrs& attrs = {});
  /// The (first) result.
  Value op(std::string_view name, std::span<const Value> operands, const NamedAttrs& attrs = {});
  Value op(std::string_view name, std::initializer_list<Value> operands,
           const NamedAttrs& attrs = {}) {
    return op(name, std::span<const Value>(operands.begin(), operands.size()), attrs);
  }

  const Type& type(Value value) const;
  DType dtype(Value value) const { return type(value).dtype; }
  const Shape& shape(Value value) const { return type(value).shape; }
  int rank(Value value) const { return type(value).rank(); }
  std::int64_t size(Value value, int axis) const; ///< 1 when there is no such axis

  // Constants.
  Value literal(Literal value);
  Value scalar(DType dtype, double value); ///< integers and bool take the integral part
  /// A tensor of `type` with every element `value`: a broadcast scalar.
  Value full(const Type& type, double value);
  Value zeros_like(Value like) { return full(type(like), 0.0); }

  // The ops that gradient rules, rewrites and nn functions use most.
  Value neg(Value a) { return op("neg", {a}); }
  Value add(Value a, Value b) { return op("add", {a, b}); }
  Value sub(Value a, Value b) { return op("sub", {a, b}); }
  Value mul(Value a, Value b) { return op("mul", {a, b}); }
  Value div(Value a, Value b) { return op("div", {a, b}); }
  /// Times or plus a constant, broadcast to the shape of `a`.
  Value mul(Value a, double factor) { return mul(a, full(type(a), factor)); }
  Value add(Value a, double term) { return add(a, full(type(a), term)); }
  Value select(Value condition, Value a, Value b) { return op("select", {condition, a, b}); }
  Value cast(Value a, DType to); ///< a itself when it has that dtype
  Value broadcast(Value a, Shape shape, std::vector<std::int64_t> axes);
  /// Broadcasts as NumPy does: sizes are matched from the last, 1 stretches.
  Value broadcast_to(Value a, const Shape& shape);
  Value reshape(Value a, Shape shape);                      ///< a itself when it has that shape
  Value transpose(Value a, std::vector<std::int64_t> perm); ///< a itself for the identity
  Value sum(Value a, std::vector<std::int64_t> axes, bool keep = false);
  Value dot(Value a, Value b, std::vector<std::vector<std::int64_t>> batch,
            std::vector<std::vector<std::int64_t>> contract);

protected:
  /// Where nodes enter the graph; gives their results. The simplifier overrides it.
  virtual Result<std::vector<Value>> insert(const OpRow& row, std::span<const Value> operands,
                                            Attrs attrs);

private:
  Graph& graph_;
  std::optional<Error> error_;
};

/// Attributes in row order from named ones; unknown names are an error with a suggestion.
Result<Attrs> order_attrs(const OpRow& row, const NamedAttrs& named);

/// The shape that NumPy broadcasting gives two shapes, or nullopt when they do not fit.
std::optional<Shape> broadcast_shapes(const Shape& a, const Shape& b);

} // namespace nnc
