#include "compiler/chunks.h"

#include "compiler/bodies.h"
#include "compiler/segments.h"
#include "compiler/unchanged.h"
#include "ir/batching.h"
#include "ir/control.h"
#include "ir/grad_node.h"
#include "ir/text/names.h"

#include <algorithm>

namespace nnc {
namespace {

std::int64_t seeds_at_a_time(const Graph& graph, const GradOperands& grad) {
  if (!grad.batched) return 0;
  const std::int64_t all = graph.type(grad.seed).shape[0];
  return grad.chunk > 0 ? std::min(grad.chunk, all) : all;
}

/// Of `all` seeds, `most` at a time or not much fewer: chunks that come out even are stored where
/// the result is.
std::int64_t even_chunk(std::int64_t all, std::int64_t most) {
  for (std::int64_t chunk = most; 2 * chunk > most; --chunk)
    if (all % chunk == 0) return chunk;
  return most;
}

/// By value: made of constants alone.
std::vector<bool> closed_values(const Graph& graph) {
  std::vector<bool> closed(graph.value_count(), false);
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    const Node& node = graph.node(NodeId{id});
    const bool open = node.row->leaf || node.row->opaque || node.row->control ||
                      std::ranges::any_of(graph.operands(node),
                                          [&](Value operand) { return !closed[operand.id]; });
    for (int i = 0; i < node.result_count; ++i) closed[graph.result(NodeId{id}, i).id] = !open;
  }
  return closed;
}

/// The body of the loop, in the making: one chunk of the seeds through the sweep.
class ChunkBody {
public:
  ChunkBody(const Builder& outside, const SeedSweep& sweep)
      : from_(outside.graph()), sweep_(sweep), closed_(closed_values(from_)),
        depends_(from_.value_count(), false), map_(from_.value_count()),
        graph_(std::make_shared<Graph>(from_.context(), from_.name + ".seeds")), b_(*graph_) {
    b_.origin = outside.origin;
    depends_[sweep.seed.id] = true;
    for (const std::uint32_t id : sweep.nodes) {
      const auto operands = from_.operands(NodeId{id});
      if (std::ranges::none_of(operands, [&](Value v) { return depends(v); })) continue;
      nodes_.push_back(id);
      for (int i = 0; i < from_.node(NodeId{id}).result_count; ++i)
        depends_[from_.result(NodeId{id}, i).id] = true;
    }
  }

  bool depends(Value value) const { return depends_[value.id]; }

  /// Takes the numbers of a chunk's seeds, then `with`; gives the results that depend on them.
  std::shared_ptr<const Graph> build() {
    const Value rows = add_input(*graph_, "rows", {DType::i64, {sweep_.chunk}});
    const Value seeds =
        b_.op("gather", {inside(sweep_.seeds), rows}, {{"axes", std::vector<std::int64_t>{0}}});
    std::vector<Batched> values(from_.value_count());
    for (const std::uint32_t id : nodes_)
      for (const Value operand : from_.operands(NodeId{id}))
        if (!depends(operand)) values[operand.id] = {inside(operand), false};
    values[sweep_.seed.id] = {seeds, true};
    batch_nodes(b_, {.from = from_, .nodes = nodes_, .size = sweep_.chunk}, values);
    name_cotangents(values);
    for (const Value result : sweep_.results)
      if (depends(result)) add_output(*graph_, "rows", values[result.id].value);
    if (b_.error()) throw InternalError("seeds in chunks: " + b_.error()->message);
    return graph_;
  }

  const std::vector<Value>& with() const { return with_; }

private:
  /// A value that the sweep reads, in the body. What is made of constants alone is made there, so
  /// that a large one (the rows of an identity) need not be stored; the rest comes in.
  Value inside(Value value) {
    Value& known = map_[value.id];
    if (known.valid()) return known;
    if (!closed_[value.id]) {
      with_.push_back(value);
      return known = add_input(*graph_, from_.value_name(value), from_.type(value));
    }
    for (const std::uint32_t id : ancestors(from_, value))
      if (!map_[from_.node(NodeId{id}).first.id].valid())
        copy_node(from_, NodeId{id}, *graph_, map_);
    return known;
  }

