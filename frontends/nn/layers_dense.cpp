// Layers without windows: linear, embedding, attention.

#include "frontends/nn/contraction.h"

#include <cmath>

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;
using K = AttrKind;

Results linear(Call& call) {
  const Tensor x = call.in(0), w = call.in(1);
  if (w.rank() != 2) return call.operand_error(call.describe(1) + ", not a matrix");
  if (x.rank() == 0) return call.operand_error(call.describe(0) + ", a scalar");
  if (x.size(-1) != w.size(0))
    return call.operand_error("inner sizes differ: " + call.describe(0) + ", " + call.describe(1),
                              inner_sizes_help(x, w));
  const Tensor y = matmul(x, w);
  if (!call.has(2)) return {y};
  if (call.in(2).shape() != Shape{w.size(1)})
    return call.operand_error("the bias " + call.describe(2) + ", but " + call.describe(1));
  return {y + call.in(2)};
}

Results embedding(Call& call) {
  if (call.in(0).rank() == 0) return call.operand_error(call.describe(0) + ", a scalar");
  return {call.scope.op("gather", {call.in(0), call.in(1)}, {{"axes", Axes{0}}})};
}

/// -inf where the mask forbids to look.
Tensor masked(Call& call, const Tensor& scores) {
  const Tensor nowhere(call.scope, call.scope.full(scores.type(), -HUGE_VAL));
  Tensor result = scores;
  if (call.has(3)) {
    const Tensor mask = call.in(3);
    if (broadcast_shapes(mask.shape(), scores.shape()) != scores.shape()) {
      call.operand_error("the mask " + call.describe(3) + ", the scores are " +
                         to_string(scores.type()));
      return scores;
    }
    result = mask.dtype() == DType::boolean ? select(mask, Value(result), Value(nowhere))
                                            : result + mask;
  }
  if (call.boolean("causal") && !call.failed()) { // the last query may see the last key
    const Shape matrix(scores.shape().end() - 2, scores.shape().end());
    const Tensor query = iota(call.scope, matrix, 0, DType::i64);
    const Tensor key = iota(call.scope, matrix, 1, DType::i64);
    const Tensor seen =
        binary("le", key, Value(binary("add", query, Number(matrix[1] - matrix[0]))));
    result = select(seen, Value(result), Value(nowhere));
  }
  return result;
}

/// softmax over the last axis; a row of -inf gives zeros.
Tensor attention_weights(const Tensor& scores) {
  const int axis = scores.rank() - 1;
  const Tensor largest = stop_gradient(reduce("max", scores, {axis}, true));
  const Tensor shift = select(binary("eq", largest, Number(-HUGE_VAL)), Number(0), Value(largest));
  const Tensor e = exp(scores - shift);
  const Tensor total = sum(e, {axis}, true);
  return e / select(binary("eq", total, Number(0)), Number(1), Value(total));
}

Results attention(Call& call) {
  const Tensor q = call.in(0), k = call.in(1), v = call.in(2);
  for (int i = 0; i < 3; ++i)
    if (call.in(i).rank() < 2) return call.operand_error(call.describe(i) + ", not [..., T, D]");
  if (q.size(-1) != k.size(-1))
    return call.operand_error("depths differ: " + call.describe(0) + ", " + call.describe(1));
  if (k.size(-2) != v.size(-2))
    return call.operand_error("lengths differ: " + call.describe(1) + ", " + call.describe(2));
  if (!require_float(call, 0)) return {};
  Axes perm = all_axes(k.rank());
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  const double scale =
      call.has("scale") ? call.real("scale") : 1 / std::sqrt(static_cast<double>(q.size(-1)));
  const Tensor scores = matmul(q, transpose(k, std::move(perm))) * scale;
  if (call.failed()) return {};
  const Tensor seen = masked(call, scores);
  if (call.failed()) return {};
  return {matmul(attention_weights(seen), v)};
}

} // namespace

void add_dense_layers(FunctionTable& table) {
  table.add({.name = "linear",
             .family = "layer",
             .operands = {{.name = "x"}, {.name = "w"}, {.name = "b", .optional = true}},
             .doc = "fully connected layer: x [..., I], w [I, O], b [O]",
             .formula = "x @ w + b",
             .build = linear});
  table.add({.name = "embedding",
             .family = "layer",
             .operands = {{.name = "table"}, {.name = "ids"}},
             .doc = "rows of a table; an id outside it makes the call fail",
             .formula = "y[i..., :] = table[ids[i...], :]",
             .build = embedding});
  table.add({.name = "attention",
             .family = "layer",
             .operands =
                 {{.name = "q"}, {.name = "k"}, {.name = "v"}, {.name = "mask", .optional = true}},
             .attrs = {{.name = "causal",
                        .kinds = {K::boolean},
                        .fallback = false,
                        .doc = "a query sees no later key; the last query sees the last key"},
                       {.name = "scale", .kinds = {K::real}, .doc = "1/sqrt(D) by default"}},
             .doc = "scaled dot-product attention, all [..., T, D]; the mask is bool (true = may "
                    "look) or float, added to the scores; a row that may look nowhere gives zeros",
             .formula = "softmax(q @ k.T * scale + mask) @ v",
             .build = attention});
}

} // namespace nnc::nn
