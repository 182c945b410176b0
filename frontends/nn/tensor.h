// Values with operators, so that nn functions read like their formulas. Element-wise operands
// broadcast; numbers take the other operand's dtype.
#pragma once

#include "frontends/nn/scope.h"

namespace nnc::nn {

class Tensor {
public:
  Tensor(Builder& builder, Value value) : builder_(&builder), value_(value) {}
  operator Value() const { return value_; }
  Builder& builder() const { return *builder_; }

  bool valid() const { return value_.valid(); }
  const Type& type() const { return builder_->type(value_); }
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  int rank() const { return type().rank(); }
  /// Size of an axis; negative axes count from the end.
  std::int64_t size(int axis) const {
    return builder_->size(value_, axis < 0 ? axis + rank() : axis);
  }

private:
  Builder* builder_;
  Value value_;
};

using Axes = std::vector<std::int64_t>;

inline Tensor unary(std::string_view row, const Tensor& x) {
  return {x.builder(), x.builder().op(row, {x})};
}
inline Tensor binary(std::string_view row, const Tensor& x, const Operand& y) {
  return {x.builder(), x.builder().elementwise(row, {x, y})};
}
inline Tensor binary(std::string_view row, double x, const Tensor& y) {
  return {y.builder(), y.builder().elementwise(row, {Number(x), y})};
}

inline Tensor operator-(const Tensor& x) { return unary("neg", x); }
inline Tensor operator+(const Tensor& x, const Tensor& y) { return binary("add", x, y); }
inline Tensor operator-(const Tensor& x, const Tensor& y) { return binary("sub", x, y); }
inline Tensor operator*(const Tensor& x, const Tensor& y) { return binary("mul", x, y); }
inline Tensor operator/(const Tensor& x, const Tensor& y) { return binary("div", x, y); }
inline Tensor operator+(const Tensor& x, double y) { return binary("add", x, Number(y)); }
inline Tensor operator-(const Tensor& x, double y) { return binary("sub", x, Number(y)); }
inline Tensor operator*(const Tensor& x, double y) { return binary("mul", x, Number(y)); }
inline Tensor operator/(const Tensor& x, double y) { return binary("div", x, Number(y)); }
inline Tensor operator+(double x, const Tensor& y) { return binary("add", x, y); }
inline Tensor operator-(double x, const Tensor& y) { return binary("sub", x, y); }
inline Tensor operator*(double x, const Tensor& y) { return binary("mul", x, y); }
inline Tensor operator/(double x, const Tensor& y) { return binary("div", x, y); }

inline Tensor exp(const Tensor& x) { return unary("exp", x); }
inline Tensor log(const Tensor& x) { return unary("log", x); }
inline Tensor sqrt(const Tensor& x) { return unary("sqrt", x); }
inline Tensor abs(const Tensor& x) { return unary("abs", x); }
inline Tensor tanh(const Tensor& x) { return unary("tanh", x); }
inline Tensor sigmoid(const Tensor& x) { return unary("sigmoid", x); }
inline Tensor softplus(const Tensor& x) { return unary("softplus", x); }
inline Tensor stop_gradient(const Tensor& x) { return unary("stop_gradient", x); }

/// `condition ? a : b`; at least one of a and b is a tensor.
Tensor select(const Tensor& condition, const Operand& a, const Operand& b);
Tensor cast(const Tensor& x, DType to);
Tensor reshape(const Tensor& x, Shape shape);
Tensor transpose(const Tensor& x, Axes perm);
Tensor broadcast_to(const Tensor& x, const Shape& shape);
/// `row` is one of sum, prod, max, min.
Tensor reduce(std::string_view row, const Tensor& x, Axes axes, bool keep = false);
Tensor sum(const Tensor& x, Axes axes, bool keep = false);
/// The sum over `axes` divided by their number of elements.
Tensor mean(const Tensor& x, Axes axes, bool keep = false);
Tensor slice(const Tensor& x, int axis, std::int64_t start, std::int64_t stop,
             std::int64_t step = 1);
/// Zero-filled (or `value`-filled) along one axis.
Tensor pad(const Tensor& x, int axis, std::int64_t low, std::int64_t high, double value = 0);
Tensor concat(std::span<const Tensor> parts, int axis);
/// 0, 1, 2, ... along `axis`.
Tensor iota(Builder& builder, Shape shape, int axis, DType dtype);
/// x with a new axis of size 1 before axis `axis`.
Tensor expand(const Tensor& x, int axis);

/// All axes of a tensor of this rank.
Axes all_axes(int rank);

} // namespace nnc::nn
