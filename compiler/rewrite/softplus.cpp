// softplus in sums: beside its argument, and put together from its parts, as log(1 + exp(-|w|)) and
// max(w, 0) are. The parts bend at 0 where the whole does not, so that its second derivative there
// is lost. A part may be spelled in many ways and stand anywhere in the sum, and so may its own
// parts: of 0.5*|w| + log(1 + exp(-|w|)) - 0.5*w = softplus(-w) any two are nothing.

#include "compiler/rewrite/addends.h"
#include "compiler/rewrite/bends.h"
#include "compiler/rewrite/lists.h"
#include "compiler/rewrite/logarithm.h"

#include <cmath>
#include <utility>

namespace nnc {
namespace {

using namespace pattern;

constexpr int levels = 5; ///< of sums of sums

Value softplus(Builder& b, Value x) { return b.op("softplus", {x}); }

/// What stands for the parts of a sum that are made by one number w.
struct Together {
  double plus = 0, minus = 0; ///< times softplus(c*w), times softplus(-c*w)
  double slope = 0;           ///< times w

  int parts() const { return (plus != 0) + (minus != 0) + (slope != 0); }
};

/// The parts of a sum that are softplus(c*w), softplus(-c*w), softplus(-c*|w|), ... or bends of w.
/// softplus(-x) = softplus(x) - x, so that each of the former is softplus(c*w) and a bend.
class PartsOfNumber {
public:
  /// `only`: the one part that bends and is no softplus; else all are taken.
  PartsOfNumber(const Graph& graph, Value number, double scale, std::optional<Value> only = {})
      : g_(graph), number_(number), scale_(scale), only_(only) {}

  /// The sum in fewer parts, or in such as do not bend; an invalid value when there is none.
  Value joined(Builder& b, Value sum) {
    collect(sum, 1, levels);
    if (!bend_.straight()) return {};
    const Together together = put_together();
    if (!bends_ && together.parts() >= taken_) return {};
    const Value rest = without_parts(b, sum, levels);
    return sum_of(b, rest, build(b, together), false);
  }

  const std::vector<Value>& bent() const { return bent_; } ///< parts seen that bend

private:
  struct Part {
    double weight = 0; ///< of softplus(c*w)
    Bend bend = {};    ///< beside it
    bool bends = false;
  };

  std::optional<Part> part_of(Value value) const {
    if (const auto argument = argument_of(g_, value, "softplus")) {
      const auto u = bend_of(g_, *argument, number_);
      if (!u || std::abs(u->left) != scale_ || std::abs(u->right) != scale_) return std::nullopt;
      const Bend beside{u->left == scale_ ? 0 : -scale_, u->right == scale_ ? 0 : -scale_,
                        (u->at - scale_) / 2};
      return Part{1, beside, !u->straight()};
    }
    const auto bend = bend_of(g_, value, number_);
    if (!bend || *bend == Bend{}) return std::nullopt; // 0 has no number of its own
    if (!bend->straight() && only_ && *only_ != value) return std::nullopt;
    return Part{0, *bend, !bend->straight()};
  }

  void collect(Value value, double factor, int further) {
    const auto part = part_of(value);
    if (part) {
      ++taken_;
      weight_ += factor * part->weight;
      bend_ = bend_ + part->bend * factor;
      bends_ |= part->bends;
      has_slope_ |= part->weight == 0 && !part->bends;
      if (part->weight != 0 && !part->bends) straight_ = operand(g_, value);
      if (part->weight == 0 && part->bends) list_bent(value, further);
    } else if (further > 0) {
      for (const auto& [inner, scale] : linear_parts(g_, value))
        collect(inner, factor * scale, further - 1);
    }
  }

  void list_bent(Value value, int further) {
    bent_.push_back(value);
    if (further == 0) return;
    for (const auto& [inner, scale] : linear_parts(g_, value))
      if (const auto bend = bend_of(g_, inner, number_); bend && !bend->straight())
        list_bent(inner, further - 1);
  }

  /// Right where w is infinite, too, but for a multiple of w that was there before.
  Together put_together() const {
    const double slope = bend_.left, whole = scale_ * weight_;
    if (slope == -whole) return {.minus = weight_};
    const double share = -slope / whole; // how much of it is softplus(-c*w)
    if (share > 1) return {.minus = weight_, .slope = slope + whole};
    if (share > 0 && !has_slope_)
      return {.plus = weight_ + slope / scale_, .minus = -slope / scale_};
    return {.plus = weight_, .slope = slope};
  }

  /// c*w
  Value scaled(Builder& b) const {
    if (!straight_.valid()) return b.mul(number_, scale_);
    return bend_of(g_, straight_, number_)->left < 0 ? b.neg(straight_) : straight_;
  }

  Value build(Builder& b, const Together& together) const {
    Value sum;
    const auto add = [&](double factor, auto make) {
      if (factor != 0) sum = sum_of(b, sum, b.mul(make(), factor), false);
    };
    add(together.plus, [&] { return softplus(b, scaled(b)); });
    add(together.minus, [&] { return softplus(b, b.neg(scaled(b))); });
    add(together.slope, [&] { return number_; });
    return sum.valid() ? sum : b.zeros_like(number_);
  }

