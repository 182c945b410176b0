#include "frontends/nn/call.h"

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;
using K = AttrKind;

const OperandSpec x_operand{.name = "x"};

AttrDecl axis_attr() {
  return {.name = "axis", .kinds = {K::integer}, .fallback = std::int64_t{-1}};
}

/// x * (select of a smooth curve) and the like: one operand of floats, same type back.
template <Tensor (*f)(const Tensor&)>
Results pointwise(Call& call) {
  return {f(call.in(0))};
}

Function activation(std::string name, std::string formula, std::string doc,
                    Results (*build)(Call&)) {
  return {.name = std::move(name),
          .family = "activation",
          .operands = {x_operand},
          .doc = std::move(doc),
          .formula = std::move(formula),
          .build = build};
}

Tensor relu(const Tensor& x) { return select(binary("le", x, 0), 0, x); }

Results step(Call& call) { // step(0) = 0; a constant to derivatives
  const Tensor x = call.in(0);
  const Tensor positive = binary("gt", x, 0);
  if (call.failed()) return {};
  return {cast(positive, x.dtype())};
}

Results leaky_relu(Call& call) {
  const Tensor x = call.in(0);
  return {select(binary("le", x, 0), call.real("alpha") * x, x)};
}

/// exp(min(x, 0)), so that the side that is not taken never overflows.
Tensor expm1_of_negative(const Tensor& x) {
  return unary("expm1", select(binary("le", x, 0), x, 0));
}

Results elu(Call& call) {
  const Tensor x = call.in(0);
  return {select(binary("le", x, 0), call.real("alpha") * expm1_of_negative(x), x)};
}

/// G. Klambauer et al.: Self-normalizing neural networks, 2017.
Tensor selu(const Tensor& x) {
  constexpr double alpha = 1.6732632423543772, scale = 1.0507009873554805;
  return select(binary("le", x, 0), scale * alpha * expm1_of_negative(x), scale * x);
}

Results gelu(Call& call) {
  const Tensor x = call.in(0);
  if (!call.boolean("approximate"))
    return {0.5 * x * unary("erfc", x * -0.7071067811865476)}; // erfc keeps the far left tail
  // 0.5 (1 + tanh(z)) = sigmoid(2z)
  constexpr double root_8_over_pi = 1.5957691216057308;
  return {x * sigmoid(root_8_over_pi * (x + 0.044715 * (x * x * x)))};
}

Tensor silu(const Tensor& x) { return x * sigmoid(x); }
Tensor mish(const Tensor& x) { return x * tanh(softplus(x)); }
Tensor identity(const Tensor& x) { return x; }

Tensor hard_sigmoid(const Tensor& x) {
  const Tensor line = x / 6.0 + 0.5;
  return select(binary("lt", line, 0), 0, select(binary("gt", line, 1), 1, line));
}

/// x - max(x), with a maximum that derivatives do not see: the result does not depend on it.
Tensor shifted(const Tensor& x, int axis) {
  return x - stop_gradient(reduce("max", x, {axis}, true));
}

Results softmax(Call& call) {
  const Tensor x = call.in(0);
  const int axis = call.axis("axis", x.rank());
  if (call.failed()) return {};
  const Tensor e = exp(shifted(x, axis));
  return {e / sum(e, {axis}, true)};
}

Results log_softmax(Call& call) {
  const Tensor x = call.in(0);
  const int axis = call.axis("axis", x.rank());
  if (call.failed()) return {};
  const Tensor z = shifted(x, axis);
  return {z - log(sum(exp(z), {axis}, true))};
}

Results maxout(Call& call) {
  const Tensor x = call.in(0);
  const int axis = call.axis("axis", x.rank());
  const std::int64_t pieces = call.integer("pieces");
  if (call.failed()) return {};
  if (pieces < 1 || x.size(axis) % pieces != 0)
    return call.attr_error("axis " + std::to_string(axis) + " of size " +
                           std::to_string(x.size(axis)) + " has no groups of " +
                           std::to_string(pieces));
  Shape grouped = x.shape();
  grouped[static_cast<std::size_t>(axis)] /= pieces;
  grouped.insert(grouped.begin() + axis + 1, pieces);
  return {reduce("max", reshape(x, std::move(grouped)), {axis + 1})};
}

} // namespace

void add_activations(FunctionTable& table) {
  table.add(activation("identity", "x", "the operand itself", pointwise<identity>));
  table.add(
      activation("step", "1 where x > 0, else 0", "unit step; step(0) = 0, derivative 0", step));
  table.add(
      activation("relu", "select(x <= 0, 0, x)", "rectifier; derivative 0 at 0", pointwise<relu>));
  Function leaky =
      activation("leaky_relu", "select(x <= 0, alpha*x, x)",
                 "rectifier with a slope on the left; derivative alpha at 0", leaky_relu);
  leaky.attrs = {
      {.name = "alpha", .kinds = {K::real}, .fallback = 0.01, .doc = "slope for x <= 0"}};
  table.add(std::move(leaky));
  Function exponential = activation("elu", "select(x <= 0, alpha*(exp(x) - 1), x)",
                                    "exponential linear unit; derivative alpha at 0", elu);
  exponential.attrs = {{.name = "alpha", .kinds = {K::real}, .fallback = 1.0}};
  table.add(std::move(exponential));
  table.add(activation("selu", "1.0507 * select(x <= 0, 1.67326*(exp(x) - 1), x)",
                       "self-normalising exponential linear unit", pointwise<selu>));
  Function gaussian = activation("gelu", "x * Phi(x), Phi the normal distribution function",
                                 "Gaussian error linear unit", gelu);
  gaussian.attrs = {{.name = "approximate",
                     .kinds = {K::boolean},
                     .fallback = false,
                     .doc = "x * sigmoid(2*sqrt(2/pi)*(x + 0.044715*x^3)), the tanh form"}};
  table.add(std::move(gaussian));
  table.add(
      activation("silu", "x * sigmoid(x)", "x by its sigmoid, also called swish", pointwise<silu>));
  table.add(activation("mish", "x * tanh(softplus(x))", "x by the tanh of its softplus",
                       pointwise<mish>));
  table.add(activation("hard_sigmoid", "clip(x/6 + 1/2, 0, 1)", "piecewise linear sigmoid",
                       pointwise<hard_sigmoid>));
  Function normal =
      activation("softmax", "exp(x - max) / sum(exp(x - max))",
                 "shares that sum to 1 along an axis; finite for any finite x", softmax);
  normal.attrs = {axis_attr()};
  table.add(std::move(normal));
  Function logs = activation("log_softmax", "x - max - log(sum(exp(x - max)))",
                             "logarithm of softmax, finite for any finite x", log_softmax);
  logs.attrs = {axis_attr()};
  table.add(std::move(logs));
  Function groups =
      activation("maxout", "max of each `pieces` consecutive elements of the axis",
                 "the axis shrinks by the factor `pieces`; ties share the gradient", maxout);
  groups.attrs = {{.name = "pieces", .kinds = {K::integer}, .required = true}, axis_attr()};
  table.add(std::move(groups));
}

} // namespace nnc::nn
