#include "compiler/seeds/chunks.h"

#include "compiler/loops/segments.h"
#include "ir/batching.h"
#include "ir/control.h"
#include "ir/text/names.h"
#include "ir/unit_tensors.h"
#include "ir/unmade.h"

#include <algorithm>

namespace nnc {
namespace {

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

/// Which values depend on the seed, and the nodes that they are of.
struct Dependence {
  Dependence(const Graph& graph, const SeedSweep& sweep) : values(graph.value_count(), false) {
    values[sweep.seed.id] = true;
    for (const std::uint32_t id : sweep.nodes) {
      if (std::ranges::none_of(graph.operands(NodeId{id}), [&](Value v) { return on(v); }))
        continue;
      nodes.push_back(id);
      for (int i = 0; i < graph.node(NodeId{id}).result_count; ++i)
        values[graph.result(NodeId{id}, i).id] = true;
    }
  }
  bool on(Value value) const { return values[value.id]; }

  std::vector<bool> values;
  std::vector<std::uint32_t> nodes;
};

/// What is made before the loop for all seeds, since it takes no more memory than a tensor that it
/// is made of: the rows of a matrix, where seeds are those of an identity.
struct Ahead {
  Ahead(Builder& b, const SeedSweep& sweep, const Dependence& depends)
      : all(b.graph().value_count()) {
    const Graph& graph = b.graph();
    const std::int64_t seeds = b.size(sweep.seeds, 0);
    std::vector<std::uint32_t> nodes;
    for (const std::uint32_t id : depends.nodes) {
      const Node& node = graph.node(NodeId{id});
      if (node.row->control || node.row->opaque || node.row->elementwise) continue;
      std::int64_t there = 0;
      for (const Value operand : graph.operands(node))
        if (!depends.on(operand)) there = std::max(there, graph.type(operand).elements());
      const bool of_seed = std::ranges::all_of(graph.operands(node), [&](Value operand) {
        return operand == sweep.seed || !depends.on(operand);
      });
      if (of_seed && node.result_count == 1 && seeds * graph.type(node.first).elements() <= there)
        nodes.push_back(id);
    }
    if (nodes.empty()) return;
    std::vector<Batched> values;
    for (std::uint32_t id = 0; id < graph.value_count(); ++id) values.push_back({Value{id}, false});
    values[sweep.seed.id] = {sweep.seeds, true};
    batch_nodes(b, {.from = graph, .nodes = nodes, .size = seeds}, values);
    for (const std::uint32_t id : nodes) {
      const Value value = graph.node(NodeId{id}).first;
      all[value.id] = values[value.id].value;
    }
  }

  std::vector<Value> all; ///< by value: for all seeds, if it is made before the loop
};

/// The body of the loop, in the making: one chunk of the seeds through the sweep.
class ChunkBody {
public:
  ChunkBody(Builder& outside, const SeedSweep& sweep, const Dependence& depends)
      : from_(outside.graph()), sweep_(sweep), ahead_(outside, sweep, depends),
        units_(unit_tensors(outside, from_.type(sweep.seed)) == sweep.seeds),
        closed_(closed_values(from_)), depends_(depends), map_(from_.value_count()),
        graph_(std::make_shared<Graph>(from_.context(), from_.name + ".seeds")), b_(*graph_) {
    b_.origin = outside.origin;
  }

  /// Takes the sums so far, if sums are wanted, the numbers of a chunk's seeds, then `with`; gives
  /// the sums, or the results for these seeds, as far as they depend on them.
  std::shared_ptr<const Graph> build(const CotangentNames& cotangents) {
    std::vector<Value> sums;
    for (const Value result : sweep_.results)
      if (sweep_.summed && depends_.on(result))
        sums.push_back(add_input(*graph_, "sum", from_.type(result)));
    const Value rows = add_input(*graph_, "rows", {DType::i64, {sweep_.chunk}});
    const std::vector<Batched> values = run(rows);
    name(values, cotangents);
    std::size_t next = 0;
    for (const Value result : sweep_.results) {
      if (!depends_.on(result)) continue;
      const Value made = values[result.id].value;
      if (sweep_.summed)
        add_output(*graph_, "sum", b_.add(sums[next++], b_.sum(that_are(rows, made), {0})));
      else
        add_output(*graph_, "rows", made);
    }
    if (b_.error()) unmade(*b_.error(), "seeds in chunks");
    return graph_;
  }

  const std::vector<Value>& with() const { return with_; }

private:
  std::int64_t seed_count() const { return from_.type(sweep_.seeds).shape[0]; }

  std::vector<Batched> run(Value rows) {
    if (seed_count() % sweep_.chunk != 0) // the last seed stands for those that are missing
      rows =
          b_.op("minimum", {rows, b_.full(b_.type(rows), static_cast<double>(seed_count() - 1))});
    std::vector<Batched> values(from_.value_count());
    values[sweep_.seed.id] = {
        units_ ? unit_tensors(b_, from_.type(sweep_.seed), rows) : these(sweep_.seeds, rows), true};
    std::vector<std::uint32_t> nodes;
    for (const std::uint32_t id : depends_.nodes) {
      const Value value = from_.node(NodeId{id}).first;
      if (const Value all = ahead_.all[value.id]; all.valid()) {
        values[value.id] = {these(all, rows), true};
        continue;
      }
      nodes.push_back(id);
      for (const Value operand : from_.operands(NodeId{id}))
        if (!depends_.on(operand)) values[operand.id] = {inside(operand), false};
    }
    batch_nodes(b_, {.from = from_, .nodes = nodes, .size = sweep_.chunk}, values);
    return values;
  }

