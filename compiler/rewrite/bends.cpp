#include "compiler/rewrite/bends.h"

#include "ir/interpret/interpreter.h"

#include <algorithm>
#include <cmath>

namespace nnc::pattern {
namespace {

constexpr int deepest = 4; ///< operations from a bend down to its number

/// Does a comparison hold between two numbers? Nothing where that is no question about numbers.
std::optional<bool> holds(const Graph& g, const Node& comparison, double x, double y) {
  Graph one(g.context(), "comparison");
  Builder b(one);
  const DType dtype = g.type(comparison.inputs[0]).dtype;
  const Value answered = b.op(comparison.row->name, {b.scalar(dtype, x), b.scalar(dtype, y)});
  if (b.error()) return std::nullopt;
  one.outputs = {{"holds", answered}};
  const auto answer = interpret(one, {});
  if (!answer.ok() || answer->front().type.dtype != DType::boolean) return std::nullopt;
  return literal_integer(answer->front(), 0) != 0;
}

/// The answers to a question about the number, which are the same for all numbers of one sign.
struct Answers {
  bool left, right, at;
};

class Bends {
public:
  Bends(const Graph& graph, Value number) : g_(graph), number_(number) {}

  std::optional<Bend> of(Value value, int levels) const {
    if (value == number_) return Bend{1, 1, 1};
    if (opposite(g_, value, number_)) return Bend{-1, -1, -1};
    if (is_splat(g_, value, 0)) return Bend{};
    if (levels == 0) return std::nullopt;
    if (is(g_, value, "abs")) {
      const auto size = of(operand(g_, value), levels - 1);
      return size ? std::optional(Bend{-std::abs(size->left), std::abs(size->right), 0})
                  : std::nullopt;
    }
    if (is(g_, value, "maximum") || is(g_, value, "minimum")) return of_extreme(value, levels - 1);
    if (is(g_, value, "select")) return of_select(value, levels - 1);
    return of_parts(value, levels - 1);
  }

private:
  std::optional<Bend> of_parts(Value value, int levels) const {
    const auto parts = linear_parts(g_, value);
    if (parts.empty()) return std::nullopt;
    Bend sum;
    for (const auto& [part, factor] : parts) {
      const auto bend = of(part, levels);
      if (!bend) return std::nullopt;
      sum = sum + *bend * factor;
    }
    return sum;
  }

  std::optional<Bend> of_extreme(Value value, int levels) const {
    const auto one = of(operand(g_, value, 0), levels), other = of(operand(g_, value, 1), levels);
    if (!one || !other) return std::nullopt;
    const auto [low, high] = std::minmax(one->left, other->left); // of negative numbers
    const auto [below, above] = std::minmax(one->right, other->right);
    const double at = (one->at + other->at) / 2;
    return is(g_, value, "maximum") ? Bend{low, above, at} : Bend{high, below, at};
  }

  std::optional<Bend> of_select(Value value, int levels) const {
    const auto answers = of_condition(operand(g_, value, 0), levels);
    const auto yes = of(operand(g_, value, 1), levels), no = of(operand(g_, value, 2), levels);
    if (!answers || !yes || !no) return std::nullopt;
    return Bend{(answers->left ? yes : no)->left, (answers->right ? yes : no)->right,
                (answers->at ? yes : no)->at};
  }

  /// Of a comparison of two bends: of 0, of w and -w, ...
  std::optional<Answers> of_condition(Value condition, int levels) const {
    const Node& node = g_.producer(condition);
    const auto operands = g_.operands(node);
    if (!node.row->elementwise || operands.size() != 2) return std::nullopt;
    if (!is_float(g_.type(operands[0]).dtype)) return std::nullopt;
    const auto one = of(operands[0], levels), other = of(operands[1], levels);
    if (!one || !other) return std::nullopt;
    const auto left = holds(g_, node, -one->left, -other->left);
    const auto right = holds(g_, node, one->right, other->right);
    const auto at = holds(g_, node, 0, 0);
    return left && right && at ? std::optional(Answers{*left, *right, *at}) : std::nullopt;
  }

  const Graph& g_;
  const Value number_;
};

} // namespace

std::vector<Scaled> linear_parts(const Graph& g, Value value) {
  if (is(g, value, "neg")) return {{operand(g, value), -1}};
  if (is(g, value, "add")) return {{operand(g, value)}, {operand(g, value, 1)}};
  if (is(g, value, "sub")) return {{operand(g, value)}, {operand(g, value, 1), -1}};
  const bool quotient = is(g, value, "div");
  if (!quotient && !is(g, value, "mul")) return {};
  const auto factor = splat(g, operand(g, value, 1));
  if (!factor || *factor == 0 || !std::isfinite(*factor)) return {};
  return {{operand(g, value), quotient ? 1 / *factor : *factor}};
}

std::optional<Bend> bend_of(const Graph& graph, Value value, Value number) {
  return Bends(graph, number).of(value, deepest);
}

std::vector<Value> numbers_below(const Graph& g, Value value) {
  std::vector<Value> numbers{value};
  while (numbers.size() <= deepest) {
    const Value above = numbers.back();
    const bool bent = is(g, above, "abs") || is(g, above, "maximum") || is(g, above, "minimum") ||
                      is(g, above, "select");
    if (!bent && linear_parts(g, above).empty()) break;
    const auto operands = g.operands(g.node_of(above));
    const auto branch = std::ranges::find_if(
        operands, [&](Value each) { return g.type(each) == g.type(above) && !splat(g, each); });
    if (branch == operands.end()) break;
    numbers.push_back(*branch);
  }
  std::ranges::reverse(numbers);
  return numbers;
}

} // namespace nnc::pattern