  void name_cotangents(const std::vector<Batched>& values) {
    NameTable names(*graph_);
    const TextPool& texts = from_.context().texts;
    for (const auto& [value, of] : sweep_.cotangents)
      if (depends(value))
        graph_->set_value_name(values[value.id].value, names.unique("d_" + texts[of]),
                               NameKind::role);
  }

  const Graph& from_;
  const SeedSweep& sweep_;
  const std::vector<bool> closed_;
  std::vector<bool> depends_;
  std::vector<std::uint32_t> nodes_; ///< those that depend on the seed
  std::vector<Value> map_;           ///< to the body
  std::vector<Value> with_;
  std::shared_ptr<Graph> graph_;
  Builder b_;
};

/// The numbers of the seeds, chunk by chunk; the last stands for those that are missing.
Value numbers_in_chunks(Builder& b, std::int64_t seeds, std::int64_t chunks, std::int64_t chunk) {
  const Type type{DType::i64, {chunks * chunk}};
  const Value count =
      b.op("iota", {}, {{"shape", type.shape}, {"axis", std::int64_t{0}}, {"dtype", DType::i64}});
  const Value last = b.full(type, static_cast<double>(seeds - 1));
  return b.reshape(b.op("minimum", {count, last}), {chunks, chunk});
}

} // namespace

std::vector<Value> sweep_in_chunks(Builder& b, const SeedSweep& sweep) {
  const std::int64_t size = b.size(sweep.seeds, 0);
  const std::int64_t chunks = (size + sweep.chunk - 1) / sweep.chunk;
  ChunkBody body(b, sweep);
  LoopParts loop{.body = body.build(),
                 .over = {numbers_in_chunks(b, size, chunks, sweep.chunk)},
                 .with = body.with(),
                 .length = chunks,
                 .checkpoint = true}; // what `loops` would do for all chunks at once needs memory
  const std::vector<Value> stacked = build_loop(b, loop);
  std::vector<Value> results;
  std::size_t next = 0;
  for (const Value result : sweep.results)
    results.push_back(body.depends(result) ? out_of_segments(b, stacked[next++], size)
                                           : repeated(b, result, size));
  return results;
}

std::int64_t most_seeds(const Graph& graph) {
  std::int64_t most = 0;
  std::vector<const Graph*> pending{&graph};
  std::unordered_set<const Graph*> seen;
  while (!pending.empty()) {
    const Graph& one = *pending.back();
    pending.pop_back();
    if (!seen.insert(&one).second) continue;
    for (std::uint32_t id = 0; id < one.node_count(); ++id) {
      const Node& node = one.node(NodeId{id});
      if (is_grad(one, node)) most = std::max(most, seeds_at_a_time(one, grad_operands(one, node)));
      if (!node.row->control) continue;
      for (const AttrValue& attr : one.context().attrs[node.attrs])
        if (const auto* body = std::get_if<Body>(&attr)) pending.push_back(body->graph.get());
    }
  }
  return most;
}

Graph limit_seeds(const Graph& graph, std::int64_t most) {
  using Results = std::optional<std::vector<Value>>;
  return change_all(graph, [&](const Graph& one) {
    return rebuilt(one, [&](Builder& b, NodeId id, std::vector<Value>& map) -> Results {
      if (!is_grad(one, one.node(id))) return std::nullopt;
      GradOperands grad = grad_operands(one, one.node(id));
      if (seeds_at_a_time(one, grad) <= most) return std::nullopt;
      std::vector<Value> wrt;
      for (const Value variable : grad.wrt) wrt.push_back(map[variable.id]);
      grad.of = map[grad.of.id];
      grad.seed = map[grad.seed.id];
      grad.wrt = wrt;
      grad.chunk = even_chunk(one.type(grad.seed).shape[0], most);
      return build_grad(b, grad);
    });
  });
}

} // namespace nnc
