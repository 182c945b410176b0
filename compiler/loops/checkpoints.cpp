#include "compiler/loops/checkpoints.h"

#include "compiler/bodies.h"
#include "compiler/loops/segments.h"
#include "compiler/unchanged.h"
#include "ir/control.h"
#include "ir/grad_node.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace nnc {
namespace {

/// Are sums of up to `largest` elements added up in a segment in the groups of the whole loop? One
/// with fewer steps than a group has a single sum.
bool same_groups(std::int64_t segment, std::int64_t whole, std::int64_t largest,
                 std::int64_t carried) {
  for (std::int64_t elements = 1; elements < 2 * largest; elements *= 2) {
    const std::int64_t sum = std::min(elements, largest);
    if (std::min(steps_of_a_sum(segment, sum, carried), segment) !=
        steps_of_a_sum(whole, sum, carried))
      return false;
  }
  return true;
}

/// Steps of a segment: about the square root, in whole groups of those that are added up together,
/// and so that a segment has the same groups; of the whole loop without a rest, where some length
/// within twice the root does that. 0 where the loop has too few steps.
std::int64_t segment_length(const Graph& graph, const LoopParts& loop) {
  std::int64_t largest = 1, carried = 0;
  for (const Value value : loop.with)
    if (is_float(graph.type(value).dtype))
      largest = std::max(largest, graph.type(value).elements());
  for (const Value value : loop.carries)
    if (is_float(graph.type(value).dtype)) carried += graph.type(value).elements();
  const std::int64_t group = steps_of_a_sum(loop.length, largest, carried);
  const auto fits = [&](std::int64_t length) {
    return 3 * length <= 2 * loop.length && same_groups(length, loop.length, largest, carried);
  };
  const double root = std::sqrt(static_cast<double>(loop.length));
  const auto off = [&](std::int64_t length) { // the root, by a factor
    const double ratio = static_cast<double>(length) / root;
    return std::max(ratio, 1 / ratio);
  };
  std::int64_t best = 0;
  for (std::int64_t length = group; length * length <= 4 * loop.length; length += group)
    if (loop.length % length == 0 && off(length) <= 2 && (!best || off(length) < off(best)) &&
        fits(length))
      best = length;
  if (best) return best;
  const auto whole = static_cast<std::int64_t>(root);
  const std::int64_t about = std::max((whole + group / 2) / group, std::int64_t{1}) * group;
  for (std::int64_t length = about; 3 * length <= 2 * loop.length; length += group)
    if (fits(length)) return length;
  return 0;
}

/// The body of a scan over segments: the steps of one.
std::shared_ptr<const Graph> segment_body(const LoopParts& loop, std::int64_t length,
                                          OriginId origin) {
  const Graph& body = *loop.body;
  auto graph = std::make_shared<Graph>(body.context(), body.name + ".segment");
  Builder inside(*graph);
  inside.origin = origin;
  LoopParts inner = loop;
  inner.length = length;
  inner.checkpoint = false;
  std::size_t input = 0;
  const auto take = [&](std::vector<Value>& list, bool slices) {
    for (Value& value : list) {
      Type type = body.type(body.inputs[input]);
      if (slices) type.shape.insert(type.shape.begin(), length);
      value = add_input(*graph, body.leaf_name(body.inputs[input++]), type);
    }
  };
  take(inner.carries, false);
  take(inner.over, true);
  take(inner.with, false);
  const std::vector<Value> made = build_loop(inside, inner);
  for (std::size_t i = 0; i < made.size(); ++i) add_output(*graph, body.outputs[i].name, made[i]);
  return graph;
}

/// Some steps of a loop, `count` slices from `first` on: the same in segments of `length`, if that
/// is given. `carries` go on.
class PartOfLoop {
public:
  PartOfLoop(Builder& b, const LoopParts& loop) : b_(b), loop_(loop), carries_(loop.carries) {}

  void run(std::int64_t first, std::int64_t count, std::int64_t length = 0) {
    if (count == 0 || b_.error()) return;
    LoopParts part = loop_;
    part.carries = carries_;
    part.length = length ? count / length : count;
    part.checkpoint = length > 0;
    if (length) part.body = segment_body(loop_, length, b_.origin);
    for (Value& value : part.over) {
      value = rows(b_, value, first, count);
      if (length) value = in_segments(b_, value, length);
    }
    std::vector<Value> results = build_loop(b_, part);
    if (b_.error()) return;
    const auto stacked = results.begin() + std::ssize(carries_);
    std::copy(results.begin(), stacked, carries_.begin());
    if (length)
      std::for_each(stacked, results.end(),
                    [&](Value& value) { value = out_of_segments(b_, value, count); });
    stacked_.emplace(first, std::vector<Value>(stacked, results.end()));
  }

  std::vector<Value> results() const {
    std::vector<Value> results = carries_;
    const std::size_t stacked = loop_.body->outputs.size() - carries_.size();
    for (std::size_t i = 0; i < stacked && !b_.error(); ++i) {
      std::vector<Value> pieces;
      for (const auto& [first, values] : stacked_) pieces.push_back(values[i]);
      results.push_back(b_.op("concat", pieces, {{"axis", std::int64_t{0}}}));
    }
    return results;
  }

private:
  Builder& b_;
  const LoopParts& loop_;
  std::vector<Value> carries_;
  std::map<std::int64_t, std::vector<Value>> stacked_; ///< by the first slice
};

/// A scan as a scan of scans over the slices that fill segments of `length`, and one over the
/// others, which are fewer.
std::vector<Value> segmented(Builder& b, const LoopParts& loop, std::int64_t length) {
  const std::int64_t whole = loop.length / length * length;
  PartOfLoop parts(b, loop);
  if (loop.reverse) parts.run(whole, loop.length - whole);
  parts.run(0, whole, length);
  if (!loop.reverse) parts.run(whole, loop.length - whole);
  return parts.results();
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
    if (!control.checkpoint || control.counted) return std::nullopt;
    LoopParts loop = loop_parts(from, node, control);
    if (segment_inside(loop)) return std::nullopt;
    const std::int64_t length = segment_length(from, loop);
    for (auto* list : {&loop.carries, &loop.over, &loop.with}) *list = mapped(*list);
    if (length > 0) return segmented(b, loop, length);
    loop.checkpoint = false;
    return build_loop(b, loop);
  });
}

} // namespace nnc
