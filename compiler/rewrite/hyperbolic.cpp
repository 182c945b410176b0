// tanh as textbooks write it, by exponentials or sigmoids, which overflow or lose digits near 0.

#include "compiler/rewrite/factors.h"
#include "compiler/rewrite/lists.h"

namespace nnc {
namespace {

using namespace pattern;

/// sign * exp(exponent); an invalid exponent is 0.
struct Exponential {
  Value exponent;
  bool negative = false;
};

std::optional<Exponential> exponential(const Graph& g, Value value, bool minus) {
  if (is(g, value, "exp")) return Exponential{operand(g, value), minus};
  const auto number = splat(g, value);
  if (number != 1.0 && number != -1.0) return std::nullopt;
  return Exponential{{}, minus != (*number < 0)};
}

/// exp(a) + exp(b) with any signs, and either may be 1.
std::optional<std::array<Exponential, 2>> two_exponentials(const Graph& g, Value value) {
  if (is(g, value, "expm1"))
    return std::array{Exponential{operand(g, value)}, Exponential{{}, true}};
  const bool minus = is(g, value, "sub");
  if (!minus && !is(g, value, "add")) return std::nullopt;
  const auto first = exponential(g, operand(g, value, 0), false);
  const auto second = exponential(g, operand(g, value, 1), minus);
  if (!first || !second) return std::nullopt;
  return std::array{*first, *second};
}

/// expm1(x) + c = exp(x) + (c - 1) where that is no difference: nothing cancels that did not.
Value exp_of_expm1(Builder& b, const Graph& g, NodeId node) {
  const auto x = argument_of(g, g.operands(node)[0], "expm1");
  const auto number = splat(g, g.operands(node)[1]);
  return x && number && *number >= 1 ? b.add(b.op("exp", {*x}), *number - 1) : Value{};
}

Value half(Builder& b, Value x) { return b.mul(x, 0.5); }

/// (exp(a) - exp(b)) / (exp(a) + exp(b)) = tanh((a - b)/2)
Value tanh_of_exp(Builder& b, const Graph& g, Value difference, Value sum) {
  const auto above = two_exponentials(g, difference);
  const auto below = above ? two_exponentials(g, sum) : std::nullopt;
  if (!above || !below || (*above)[0].negative == (*above)[1].negative) return {};
  if ((*below)[0].negative || (*below)[1].negative) return {};
  const bool first_minus = (*above)[0].negative;
  const Value plus = (*above)[first_minus].exponent, minus = (*above)[!first_minus].exponent;
  const Value low = (*below)[0].exponent, high = (*below)[1].exponent;
  if (!(low == plus && high == minus) && !(low == minus && high == plus)) return {};
  if (!minus.valid()) return plus.valid() ? b.op("tanh", {half(b, plus)}) : Value{};
  if (!plus.valid()) return b.op("tanh", {half(b, b.neg(minus))});
  return b.op("tanh", {half(b, b.sub(plus, minus))});
}

Value tanh_of_hyperbolic(Builder& b, const Graph& g, Value above, Value below) {
  const auto x = argument_of(g, above, "sinh");
  return x && argument_of(g, below, "cosh") == x ? b.op("tanh", {*x}) : Value{};
}

/// The x of 2*sigmoid(x).
std::optional<Value> twice_sigmoid(const Graph& g, Value value) {
  if (!is(g, value, "mul") || !is_splat(g, operand(g, value, 1), 2)) return std::nullopt;
  const Value function = operand(g, value, 0);
  return is(g, function, "sigmoid") ? std::optional(operand(g, function)) : std::nullopt;
}

/// 2*sigmoid(x) - 1 = tanh(x/2)
Value tanh_of_sigmoid(Builder& b, const Graph& g, NodeId node) {
  const auto x = twice_sigmoid(g, g.operands(node)[0]);
  return x && is_splat(g, g.operands(node)[1], -1) ? b.op("tanh", {half(b, *x)}) : Value{};
}

/// 1 - 2*sigmoid(x) = tanh(-x/2)
Value tanh_of_minus_sigmoid(Builder& b, const Graph& g, NodeId node) {
  const auto x = twice_sigmoid(g, g.operands(node)[1]);
  return x && is_splat(g, g.operands(node)[0], 1) ? b.op("tanh", {half(b, b.neg(*x))}) : Value{};
}

/// factor * sigmoid(x); an invalid factor is 1.
struct SigmoidTimes {
  Value factor, x;
};

std::vector<SigmoidTimes> sigmoid_times(const Graph& g, Value value) {
  if (is(g, value, "sigmoid")) return {{{}, operand(g, value)}};
  std::vector<SigmoidTimes> found;
  if (is(g, value, "mul"))
    for (const auto& [one, other] : both_orders(g, value))
      if (is(g, one, "sigmoid")) found.push_back({other, operand(g, one)});
  return found;
}

/// c*sigmoid(x) - c*sigmoid(-x) = c*tanh(x/2)
Value tanh_of_two_sigmoids(Builder& b, const Graph& g, NodeId node) {
  for (const auto& [factor, x] : sigmoid_times(g, g.operands(node)[0]))
    for (const auto& [same, y] : sigmoid_times(g, g.operands(node)[1])) {
      if (factor != same || !opposite(g, x, y)) continue;
      const Value result = b.op("tanh", {half(b, x)});
      return factor.valid() ? b.mul(result, factor) : result;
    }
  return {};
}

/// expm1(x) * sigmoid(-x) = tanh(x/2): a quotient by exp(x) + 1 that is a product already
Value tanh_of_product(Builder& b, const Graph& g, Value one, Value other) {
  const auto x = argument_of(g, one, "expm1"), y = argument_of(g, other, "sigmoid");
  return x && y && opposite(g, *x, *y) ? b.op("tanh", {half(b, *x)}) : Value{};
}

constexpr Meeting exponentials{"", tanh_of_exp}, functions{"sinh", tanh_of_hyperbolic},
    product{"expm1", tanh_of_product};

constexpr std::array rows = {
    Rewrite{"tanh-of-exp", "div", across<exponentials>},
    Rewrite{"tanh-of-exp", "mul", across<exponentials>},
    Rewrite{"tanh-of-hyperbolic", "div", across<functions>},
    Rewrite{"tanh-of-hyperbolic", "mul", across<functions>},
    Rewrite{"tanh-of-product", "div", beside<product>},
    Rewrite{"tanh-of-product", "mul", beside<product>},
    Rewrite{"exp-of-expm1", "add", exp_of_expm1},
    Rewrite{"tanh-of-sigmoid", "add", tanh_of_sigmoid},
    Rewrite{"tanh-of-minus-sigmoid", "sub", tanh_of_minus_sigmoid},
    Rewrite{"tanh-of-two-sigmoids", "sub", tanh_of_two_sigmoids},
};

} // namespace

std::span<const Rewrite> hyperbolic_rewrites() { return rows; }

} // namespace nnc
