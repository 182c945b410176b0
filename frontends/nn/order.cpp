// Functions that sort: positions, the k largest, and what projects onto the simplex.

#include "frontends/nn/call.h"
#include "frontends/nn/simplex.h"

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;
using K = AttrKind;

AttrDecl axis_attr() {
  return {.name = "axis", .kinds = {K::integer}, .fallback = std::int64_t{-1}};
}

/// x in order, and the positions that its elements come from.
std::pair<Tensor, Tensor> sorted_with_positions(const Tensor& x, int axis, bool descending) {
  Builder& b = x.builder();
  const Tensor positions = iota(b, x.shape(), axis, DType::i64);
  const std::vector<Value> sorted =
      b.ops("sort", std::vector<Value>{x, positions},
            {{"axis", std::int64_t{axis}}, {"descending", descending}});
  if (sorted.empty()) return {{b, {}}, {b, {}}};
  return {{b, sorted[0]}, {b, sorted[1]}};
}

Results argsort(Call& call) {
  const Tensor x = call.in(0);
  const int axis = call.axis("axis", x.rank());
  if (call.failed()) return {};
  return {sorted_with_positions(x, axis, call.boolean("descending")).second};
}

Results topk(Call& call) {
  const Tensor x = call.in(0);
  const int axis = call.axis("axis", x.rank());
  const std::int64_t k = call.integer("k");
  if (call.failed()) return {};
  if (k < 0 || k > x.size(axis))
    return call.attr_error("'k' is " + std::to_string(k) + "; axis " + std::to_string(axis) +
                           " has " + std::to_string(x.size(axis)) + " elements");
  const auto [values, positions] = sorted_with_positions(x, axis, true);
  if (call.failed()) return {};
  return {slice(values, axis, 0, k), slice(positions, axis, 0, k)};
}

Results sparsemax(Call& call) {
  const Tensor x = call.in(0);
  const int axis = call.axis("axis", x.rank());
  if (call.failed()) return {};
  return {onto_simplex(x, axis).projection};
}

} // namespace

Projection onto_simplex(const Tensor& z, int axis) {
  Builder& b = z.builder();
  // Adding a number to all of z changes nothing; with 0 as the largest nothing overflows.
  const Tensor x = z - stop_gradient(reduce("max", z, {axis}, true));
  const Tensor largest = sorted_with_positions(stop_gradient(x), axis, true).first;
  const Tensor sums(b, b.op("cumsum", {largest}, {{"axis", std::int64_t{axis}}}));
  const Tensor count = iota(b, x.shape(), axis, DType::i64);
  const Tensor k = cast(count, x.dtype()) + 1.0;
  const Tensor inside = binary("gt", k * largest + 1.0, Value(sums));
  // The least element that is inside is the least of the support.
  const Tensor least =
      reduce("min", select(inside, Value(largest), 0), {axis}, true); // all are <= 0
  const Tensor support = binary("ge", stop_gradient(x), Value(least));
  const Tensor size = sum(cast(support, x.dtype()), {axis}, true);
  const Tensor threshold = (sum(select(support, Value(x), 0), {axis}, true) - 1.0) / size;
  return {.shifted = x,
          .support = support,
          .threshold = threshold,
          .projection = select(support, Value(x - threshold), 0)};
}

void add_order(FunctionTable& table) {
  const AttrDecl descending{
      .name = "descending", .kinds = {K::boolean}, .fallback = false, .doc = "largest first"};
  table.add({.name = "argsort",
             .family = "order",
             .operands = {{.name = "x"}},
             .attrs = {axis_attr(), descending},
             .doc = "positions (i64) of the elements in order; stable, NaN last",
             .formula = "i such that x[i[0]] <= x[i[1]] <= ...",
             .build = argsort});
  Function largest{.name = "topk",
                   .family = "order",
                   .operands = {{.name = "x"}},
                   .attrs = {{.name = "k", .kinds = {K::integer}, .required = true}, axis_attr()},
                   .doc = "values and positions (i64); of equal elements the first ones",
                   .formula = "the k largest elements, largest first",
                   .build = topk};
  largest.results = {"values", "indices"};
  table.add(std::move(largest));
  table.add({.name = "sparsemax",
             .family = "activation",
             .operands = {{.name = "x"}},
             .attrs = {axis_attr()},
             .doc = "the point of the probability simplex nearest to x (Martins, Astudillo 2016)",
             .formula = "max(x - tau, 0), where tau makes the sum 1",
             .build = sparsemax});
}

} // namespace nnc::nn
