#include "compiler/rewrite/rewrite.h"

#include "compiler/fold.h"

namespace nnc {
namespace {

constexpr int nesting_limit = 1000; ///< rewrites within rewrites for one node

using Buckets = std::unordered_map<const OpRow*, std::vector<const Rewrite*>>;

class RewritingBuilder : public Builder {
public:
  RewritingBuilder(Graph& graph, const Buckets& buckets, const RewriteOptions& options)
      : Builder(graph), buckets_(buckets), options_(options) {}

  /// The value that stands for the (only) result of a node that is in the graph.
  Value rewritten(NodeId id) {
    const Node& node = graph().node(id);
    const Value value = graph().result(id);
    const auto bucket = buckets_.find(node.row);
    if (bucket == buckets_.end() || node.result_count != 1) return value;
    if (const auto known = done_.find(id.id); known != done_.end()) return known->second;
    done_[id.id] = value; // a rewrite that builds the node again sees it as it is
    if (const auto literal = fold_node(graph(), id)) { // numbers meet numbers at once
      origin = node.origin;
      return done_[id.id] = build_literal(*this, *literal);
    }
    for (const Rewrite* rewrite : bucket->second) {
      const Value other = apply(*rewrite, id);
      if (!other.valid() || other == value) continue;
      if (graph().type(other) != graph().type(value))
        throw InternalError("rewrite " + std::string(rewrite->name) + " turns " +
                            to_string(graph().type(value)) + " into " +
                            to_string(graph().type(other)));
      if (options_.on_fired) options_.on_fired(*rewrite, graph(), value, other);
      return done_[id.id] = other;
    }
    return value;
  }

protected:
  Result<std::vector<Value>> insert(const OpRow& row, std::span<const Value> operands,
                                    Attrs attrs) override {
    auto results = Builder::insert(row, operands, std::move(attrs));
    if (results && results->size() == 1) (*results)[0] = rewritten(graph().node_of((*results)[0]));
    return results;
  }

private:
  Value apply(const Rewrite& rewrite, NodeId id) {
    if (++nesting_ > nesting_limit)
      throw InternalError("rewrite " + std::string(rewrite.name) + " does not come to an end");
    const OriginId before = origin;
    Origin marked = graph().context().origins[graph().node(id).origin];
    marked.rewrite = rewrite.name;
    const std::uint32_t nodes = graph().node_count();
    origin = graph().node(id).origin;
    const Value other = rewrite.apply(*this, graph(), id);
    if (error())
      throw InternalError("rewrite " + std::string(rewrite.name) + ": " + error()->message);
    if (other.valid() && graph().node_count() > nodes) // something new was built for it
      graph().set_origin(graph().node_of(other), graph().context().origins.add(std::move(marked)));
    origin = before;
    --nesting_;
    return other;
  }

  const Buckets& buckets_;
  const RewriteOptions& options_;
  std::unordered_map<std::uint32_t, Value> done_;
  int nesting_ = 0;
};

void carry_names(const Graph& from, NodeId id, Graph& to, const std::vector<Value>& map) {
  for (int i = 0; i < from.node(id).result_count; ++i) {
    const Value old = from.result(id, i);
    to.set_value_name(map[old.id], from.value_name(old));
  }
}

Graph drop_dead(const Graph& from, Context& context) {
  Graph to(context, from.name);
  const std::vector<bool> live = from.live_nodes();
  std::vector<Value> map = begin_copy(from, to);
  for (std::uint32_t id = 0; id < from.node_count(); ++id)
    if (live[id]) copy_node(from, NodeId{id}, to, map);
  finish_copy(from, to, map);
  return to;
}

} // namespace

Graph rewrite_graph(const Graph& from, Context& context,
                    std::initializer_list<std::span<const Rewrite>> rewrites,
                    const RewriteOptions& options) {
  Buckets buckets;
  for (const std::span<const Rewrite> list : rewrites)
    for (const Rewrite& rewrite : list)
      if (const OpRow* row = context.ops.find(rewrite.op)) buckets[row].push_back(&rewrite);
  Graph to(context, from.name);
  const std::vector<bool> live = from.live_nodes();
  std::vector<Value> map = begin_copy(from, to);
  RewritingBuilder builder(to, buckets, options);
  for (std::uint32_t id = 0; id < from.node_count(); ++id) {
    if (!live[id]) continue;
    const NodeId copy = copy_node(from, NodeId{id}, to, map);
    const Value old = from.result(NodeId{id});
    if (from.node(NodeId{id}).result_count == 1) map[old.id] = builder.rewritten(copy);
    carry_names(from, NodeId{id}, to, map);
  }
  finish_copy(from, to, map);
  return drop_dead(to, context);
}

Graph simplify(const Graph& from, Context& context, const RewriteOptions& options) {
  return rewrite_graph(from, context, {simplifying_rewrites()}, options);
}
Graph simplify(const Graph& from, Context& context) { return simplify(from, context, {}); }

Graph stabilize(const Graph& from, Context& context, const RewriteOptions& options) {
  return rewrite_graph(from, context, {stabilizing_rewrites(), simplifying_rewrites()}, options);
}
Graph stabilize(const Graph& from, Context& context) { return stabilize(from, context, {}); }

} // namespace nnc
