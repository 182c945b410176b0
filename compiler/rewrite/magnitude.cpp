#include "compiler/rewrite/magnitude.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nnc::pattern {

namespace {

constexpr int depth = 6; ///< of products in sums in products ...; a constant cost for each node
constexpr std::size_t most_terms = 16;
constexpr int most_parts = 16; ///< of a sum that may have a maximum subtracted
constexpr int views_followed = 16;

bool is_view(const Graph& g, Value value) {
  return is(g, value, "broadcast") || is(g, value, "reshape");
}

/// m of select(is_finite(m), m, 0), else the value itself.
Value where_finite(const Graph& g, Value value) {
  if (!is(g, value, "select") || !is_splat(g, operand(g, value, 2), 0)) return value;
  const Value condition = operand(g, value, 0), m = operand(g, value, 1);
  return is(g, condition, "is_finite") && operand(g, condition) == m ? m : value;
}

/// The value below everything that keeps its elements and moves no gradient.
Value below_views(const Graph& g, Value value) {
  for (int i = 0; i < views_followed && (is_view(g, value) || is(g, value, "stop_gradient")); ++i)
    value = operand(g, value);
  return value;
}

Magnitude both(const Magnitude& one, const Magnitude& other) {
  if (!one.known || !other.known) return {};
  return {true, one.extreme || other.extreme, one.grows || other.grows};
}

Magnitude within(const Graph& g, Value value, int levels) {
  if (is(g, value, "exp")) return {true, true, !shifted_by_greatest(g, operand(g, value))};
  if (is(g, value, "cosh")) return {true, true, true};
  if (is(g, value, "sigmoid")) return {.known = true, .extreme = true};
  if (const auto number = splat(g, value)) return {.known = *number > 0};
  if (levels == 0) return {};
  if (is(g, value, "mul") || is(g, value, "div") || is(g, value, "add")) {
    const Magnitude first = within(g, operand(g, value), levels - 1);
    return first.known ? both(first, within(g, operand(g, value, 1), levels - 1)) : first;
  }
  if (is_view(g, value) || is(g, value, "gather") || is(g, value, "slice") ||
      is(g, value, "sqrt") || is(g, value, "pow"))
    return within(g, operand(g, value), levels - 1);
  if (!is(g, value, "sum") || !is(g, operand(g, value), "exp")) return {};
  const bool large = sum_of_exp(g, value).has_value();
  return {true, large, large};
}

/// Adds the terms of a sum to a list. False where there are too many, or of both signs.
bool collect(const Graph& g, Value value, bool negative, Terms& terms, std::size_t levels) {
  const bool difference = is(g, value, "sub");
  if (difference || is(g, value, "add"))
    return levels > 0 && collect(g, operand(g, value), negative, terms, levels - 1) &&
           collect(g, operand(g, value, 1), negative != difference, terms, levels - 1);
  const auto number = splat(g, value);
  if (number && *number < 0) negative = !negative;
  if (terms.list.empty()) terms.negative = negative;
  if (terms.negative != negative || terms.list.size() == most_terms) return false;
  terms.list.push_back(value);
  return true;
}

} // namespace

Magnitude magnitude_of(const Graph& graph, Value value) { return within(graph, value, depth); }

Value logarithm_of(Builder& b, const Graph& graph, Value value) {
  if (const auto number = splat(graph, value))
    return b.full(graph.type(value), std::log(std::abs(*number)));
  return b.op("log", {value});
}

std::optional<Terms> terms_of(const Graph& graph, Value value) {
  if (!is(graph, value, "add") && !is(graph, value, "sub")) return std::nullopt;
  Terms terms;
  return collect(graph, value, false, terms, most_terms) ? std::optional(std::move(terms))
                                                         : std::nullopt;
}

Value other_terms(Builder& b, const Terms& terms, std::size_t one) {
  Value sum;
  for (std::size_t i = 0; i < terms.list.size(); ++i) {
    if (i == one) continue;
    const auto number = splat(b.graph(), terms.list[i]);
    const Value term = number ? b.full(b.type(terms.list[i]), std::abs(*number)) : terms.list[i];
    sum = sum.valid() ? b.add(sum, term) : term;
  }
  return sum;
}

namespace {

/// What x has subtracted: the addends with a minus.
std::vector<Value> subtracted(const Graph& graph, Value x) {
  // Other rewrites move signs: x - m may have become -(y + m).
  struct Part {
    Value value;
    bool minus;
  };
  std::vector<Part> pending{{x, false}};
  std::vector<Value> found;
  for (int seen = 0; !pending.empty() && seen < most_parts; ++seen) {
    const auto [value, minus] = pending.back();
    pending.pop_back();
    if (const auto opposite = negated(graph, value)) {
      pending.push_back({*opposite, !minus});
    } else if (is(graph, value, "add") || is(graph, value, "sub")) {
      pending.push_back({operand(graph, value), minus});
      pending.push_back({operand(graph, value, 1), minus != is(graph, value, "sub")});
    } else if (minus) {
      found.push_back(value);
    }
  }
  return found;
}

} // namespace

bool shifted_by_greatest(const Graph& graph, Value x) {
  return std::ranges::any_of(subtracted(graph, x), [&](Value value) {
    const Value top = where_finite(graph, value);
    return top != value && is(graph, below_views(graph, top), "maximum");
  });
}

bool shifted_by_max(const Graph& graph, Value x) {
  if (is(graph, x, "select")) x = operand(graph, x, 2); // a limit for what counts nothing
  return std::ranges::any_of(subtracted(graph, x), [&](Value value) {
    const Value shift = where_finite(graph, below_views(graph, value));
    return is(graph, below_views(graph, shift), "max");
  });
}

std::optional<RowSum> sum_of_exp(const Graph& graph, Value value) {
  if (!is(graph, value, "sum") || graph.attrs(value).boolean("keep")) return std::nullopt;
  const auto x = argument_of(graph, operand(graph, value), "exp");
  const auto& axes = graph.attrs(value).integers("axes");
  if (!x || shifted_by_max(graph, *x) || axes.empty()) return std::nullopt;
  return RowSum{*x, axes};
}

} // namespace nnc::pattern
