// Losses and regularisers. A prediction is never broadcast against its target.

#include "frontends/nn/call.h"
#include "frontends/nn/simplex.h"

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;
using K = AttrKind;

/// Applies the attribute `reduction`.
Results reduced(Call& call, const Tensor& loss) {
  if (call.failed()) return {};
  const std::string& reduction = call.string("reduction");
  if (reduction == "none") return {loss};
  const Axes axes = all_axes(loss.rank());
  return {reduction == "sum" ? sum(loss, axes) : mean(loss, axes)};
}

/// Prediction and target are floats of one type.
bool require_equal(Call& call) {
  if (!require_float(call, 0)) return false;
  if (call.in(0).type() == call.in(1).type()) return true;
  const bool same_shape = call.in(0).shape() == call.in(1).shape();
  call.operand_error(
      call.describe(0) + ", " + call.describe(1) + ": prediction and target need one type",
      same_shape ? "write cast(y, to=\"" + std::string(dtype_name(call.in(0).dtype())) + "\")"
                 : "losses do not broadcast; reshape one of the two");
  return false;
}

template <Tensor (*f)(const Tensor& z, const Tensor& y)>
Results elementwise_loss(Call& call) {
  if (!require_equal(call)) return {};
  return reduced(call, f(call.in(0), call.in(1)));
}

Tensor squared_error(const Tensor& z, const Tensor& y) { return (z - y) * (z - y); }
Tensor half_squared_error(const Tensor& z, const Tensor& y) { return 0.5 * squared_error(z, y); }
Tensor absolute_error(const Tensor& z, const Tensor& y) { return abs(z - y); }

Tensor hinge(const Tensor& z, const Tensor& y) {
  const Tensor slack = 1.0 - y * z;
  return select(binary("le", slack, Number(0)), Number(0), Value(slack));
}

/// a*b, and 0 where a is 0 whatever b is.
Tensor product_or_zero(const Tensor& a, const Tensor& b) {
  return select(binary("eq", a, Number(0)), Number(0), Value(a * b));
}

Tensor binary_cross_entropy(const Tensor& p, const Tensor& y) {
  return -(product_or_zero(y, log(p)) + product_or_zero(1.0 - y, unary("log1p", -p)));
}

/// Both terms are small where the prediction is right: nothing cancels, as in softplus(z) - y*z.
Tensor binary_cross_entropy_logits(const Tensor& z, const Tensor& y) {
  return y * softplus(-z) + (1.0 - y) * softplus(z);
}

Results huber(Call& call) {
  if (!require_equal(call)) return {};
  const double delta = call.real("delta");
  if (!(delta > 0)) return call.attr_error("'delta' is " + attr_text(delta) + ", not positive");
  const Tensor e = call.in(0) - call.in(1), size = abs(e);
  return reduced(call, select(binary("le", size, delta), Value(0.5 * e * e),
                              Value(delta * (size - 0.5 * delta))));
}

/// What the second operand of a loss over classes (the last axis) is.
enum class Target { wrong, ids, distribution };

Target class_target(Call& call) {
  const Tensor z = call.in(0), y = call.in(1);
  if (!require_float(call, 0)) return Target::wrong;
  if (z.rank() == 0)
    return call.operand_error(call.describe(0) + ", without a class axis"), Target::wrong;
  if (z.type() == y.type()) return Target::distribution;
  const Shape ids(z.shape().begin(), z.shape().end() - 1);
  const bool positions =
      y.dtype() == DType::i32 || y.dtype() == DType::i64 || y.dtype() == DType::u32;
  if (positions && y.shape() == ids) return Target::ids;
  call.operand_error(call.describe(0) + ", " + call.describe(1) +
                     ": the target needs class ids i32" + to_string(ids) + " or a distribution " +
                     to_string(z.type()));
  return Target::wrong;
}

/// Where the class of each sample is, as bool. The ids pass through a gather, so that one outside
/// the classes makes the call fail instead of matching none.
Tensor is_class(const Tensor& ids, const Shape& shape) {
  Builder& b = ids.builder();
  const Tensor classes = iota(b, {shape.back()}, 0, ids.dtype());
  const Tensor checked(b, b.op("gather", {classes, ids}, {{"axes", Axes{0}}}));
  const int last = static_cast<int>(shape.size()) - 1;
  return binary("eq", iota(b, shape, last, ids.dtype()), Value(expand(checked, last)));
}

