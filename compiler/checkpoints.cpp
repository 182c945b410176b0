#include "compiler/checkpoints.h"

#include "compiler/bodies.h"
#include "compiler/segments.h"
#include "compiler/unchanged.h"
#include "ir/control.h"
#include "ir/grad_node.h"

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

constexpr std::int64_t fewest_steps = 4; ///< of a scan that is worth segments

/// About the square root; one of a few more steps that leaves no rest, where there is one.
std::int64_t segment_length(std::int64_t steps) {
  auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(steps)));
  while (root * root < steps) ++root;
  for (std::int64_t length = root; 2 * length <= 3 * root; ++length)
    if (steps % length == 0) return length;
  return root;
}

/// How many steps each segment has.
Value segment_counts(Builder& b, std::int64_t steps, std::int64_t segments, std::int64_t length) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(segments), length);
  counts.back() = steps - (segments - 1) * length;
  auto bytes = std::make_shared<std::vector<std::byte>>(counts.size() * sizeof(std::int64_t));
  for (std::size_t i = 0; i < counts.size(); ++i)
    store_integer(DType::i64, bytes->data(), static_cast<std::int64_t>(i), counts[i]);
  return b.literal({{DType::i64, {segments}}, std::move(bytes)});
}

/// A scan as a scan of scans. Where the last segment is shorter, the last operand gone over says
/// how many steps each has.
std::vector<Value> segmented(Builder& b, const LoopParts& loop) {
  const std::int64_t length = segment_length(loop.length);
  const std::int64_t segments = (loop.length + length - 1) / length;
  const bool counted = segments * length != loop.length;
  const Graph& body = *loop.body;
  auto graph = std::make_shared<Graph>(body.context(), body.name + ".segment");
  Builder inside(*graph);
  inside.origin = b.origin;
  LoopParts inner = loop, outer = loop;
  inner.length = length;
  inner.checkpoint = false;
  inner.carries.clear(), inner.over.clear(), inner.with.clear();
  const std::size_t carried = loop.carries.size(), over = loop.over.size();
  const auto leaf = [&](std::size_t i, std::vector<Value>& list, bool slices) {
    Type type = body.type(body.inputs[i]);
    if (slices) type.shape.insert(type.shape.begin(), length);
    list.push_back(add_input(*graph, body.leaf_name(body.inputs[i]), type));
  };
  for (std::size_t i = 0; i < carried; ++i) leaf(i, inner.carries, false);
  for (std::size_t i = 0; i < over; ++i) leaf(carried + i, inner.over, true);
  if (counted) inner.count = add_input(*graph, "steps", {DType::i64, {}});
  for (std::size_t i = carried + over; i < body.inputs.size(); ++i) leaf(i, inner.with, false);
  const std::vector<Value> made = build_loop(inside, inner);
  for (std::size_t i = 0; i < made.size(); ++i) add_output(*graph, body.outputs[i].name, made[i]);
  outer.body = graph;
  outer.length = segments;
  for (Value& value : outer.over) value = in_segments(b, value, segments, length);
  if (counted) outer.over.push_back(segment_counts(b, loop.length, segments, length));
  std::vector<Value> results = build_loop(b, outer);
  for (std::size_t i = carried; i < results.size(); ++i)
    results[i] = out_of_segments(b, results[i], loop.length);
  return results;
}

/// What leads to a marked value, up to leaves, variables and other marked values.
class Cone {
public:
  Cone(const Graph& from, Value marked) : from_(from) {
    std::vector<std::uint32_t> pending{from.node_of(marked).id};
    std::vector<bool> seen(from.node_count(), false);
    while (!pending.empty()) {
      const std::uint32_t id = pending.back();
      pending.pop_back();
      if (seen[id]) continue;
      seen[id] = true;
      (inside(NodeId{id}) ? nodes_ : edge_).push_back(id);
      if (!inside(NodeId{id})) continue;
      for (const Value operand : from.operands(NodeId{id}))
        pending.push_back(from.node_of(operand).id);
    }
    std::ranges::sort(nodes_);
    std::ranges::sort(edge_);
  }

  bool empty() const { return nodes_.empty(); }

  std::vector<Value> edge() const {
    std::vector<Value> values;
    for (const std::uint32_t id : edge_)
      for (int i = 0; i < from_.node(NodeId{id}).result_count; ++i)
        values.push_back(from_.result(NodeId{id}, i));
    return values;
  }

  std::shared_ptr<const Graph> body(Value marked) const {
    auto graph = std::make_shared<Graph>(from_.context(), "checkpointed");
    std::vector<Value> map(from_.value_count());
    for (const Value value : edge())
      map[value.id] =
          add_input(*graph, from_.is_leaf(value) ? from_.leaf_name(value) : from_.value_name(value),
                    from_.type(value));
    for (const std::uint32_t id : nodes_) copy_node(from_, NodeId{id}, *graph, map);
    add_output(*graph, from_.value_name(marked), map[marked.id]);
    return graph;
  }

private:
  bool inside(NodeId id) const {
    const Node& node = from_.node(id);
    return !node.row->opaque && !node.row->leaf;
  }

  const Graph& from_;
  std::vector<std::uint32_t> nodes_, edge_;
};

} // namespace

std::vector<Value> run_apart(Builder& b, std::shared_ptr<const Graph> body,
                             std::span<const Value> operands) {
  const Graph& graph = *body;
  std::vector<Value> results = build_loop(
      b, {.body = std::move(body), .with = {operands.begin(), operands.end()}, .length = 1});
  for (std::size_t i = 0; i < results.size(); ++i)
    results[i] = b.reshape(results[i], graph.type(graph.outputs[i].value).shape);
  return results;
}

std::optional<Graph> expand_checkpoints(const Graph& from) {
  const OpRow* mark = &from.context().ops.at("checkpoint");
  if (!any_node(from, [&](const Node& node) { return node.row == mark || node.row->control; }))
    return std::nullopt;
  const bool derived = has_derivatives(from); // otherwise nothing is kept anyway
  using Results = std::optional<std::vector<Value>>;
  return rebuilt(from, [&](Builder& b, NodeId id, std::vector<Value>& map) -> Results {
    const Node& node = from.node(id);
    const auto mapped = [&](const std::vector<Value>& values) {
      std::vector<Value> result;
      for (const Value value : values) result.push_back(map[value.id]);
      return result;
    };
    if (node.row == mark) {
      const Value marked = node.inputs[0];
      const Cone cone(from, marked);
      if (cone.empty() || !derived) return mapped({marked});
      return run_apart(b, cone.body(marked), mapped(cone.edge()));
    }
    if (!derived || !node.row->control) return std::nullopt;
    const Control control = node.row->control(from.attrs(node));
    if (!control.checkpoint || control.counted || control.length < fewest_steps)
      return std::nullopt;
    LoopParts loop = loop_parts(from, node, control);
    if (segment_inside(loop)) return std::nullopt;
    for (auto* list : {&loop.carries, &loop.over, &loop.with}) *list = mapped(*list);
    return segmented(b, loop);
  });
}

} // namespace nnc