  Value these(Value all, Value rows) {
    return b_.op("gather", {inside(all), rows}, {{"axes", std::vector<std::int64_t>{0}}});
  }

  /// 0 for seeds that are missing in the last chunk.
  Value that_are(Value rows, Value made) {
    if (seed_count() % sweep_.chunk == 0) return made;
    const Value are =
        b_.op("lt", {rows, b_.full(b_.type(rows), static_cast<double>(seed_count()))});
    return b_.select(b_.broadcast(are, b_.shape(made), {0}), made, b_.zeros_like(made));
  }

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

  void name(const std::vector<Batched>& values, const CotangentNames& cotangents) {
    NameTable names(*graph_);
    const TextPool& texts = from_.context().texts;
    for (const auto& [value, of] : cotangents)
      if (depends_.on(value))
        graph_->set_value_name(values[value.id].value, names.unique("d_" + texts[of]),
                               NameKind::role);
    for (const std::uint32_t id : depends_.nodes) {
      const Value value = from_.result(NodeId{id});
      if (from_.name_id(value) != TextId{})
        graph_->set_value_name(values[value.id].value, names.unique(from_.value_name(value)),
                               from_.name_kind(value));
    }
  }

  const Graph& from_;
  const SeedSweep& sweep_;
  const Ahead ahead_;
  const bool units_; ///< the seeds are the rows of an identity
  const std::vector<bool> closed_;
  const Dependence& depends_;
  std::vector<Value> map_; ///< to the body
  std::vector<Value> with_;
  std::shared_ptr<Graph> graph_;
  Builder b_;
};

/// What is the same for every seed.
Value for_all(Builder& b, const SeedSweep& sweep, Value result) {
  const std::int64_t size = b.size(sweep.seeds, 0);
  return sweep.summed ? b.mul(result, static_cast<double>(size)) : repeated(b, result, size);
}

std::vector<Value> at_once(Builder& b, const SeedSweep& sweep, const Dependence& depends,
                           CotangentNames& cotangents) {
  std::vector<Batched> values;
  for (std::uint32_t id = 0; id < b.graph().value_count(); ++id)
    values.push_back({Value{id}, false});
  values[sweep.seed.id] = {sweep.seeds, true};
  batch_nodes(b, {.from = b.graph(), .nodes = depends.nodes, .size = b.size(sweep.seeds, 0)},
              values);
  for (auto& [value, of] : cotangents) value = values[value.id].value;
  for (std::uint32_t id = 0; id < depends.values.size(); ++id)
    if (depends.on(Value{id}) && values[id].value.valid() && values[id].value != sweep.seeds)
      b.graph().carry_value_name(b.graph(), Value{id}, values[id].value);
  std::vector<Value> results;
  for (const Value result : sweep.results) {
    if (!depends.on(result)) {
      results.push_back(for_all(b, sweep, result));
      continue;
    }
    const Value made = values[result.id].value;
    results.push_back(sweep.summed ? b.sum(made, {0}) : made);
  }
  return results;
}

std::vector<Value> in_chunks(Builder& b, const SeedSweep& sweep, const Dependence& depends,
                             CotangentNames& cotangents) {
  const std::int64_t size = b.size(sweep.seeds, 0), chunk = sweep.chunk;
  const std::int64_t chunks = (size + chunk - 1) / chunk;
  ChunkBody body(b, sweep, depends);
  LoopParts loop{.body = body.build(cotangents),
                 .with = body.with(),
                 .length = chunks,
                 .checkpoint = true}; // what `loops` would do for all chunks at once needs memory
  const Value numbers =
      b.op("iota", {},
           {{"shape", Shape{chunks * chunk}}, {"axis", std::int64_t{0}}, {"dtype", DType::i64}});
  loop.over = {b.reshape(numbers, {chunks, chunk})};
  for (const Value result : sweep.results)
    if (sweep.summed && depends.on(result)) loop.carries.push_back(b.zeros_like(result));
  const std::vector<Value> made = build_loop(b, loop);
  cotangents.clear();
  std::vector<Value> results;
  std::size_t next = 0;
  for (const Value result : sweep.results) {
    if (!depends.on(result))
      results.push_back(for_all(b, sweep, result));
    else if (const Value of_loop = made[next++]; sweep.summed)
      results.push_back(of_loop);
    else
      results.push_back(out_of_segments(b, of_loop, size));
  }
  return results;
}

} // namespace

std::vector<Value> run_seeds(Builder& b, const SeedSweep& sweep, CotangentNames& cotangents) {
  const Dependence depends(b.graph(), sweep);
  const bool some = sweep.chunk > 0 && sweep.chunk < b.size(sweep.seeds, 0);
  return (some ? in_chunks : at_once)(b, sweep, depends, cotangents);
}

} // namespace nnc