/// The element of the class of each sample.
Tensor pick(const Tensor& x, const Tensor& ids) {
  const Tensor picked = select(is_class(ids, x.shape()), Value(x), x.builder().zeros_like(x));
  return sum(picked, {x.rank() - 1});
}

Results nll(Call& call) {
  const Target target = class_target(call);
  if (target == Target::wrong) return {};
  const Tensor logp = call.in(0), y = call.in(1);
  if (target == Target::ids) return reduced(call, -pick(logp, y));
  return reduced(call, -sum(product_or_zero(y, logp), {logp.rank() - 1}));
}

Results cross_entropy(Call& call) {
  const Target target = class_target(call);
  if (target == Target::wrong) return {};
  const Tensor p = call.in(0), y = call.in(1);
  // Of the classes' probabilities only those asked for get a logarithm.
  if (target == Target::ids) return reduced(call, -log(pick(p, y)));
  return reduced(call, -sum(product_or_zero(y, log(p)), {p.rank() - 1}));
}

/// Of ids: log(sum(exp(z))) - z[y], so that the gradient is softmax(z) minus the one-hot y.
Results softmax_cross_entropy(Call& call) {
  const Target target = class_target(call);
  if (target == Target::wrong) return {};
  const double smoothing = call.real("label_smoothing");
  if (!(smoothing >= 0 && smoothing <= 1))
    return call.attr_error("'label_smoothing' is " + attr_text(smoothing) +
                           ", not between 0 and 1");
  const Tensor logits = call.in(0), y = call.in(1);
  const int axis = logits.rank() - 1;
  const Tensor z = logits - stop_gradient(reduce("max", logits, {axis}, true));
  const Tensor total = log(sum(exp(z), {axis}, true));
  if (target == Target::distribution) {
    const Tensor share =
        smoothing == 0 ? y
                       : (1 - smoothing) * y + smoothing / static_cast<double>(logits.size(axis));
    return reduced(call, sum(share * (total - z), {axis}));
  }
  if (call.failed()) return {};
  Shape samples = logits.shape();
  samples.pop_back();
  const Tensor per_sample = reshape(total, samples);
  const Tensor hit = per_sample - pick(z, y);
  if (smoothing == 0) return reduced(call, hit);
  return reduced(call, (1 - smoothing) * hit + smoothing * (per_sample - mean(z, {axis})));
}

/// Its gradient is sparsemax(z) - y: on the support S of threshold t, (z^2 - t^2)/2 has z - t.
Results sparsemax_loss(Call& call) {
  const Target target = class_target(call);
  if (target == Target::wrong) return {};
  const Tensor y = call.in(1);
  const int axis = call.in(0).rank() - 1;
  const Projection p = onto_simplex(call.in(0), axis);
  const Tensor z = p.shifted;
  if (call.failed()) return {};
  const Tensor squares =
      sum(select(p.support, Value((z - p.threshold) * (z + p.threshold)), Number(0)), {axis});
  if (target == Target::ids) return reduced(call, 0.5 * (squares + 1.0) - pick(z, y));
  return reduced(call, 0.5 * (squares + sum(y * y, {axis})) - sum(y * z, {axis}));
}

Results kl_divergence(Call& call) {
  if (!require_equal(call)) return {};
  if (call.in(0).rank() == 0)
    return call.operand_error(call.describe(0) + ", without a class axis");
  const Tensor p = call.in(0), q = call.in(1);
  return reduced(call, sum(product_or_zero(p, log(p) - log(q)), {p.rank() - 1}));
}

Results l1(Call& call) { return {sum(abs(call.in(0)), all_axes(call.in(0).rank()))}; }
Results l2(Call& call) { return {sum(call.in(0) * call.in(0), all_axes(call.in(0).rank()))}; }

