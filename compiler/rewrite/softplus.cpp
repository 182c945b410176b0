// softplus beside its argument, and put together from its parts: max(z, 0) + log(1 + exp(-|z|)),
// whose parts bend at 0 where the whole does not, so that its second derivative there is lost.

#include "compiler/rewrite/addends.h"
#include "compiler/rewrite/lists.h"

namespace nnc {
namespace {

using namespace pattern;

Value softplus(Builder& b, Value x) { return b.op("softplus", {x}); }

bool equal_up_to_sign(const Graph& g, Value a, Value b) { return a == b || opposite(g, a, b); }

/// The w of max(w, 0), min(w, 0) being -max(-w, 0): with that sign.
struct Ramp {
  Value of;
  bool minus = false;
};

std::optional<Ramp> ramp(const Graph& g, Value value) {
  const bool maximum = is(g, value, "maximum");
  if (maximum || is(g, value, "minimum")) {
    for (const auto& [w, zero] : both_orders(g, value))
      if (is_splat(g, zero, 0)) return Ramp{w, !maximum};
    return std::nullopt;
  }
  // (|w| + w)/2, and (|w| - w)/2 of -w
  if (!is(g, value, "mul") || !is_splat(g, operand(g, value, 1), 0.5)) return std::nullopt;
  const Value twice = operand(g, value);
  if (!is(g, twice, "add")) return std::nullopt;
  for (const auto& [w, size] : both_orders(g, twice))
    if (argument_of(g, size, "abs") == w) return Ramp{w, false};
  return std::nullopt;
}

/// max(w, 0) + softplus(-|w|) = softplus(w)
Value softplus_of_parts(Builder& b, const Graph& g, Value first, Value second, bool difference) {
  const auto size = negated(g, operand(g, first));
  const auto z = size ? argument_of(g, *size, "abs") : std::nullopt;
  const auto part = z ? ramp(g, second) : std::nullopt;
  if (!part || difference != part->minus || !equal_up_to_sign(g, part->of, *z)) return {};
  return softplus(b, part->minus ? b.neg(part->of) : part->of);
}

/// softplus(z) - z = softplus(-z), which keeps its digits where softplus(z) is near z;
/// softplus(-z) + z = softplus(z).
Value softplus_beside_argument(Builder& b, const Graph& g, Value first, Value second,
                               bool difference) {
  const Value x = operand(g, first);
  if (difference) return second == x ? softplus(b, b.neg(x)) : Value{};
  return opposite(g, x, second) ? softplus(b, second) : Value{};
}

/// softplus(x) - softplus(-x) = x: the logarithm of odds p/(1-p) taken apart
Value softplus_difference(Builder&, const Graph& g, Value first, Value second, bool difference) {
  const auto y = difference ? argument_of(g, second, "softplus") : std::nullopt;
  return y && opposite(g, operand(g, first), *y) ? operand(g, first) : Value{};
}

/// A shift by max(z, 0) that is taken back: log(exp(a - m) + exp(b - m)) + m.
Value shift_and_back(Builder& b, const Graph&, Value first, Value second, bool difference) {
  return difference && first == second ? b.zeros_like(first) : Value{};
}

constexpr Joining parts{"softplus", softplus_of_parts},
    argument{"softplus", softplus_beside_argument}, opposites{"softplus", softplus_difference},
    shift{"maximum", shift_and_back};

constexpr std::array rows = {
    Rewrite{"softplus-of-parts", "add", joined<parts>},
    Rewrite{"softplus-of-parts", "sub", joined<parts>},
    Rewrite{"softplus-beside-argument", "add", joined<argument>},
    Rewrite{"softplus-beside-argument", "sub", joined<argument>},
    Rewrite{"softplus-difference", "add", joined<opposites>},
    Rewrite{"softplus-difference", "sub", joined<opposites>},
    Rewrite{"shift-and-back", "add", joined<shift>},
    Rewrite{"shift-and-back", "sub", joined<shift>},
};

} // namespace

std::span<const Rewrite> softplus_rewrites() { return rows; }

} // namespace nnc