  /// What is left of the sum; invalid if that is nothing.
  Value without_parts(Builder& b, Value value, int further) const {
    if (part_of(value)) return {};
    const auto parts = further > 0 ? linear_parts(g_, value) : std::vector<Scaled>();
    if (parts.empty()) return value;
    const Value first = without_parts(b, parts[0].part, further - 1);
    if (parts.size() == 2)
      return sum_of(b, first, without_parts(b, parts[1].part, further - 1), parts[1].factor < 0);
    return first.valid() ? b.mul(first, parts[0].factor) : first;
  }

  const Graph& g_;
  const Value number_;
  const double scale_; ///< c, above 0
  const std::optional<Value> only_;
  int taken_ = 0;
  double weight_ = 0;
  Bend bend_;
  bool bends_ = false, has_slope_ = false; ///< is there a part that does, or is a multiple of w?
  Value straight_;                         ///< c*w or -c*w, where that was there
  std::vector<Value> bent_;
};

void list_arguments(const Graph& g, Value value, int further, std::vector<Value>& arguments) {
  if (const auto argument = argument_of(g, value, "softplus")) arguments.push_back(*argument);
  if (further == 0) return;
  for (const auto& [part, factor] : linear_parts(g, value))
    list_arguments(g, part, further - 1, arguments);
}

/// max(w, 0) + softplus(-|w|) = softplus(w), softplus(z) - z = softplus(-z), which keeps its digits
/// where softplus(z) is near z, softplus(x) - softplus(-x) = x, and the like. Other parts that bend
/// may be there for reasons of their own: |w| as a penalty.
Value softplus_in_sum(Builder& b, const Graph& g, NodeId node) {
  const Value sum = g.result(node);
  std::vector<Value> arguments;
  list_arguments(g, sum, levels, arguments);
  for (const Value argument : arguments)
    for (const Value number : numbers_below(g, argument)) {
      const auto u = bend_of(g, argument, number);
      if (!u || u->left == 0 || std::abs(u->left) != std::abs(u->right)) continue;
      const double scale = std::abs(u->left);
      PartsOfNumber all(g, number, scale);
      if (const Value found = all.joined(b, sum); found.valid()) return found;
      if (all.bent().size() == 1) continue;
      for (const Value only : all.bent())
        if (const Value found = PartsOfNumber(g, number, scale, only).joined(b, sum); found.valid())
          return found;
    }
  return {};
}

/// Is d = x - y, or y - x?
bool is_difference(const Graph& g, Value d, Value x, Value y) {
  const bool difference = is(g, d, "sub");
  if (!difference && !is(g, d, "add")) return false;
  const auto of = [&](Value first, Value second) {
    if (operand(g, d) != first) return false;
    if (difference) return operand(g, d, 1) == second;
    const auto less = splat(g, operand(g, d, 1));
    return less && is_splat(g, second, -*less);
  };
  return of(x, y) || of(y, x);
}

/// Is it -|x - y|, perhaps as min(x, y) - max(x, y)?
bool is_minus_distance(const Graph& g, Value value, Value x, Value y) {
  if (const auto distance = negated(g, value))
    return is(g, *distance, "abs") && is_difference(g, operand(g, *distance), x, y);
  if (!is(g, value, "sub") || !is(g, operand(g, value), "minimum")) return false;
  const auto of_both = [&](Value extreme) {
    const Value first = operand(g, extreme), second = operand(g, extreme, 1);
    return (first == x && second == y) || (first == y && second == x);
  };
  return is(g, operand(g, value, 1), "maximum") && of_both(operand(g, value)) &&
         of_both(operand(g, value, 1));
}

/// max(x, y) + softplus(-|x - y|) = log(exp(x) + exp(y)), and softplus(-|x - y|) - min(x, y) of -x
/// and -y.
Value logarithm_of_both(Builder& b, const Graph& g, Value first, Value second, bool difference) {
  if (!is(g, second, difference ? "minimum" : "maximum")) return {};
  Value x = operand(g, second), y = operand(g, second, 1);
  if (!is_minus_distance(g, operand(g, first), x, y)) return {};
  if (splat(g, x)) std::swap(x, y);
  if (difference) x = b.neg(x), y = b.neg(y);
  if (splat(g, y)) return log_of_two(b, g, x, y); // its exponential may be too large
  return b.op("log", {b.add(b.op("exp", {x}), b.op("exp", {y}))});
}

/// A shift by max(z, 0) that is taken back: log(exp(a - m) + exp(b - m)) + m.
Value shift_and_back(Builder& b, const Graph&, Value first, Value second, bool difference) {
  return difference && first == second ? b.zeros_like(first) : Value{};
}

constexpr Joining both{"softplus", logarithm_of_both}, shift{"maximum", shift_and_back};

constexpr std::array rows = {
    Rewrite{"softplus-in-sum", "add", softplus_in_sum},
    Rewrite{"softplus-in-sum", "sub", softplus_in_sum},
    Rewrite{"logarithm-of-both", "add", joined<both>},
    Rewrite{"logarithm-of-both", "sub", joined<both>},
    Rewrite{"shift-and-back", "add", joined<shift>},
    Rewrite{"shift-and-back", "sub", joined<shift>},
};

} // namespace

std::span<const Rewrite> softplus_rewrites() { return rows; }

} // namespace nnc