Function loss(std::string name, std::vector<OperandSpec> operands, std::vector<AttrDecl> attrs,
              std::string formula, std::string doc, Results (*build)(Call&)) {
  attrs.push_back({.name = "reduction",
                   .kinds = {K::string},
                   .fallback = std::string("mean"),
                   .choices = {"mean", "sum", "none"}});
  return {.name = std::move(name),
          .family = "loss",
          .operands = std::move(operands),
          .attrs = std::move(attrs),
          .doc = std::move(doc),
          .formula = std::move(formula),
          .build = build};
}

void add_class_losses(FunctionTable& table) {
  const std::string classes = "classes on the last axis; y holds class ids or distributions";
  table.add(loss("cross_entropy", {{.name = "p"}, {.name = "y"}}, {}, "-sum_k y[k]*log(p[k])",
                 "of probabilities p; " + classes + "; 0 where y is 0", cross_entropy));
  table.add(loss("nll", {{.name = "logp"}, {.name = "y"}}, {}, "-sum_k y[k]*logp[k]",
                 "cross entropy of log-probabilities; " + classes + "; 0 where y is 0", nll));
  table.add(loss("softmax_cross_entropy", {{.name = "logits"}, {.name = "y"}},
                 {{.name = "label_smoothing",
                   .kinds = {K::real},
                   .fallback = 0.0,
                   .doc = "this share of y is spread evenly over the classes"}},
                 "log(sum_k exp(logits[k])) - sum_k y[k]*logits[k]",
                 "cross entropy of softmax(logits), finite for any; " + classes,
                 softmax_cross_entropy));
  table.add(loss("sparsemax_loss", {{.name = "z"}, {.name = "y"}}, {},
                 "(sum_S (z[k]^2 - tau^2) + |y|^2)/2 - sum_k y[k]*z[k]",
                 "loss of sparsemax(z), S and tau its support and threshold; " + classes,
                 sparsemax_loss));
  table.add(loss("kl_divergence", {{.name = "p"}, {.name = "q"}}, {},
                 "sum_k p[k]*(log(p[k]) - log(q[k]))",
                 "from q to p, distributions on the last axis; 0 where p is 0", kl_divergence));
}

} // namespace

void add_losses(FunctionTable& table) {
  const std::vector<OperandSpec> values = {{.name = "z"}, {.name = "y"}};
  table.add(loss("mse", values, {}, "(z - y)^2", "squared error", elementwise_loss<squared_error>));
  table.add(loss("half_mse", values, {}, "(z - y)^2 / 2", "half the squared error",
                 elementwise_loss<half_squared_error>));
  table.add(loss("mae", values, {}, "|z - y|", "absolute error; derivative 0 at 0",
                 elementwise_loss<absolute_error>));
  table.add(loss("huber", values, {{.name = "delta", .kinds = {K::real}, .fallback = 1.0}},
                 "e^2/2 where |e| <= delta, else delta*(|e| - delta/2); e = z - y",
                 "squared near 0, absolute far away", huber));
  table.add(loss("hinge", values, {}, "relu(1 - y*z)", "0 from a margin of 1 on; y is -1 or 1",
                 elementwise_loss<hinge>));
  table.add(loss("binary_cross_entropy", {{.name = "p"}, {.name = "y"}}, {},
                 "-y*log(p) - (1 - y)*log(1 - p)",
                 "of probabilities p and labels y in [0, 1]; a term with factor 0 is 0",
                 elementwise_loss<binary_cross_entropy>));
  table.add(loss("binary_cross_entropy_logits", values, {}, "y*softplus(-z) + (1 - y)*softplus(z)",
                 "binary_cross_entropy(sigmoid(z), y), finite for any finite z",
                 elementwise_loss<binary_cross_entropy_logits>));
  add_class_losses(table);
  table.add({.name = "l1",
             .family = "regulariser",
             .operands = {{.name = "w"}},
             .doc = "sum of absolute values; derivative 0 at 0",
             .formula = "sum(|w|)",
             .build = l1});
  table.add({.name = "l2",
             .family = "regulariser",
             .operands = {{.name = "w"}},
             .doc = "sum of squares, without a factor 1/2",
             .formula = "sum(w*w)",
             .build = l2});
}

} // namespace nnc::nn
