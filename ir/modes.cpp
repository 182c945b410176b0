#include "ir/modes.h"

#include "ir/unit_tensors.h"

#include <algorithm>
#include <numeric>

namespace nnc {
namespace {

std::vector<std::int64_t> counting(std::size_t first, std::size_t count) {
  std::vector<std::int64_t> axes(count);
  std::iota(axes.begin(), axes.end(), static_cast<std::int64_t>(first));
  return axes;
}

/// `value` as something that nothing else is merged with.
Value fresh(Builder& b, Value value, const std::string& name) {
  return b.op("cut", {value}, {{"name", name + std::to_string(b.graph().node_count())}});
}

/// What a pullback is linear in.
Value fresh_zero(Builder& b, const Type& type) { return fresh(b, b.full(type, 0.0), "tangent "); }

Value first_of(const std::vector<Value>& values) { return values.empty() ? Value{} : values[0]; }

/// The gradient of the sum over all of <of, along>, of `dtype`, for every variable: one sweep
/// through what they share.
std::vector<Value> pulled_back(Builder& b, std::span<const Value> of, std::span<const Value> along,
                               std::span<const Value> wrt, DType dtype, bool forward) {
  if (of.size() == 1)
    return build_grad(b, {.of = of[0], .seed = along[0], .wrt = wrt, .forward = forward});
  Value sum;
  for (std::size_t i = 0; i < of.size(); ++i) {
    const Value product = b.mul(of[i], along[i]);
    const Value part = b.cast(b.sum(product, counting(0, b.shape(product).size())), dtype);
    sum = sum.valid() ? b.add(sum, part) : part;
  }
  return build_grad(b, {.of = sum, .seed = {}, .wrt = wrt, .forward = forward});
}

} // namespace

Value build_jvp(Builder& b, Value of, std::span<const Value> wrt, std::span<const Value> tangents) {
  const Value u = fresh_zero(b, b.type(of));
  const std::vector<Value> pulled = build_grad(b, {of, u, wrt});
  if (pulled.empty()) return {};
  return first_of(pulled_back(b, pulled, tangents, {&u, 1}, b.dtype(of), true));
}

Value build_jacobian(Builder& b, Value of, Value wrt) {
  const Type from = b.type(wrt), to = b.type(of);
  Shape shape = to.shape;
  shape.insert(shape.end(), from.shape.begin(), from.shape.end());
  if (from.elements() >= to.elements()) {
    const bool one = to.elements() == 1; // no batch for one seed
    const Value seeds = one ? b.full(to, 1.0) : unit_tensors(b, to);
    const Value rows = first_of(build_grad(b, {of, seeds, {&wrt, 1}, !one}));
    return rows.valid() ? b.reshape(rows, shape) : Value{};
  }
  const Value u = fresh_zero(b, to);
  const Value pulled = first_of(build_grad(b, {of, u, {&wrt, 1}}));
  if (!pulled.valid()) return {};
  const bool one = from.elements() == 1;
  const Value seeds = one ? b.full(from, 1.0) : unit_tensors(b, from);
  const Value columns = first_of(build_grad( // [inputs] + of, without the axis if there is one
      b, {.of = pulled, .seed = seeds, .wrt = {&u, 1}, .batched = !one, .forward = true}));
  if (one) return b.reshape(columns, shape);
  if (!columns.valid()) return {};
  std::vector<std::int64_t> perm = counting(1, to.shape.size());
  perm.push_back(0);
  return b.reshape(b.transpose(columns, perm), shape);
}

std::vector<Value> build_hessian(Builder& b, Value of, std::span<const Value> wrt) {
  std::vector<Value> blocks;
  for (const Value variable : wrt) {
    const Value row = build_jacobian(b, of, variable);
    if (!row.valid()) return {};
    for (const Value other : wrt) blocks.push_back(build_jacobian(b, row, other));
  }
  return b.error() ? std::vector<Value>{} : blocks;
}

std::vector<Value> build_hvp(Builder& b, Value of, std::span<const Value> wrt,
                             std::span<const Value> vector) {
  // The Hessian is symmetric: the vector times it is it times the vector.
  const std::vector<Value> gradients = build_grad(b, {of, {}, wrt});
  if (gradients.empty()) return gradients;
  return pulled_back(b, gradients, vector, wrt, b.dtype(of), false);
}

Value build_laplacian(Builder& b, Value of, Value wrt) {
  const Type type = b.type(wrt);
  const std::int64_t directions = type.elements();
  if (directions == 0) return b.full(b.type(of), 0.0);
  const Value ones = b.full(type, 1.0);
  const Value along = directions == 1 ? ones : fresh(b, ones, "direction ");
  const Value first = build_jvp(b, of, {&wrt, 1}, {&along, 1});
  const Value second = build_jvp(b, first, {&wrt, 1}, {&along, 1});
  if (directions == 1 || !second.valid()) return second;
  return build_seed_sum(b, {.of = second, .seed = along, .seeds = unit_tensors(b, type)});
}

} // namespace nnc
