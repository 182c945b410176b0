#include "compiler/rewrite/rewrite.h"

#include "compiler/fold.h"
#include "compiler/unchanged.h"
#include "ir/text/names.h"

#include <unordered_map>
#include <utility>

namespace nnc {
namespace {

constexpr int nesting_limit = 1000; ///< rewrites within rewrites for one node

struct Listed {
  const Rewrite* rewrite;
  std::string_view list;
};
using Buckets = std::unordered_map<const OpRow*, std::vector<Listed>>;

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
    if (done_.size() <= id.id) done_.resize(graph().node_count());
    if (done_[id.id].valid()) return done_[id.id];
    done_[id.id] = value; // a rewrite that builds the node again sees it as it is
    if (const Value number = fold_node(*this, id); number.valid()) // numbers meet numbers at once
      return done_[id.id] = number;
    for (const Listed& each : bucket->second) {
      const Rewrite& rewrite = *each.rewrite;
      const Value other = apply(each, id);
      if (!other.valid() || other == value) continue;
      if (graph().type(other) != graph().type(value))
        throw InternalError("rewrite " + std::string(rewrite.name) + " turns " +
                            to_string(graph().type(value)) + " into " +
                            to_string(graph().type(other)));
      if (options_.on_fired) options_.on_fired(rewrite, graph(), value, other);
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
  Value apply(const Listed& each, NodeId id) {
    const Rewrite& rewrite = *each.rewrite;
    ++graph().context().work.rewrites;
    if (++nesting_ > nesting_limit)
      throw InternalError("rewrite " + std::string(rewrite.name) + " does not come to an end");
    const OriginId before = origin, own = graph().node(id).origin;
    const std::uint32_t nodes = graph().node_count();
    origin = own;
    const Value other = rewrite.apply(*this, graph(), id);
    if (error())
      throw InternalError("rewrite " + std::string(rewrite.name) + ": " + error()->message);
    if (other.valid()) mark(nodes, own, each);
    origin = before;
    --nesting_;
    return other;
  }

  /// What was built for a rewrite says so; what rewrites within it built says that already.
  void mark(std::uint32_t first, OriginId own, const Listed& each) {
    OriginId marked;
    for (std::uint32_t id = first; id < graph().node_count(); ++id) {
      if (graph().node(NodeId{id}).origin != own) continue;
      if (!marked.id) {
        const std::string rewrite = std::string(each.list) + ": " + std::string(each.rewrite->name);
        marked = graph().context().origins.rewritten(own, rewrite);
      }
      graph().set_origin(NodeId{id}, marked);
    }
  }

  const Buckets& buckets_;
  const RewriteOptions& options_;
  std::vector<Value> done_; ///< by node; may end early
  int nesting_ = 0;
};

void carry_names(const Graph& from, NodeId id, Graph& to, const std::vector<Value>& map) {
  for (int i = 0; i < from.node(id).result_count; ++i) {
    const Value old = from.result(id, i);
    to.carry_value_name(from, old, map[old.id]);
  }
}

/// What a rewrite built on the way is a part of what it was built for.
void name_parts(const Graph& from, Graph& to, const std::vector<Value>& built_for) {
  std::optional<NameTable> table; // most passes over most graphs build nothing new
  const std::vector<bool> live = to.live_nodes();
  for (std::uint32_t id = 0; id < to.node_count(); ++id) {
    const Value value = to.result(NodeId{id});
    if (!live[id] || to.name_id(value) != TextId{} || stands_inline(to, value)) continue;
    const Value old = built_for[id];
    if (!old.valid() || from.name_id(old) == TextId{}) continue;
    if (!table) table.emplace(to);
    to.set_value_name(value, table->part_of(from, old), NameKind::part);
  }
  if (table) to.part_counts = table->counts();
}

} // namespace

Graph rewrite_graph(const Graph& from, Context& context, std::initializer_list<RewriteList> lists,
                    const RewriteOptions& options) {
  Buckets buckets;
  for (const RewriteList& list : lists)
    for (const Rewrite& rewrite : list)
      if (const OpRow* row = context.ops.find(rewrite.op))
        buckets[row].push_back({&rewrite, list.name});
  Graph to(context, from.name);
  RewritingBuilder builder(to, buckets, options);
  std::vector<Value> map, built_for; // the second by node of `to`; leaves are named anyway
  copy_live(from, to, map, [&](NodeId id) {
    const NodeId copy = copy_node(from, id, to, map);
    const Value old = from.result(id);
    if (from.node(id).result_count == 1) map[old.id] = builder.rewritten(copy);
    carry_names(from, id, to, map);
    built_for.resize(to.node_count(), old);
  });
  name_parts(from, to, built_for);
  return without_dead(std::move(to));
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
