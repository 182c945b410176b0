#include "frontends/formula/product_of_others.h"

#include <array>

namespace nnc::formula {
namespace {

const Node& producer_of(const Graph& graph, Value value) { return graph.producer(value); }

bool is(const Graph& graph, Value value, std::string_view op) {
  return producer_of(graph, value).row->name == op;
}

/// The half of `of` along its last axis that begins at `start`.
struct Half {
  Value value, of;
  std::int64_t start;
};

std::optional<Half> half(const Graph& graph, Value value) {
  if (!is(graph, value, "slice")) return std::nullopt;
  const Node& node = producer_of(graph, value);
  const Shape &from = graph.type(node.inputs[0]).shape, &to = graph.type(value).shape;
  const Axes start = graph.attrs(node).integers("start"), step = graph.attrs(node).integers("step");
  const bool rows = std::equal(from.begin(), from.end() - 1, to.begin());
  if (!rows || from.back() != 2 * to.back() || step.back() != 1) return std::nullopt;
  return Half{value, node.inputs[0], start.back()};
}

/// A half times the cotangent from the level above; without one it is 1.
struct Weighted {
  Half half;
  std::optional<Value> cotangent;
};

std::vector<Weighted> weighted_halves(const Graph& graph, Value value) {
  std::vector<Weighted> found;
  if (const auto plain = half(graph, value)) found.push_back({*plain, std::nullopt});
  if (!is(graph, value, "mul")) return found;
  const Node& node = producer_of(graph, value);
  for (const int i : {0, 1})
    if (const auto part = half(graph, node.inputs[i])) found.push_back({*part, node.inputs[1 - i]});
  return found;
}

/// A level of the tree: what it is over, and its cotangent.
struct Level {
  Half low, high;
  std::optional<Value> cotangent;
  Value over; ///< without the 1 that makes the number of elements even
};

std::optional<Level> level_at(const Graph& graph, Value value) {
  if (is(graph, value, "slice")) value = producer_of(graph, value).inputs[0];
  const Node& node = producer_of(graph, value);
  if (node.row->name != "concat" || node.input_count != 2 ||
      graph.attrs(node).integer("axis") != graph.type(value).rank() - 1)
    return std::nullopt;
  for (const Weighted& first : weighted_halves(graph, node.inputs[0]))
    for (const Weighted& second : weighted_halves(graph, node.inputs[1])) {
      const Half &high = first.half, &low = second.half;
      if (first.cotangent != second.cotangent || high.of != low.of || low.start != 0 ||
          high.start == 0)
        continue;
      const Node& padded = producer_of(graph, low.of);
      const bool odd = padded.row->name == "pad" && graph.attrs(padded).real("value") == 1;
      return Level{low, high, first.cotangent, odd ? padded.inputs[0] : low.of};
    }
  return std::nullopt;
}

/// Is `value` the product of the halves of a level?
bool product_of_halves(const Graph& graph, Value value, const Level& level) {
  if (!is(graph, value, "mul")) return false;
  const Node& node = producer_of(graph, value);
  const std::array halves = {level.low.value, level.high.value};
  return (node.inputs[0] == halves[0] && node.inputs[1] == halves[1]) ||
         (node.inputs[0] == halves[1] && node.inputs[1] == halves[0]);
}

} // namespace

std::optional<Scaled> product_of_others(const At& at) {
  const auto root = level_at(at.graph, at.node.first);
  if (!root || at.out().shape != at.graph.type(root->over).shape) return std::nullopt;
  Level level = *root;
  while (at.graph.type(level.low.value).shape.back() > 1) {
    const auto above = level.cotangent ? level_at(at.graph, *level.cotangent) : std::nullopt;
    if (!above || !product_of_halves(at.graph, above->over, level)) return std::nullopt;
    level = *above;
  }
  const Scaled x = at.values[root->over.id];
  const int rank = at.out().rank();
  const Axes last{rank - 1};
  const auto count = static_cast<double>(at.out().shape.back());
  const Scaled product =
      at.terms.place(at.terms.over("prod", last, x, rank, count), kept(last, rank), rank);
  const Scaled others = at.terms.divide(product, x);
  return level.cotangent ? at.terms.multiply(at.values[level.cotangent->id], others) : others;
}

} // namespace nnc::formula
