// Loops and branches for many examples at once: their graphs for a batch. Where examples differ in
// how many steps they take, all go on until the last one ends, and those that have ended keep what
// they have. Where they differ in which branch they take, both run.

#include "ir/control.h"
#include "ir/ops/control_rules.h"

#include <algorithm>
#include <numeric>

namespace nnc::ops {
namespace {

/// The graph for a batch, in b's graph. Results that are the same for every example have no batch
/// axis.
std::vector<Batched> inline_batch(Builder& b, const Graph& graph, std::span<const Batched> operands,
                                  std::int64_t size) {
  std::vector<Batched> values(graph.value_count());
  for (std::size_t i = 0; i < operands.size(); ++i) values[graph.inputs[i].id] = operands[i];
  const std::vector<bool> live = graph.live_nodes();
  std::vector<std::uint32_t> nodes;
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    if (live[id] && !graph.is_leaf(graph.result(NodeId{id}))) nodes.push_back(id);
  std::vector<Value> map(graph.value_count());
  const auto copy = [&](NodeId id) {
    for (const Value operand : graph.operands(id)) map[operand.id] = values[operand.id].value;
    copy_node(graph, id, b.graph(), map);
    for (int i = 0; i < graph.node(id).result_count; ++i)
      values[graph.result(id, i).id].value = map[graph.result(id, i).id];
  };
  const auto name = [&](NodeId id) {
    for (int i = 0; i < graph.node(id).result_count; ++i) {
      const Value value = graph.result(id, i);
      b.graph().carry_value_name(graph, value, values[value.id].value);
    }
  };
  batch_nodes(b, {.from = graph, .nodes = nodes, .size = size, .copy = copy, .made = name}, values);
  std::vector<Batched> results;
  for (const Output& output : graph.outputs) results.push_back(values[output.value.id]);
  return results;
}

/// Inputs of a graph that is made for a batch.
std::vector<Batched> batch_inputs(Graph& to, const Graph& from, const std::vector<bool>& batched,
                                  std::int64_t size) {
  std::vector<Batched> inputs;
  for (std::size_t i = 0; i < from.inputs.size(); ++i) {
    Type type = from.type(from.inputs[i]);
    if (batched[i]) type.shape.insert(type.shape.begin(), size);
    inputs.push_back({add_input(to, from.leaf_name(from.inputs[i]), type), batched[i]});
  }
  return inputs;
}

Value whole(Builder& b, const Batched& value, std::int64_t size) {
  return value.batched ? value.value : repeated(b, value.value, size);
}

/// select(choose[n], a[n, ...], b[n, ...])
Value choose(Builder& b, Value choose, Value then, Value otherwise) {
  const Value all = b.broadcast(choose, b.shape(then), {0});
  return b.select(all, then, otherwise);
}

std::vector<std::int64_t> first_two_swapped(int rank) {
  std::vector<std::int64_t> perm(static_cast<std::size_t>(rank));
  std::iota(perm.begin(), perm.end(), 0);
  std::swap(perm[0], perm[1]);
  return perm;
}

class LoopBatch {
public:
  explicit LoopBatch(Batching& rule)
      : rule_(rule), b_(rule.b), size_(rule.size), loop_(rule.row().control(rule.attrs())),
        carried_(static_cast<std::size_t>(loop_.carries)),
        over_(static_cast<std::size_t>(loop_.over)),
        with_(static_cast<std::size_t>(rule.input_count()) - carried_ - over_ -
              (loop_.counted ? 1 : 0)) {
    for (std::size_t i = 0; i < carried_ + over_ + with_; ++i)
      batched_.push_back(rule_.batched(static_cast<int>(i)));
  }

  void run() {
    // A carry that becomes different for each example in some step is so from the first.
    while (carry_that_changes()) {
    }
    const bool counts_differ = loop_.counted && rule_.batched(count_position());
    if (counts_differ || (loop_.condition && condition_differs())) return run_masked();
    LoopParts parts = operands();
    parts.body = body();
    if (loop_.condition) parts.condition = graph_of(*loop_.condition, condition_flags());
    if (loop_.counted) parts.count = rule_.in(count_position());
    const std::vector<Value> results = build_loop(b_, parts);
    if (!b_.error()) give(results);
    if (loop_.condition && !b_.error())
      rule_.give(static_cast<int>(results.size()) - 1, repeated(b_, results.back(), size_));
  }

private:
  int count_position() const { return rule_.input_count() - 1; }

  bool carry_that_changes() {
    Graph graph(loop_.body->context(), loop_.body->name);
    Builder b(graph);
    const auto results =
        inline_batch(b, *loop_.body, batch_inputs(graph, *loop_.body, batched_, size_), size_);
    bool changed = false;
    for (std::size_t i = 0; i < carried_; ++i) {
      changed = changed || (results[i].batched && !batched_[i]);
      batched_[i] = batched_[i] || results[i].batched;
    }
    return changed;
  }

  std::vector<bool> condition_flags() const {
    std::vector<bool> flags(batched_.begin(), batched_.begin() + static_cast<int>(carried_));
    flags.insert(flags.end(), batched_.end() - static_cast<int>(with_), batched_.end());
    return flags;
  }

  bool condition_differs() {
    Graph graph(loop_.condition->context(), loop_.condition->name);
    Builder b(graph);
    const auto inputs = batch_inputs(graph, *loop_.condition, condition_flags(), size_);
    return inline_batch(b, *loop_.condition, inputs, size_)[0].batched;
  }

  std::shared_ptr<const Graph> graph_of(const Graph& from, const std::vector<bool>& flags) {
    auto graph = std::make_shared<Graph>(from.context(), from.name);
    Builder b(*graph);
    const auto results = inline_batch(b, from, batch_inputs(*graph, from, flags, size_), size_);
    for (std::size_t i = 0; i < results.size(); ++i)
      add_output(*graph, from.outputs[i].name, results[i].value);
    return graph;
  }

  /// Carries have the batch axis or not, as they come; what is stacked has it.
  std::shared_ptr<const Graph> body() {
    const Graph& from = *loop_.body;
    auto graph = std::make_shared<Graph>(from.context(), from.name);
    Builder b(*graph);
    const auto results = inline_batch(b, from, batch_inputs(*graph, from, batched_, size_), size_);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const bool same = i < carried_ && !batched_[i];
      add_output(*graph, from.outputs[i].name,
                 same ? results[i].value : whole(b, results[i], size_));
    }
    return graph;
  }

  LoopParts operands() {
    LoopParts parts{.body = nullptr,
                    .length = loop_.length,
                    .reverse = loop_.reverse,
                    .checkpoint = loop_.checkpoint};
    for (std::size_t i = 0; i < batched_.size(); ++i) {
      const int operand = static_cast<int>(i);
      if (i < carried_) {
        parts.carries.push_back(batched_[i] ? rule_.whole(operand) : rule_.in(operand));
      } else if (i < carried_ + over_) {
        const Value value = rule_.in(operand); // slices first, then examples
        parts.over.push_back(batched_[i] ? b_.transpose(value, first_two_swapped(b_.rank(value)))
                                         : value);
      } else {
        parts.with.push_back(rule_.in(operand));
      }
    }
    return parts;
  }

  /// The loop's own results: carries, then what is stacked.
  void give(const std::vector<Value>& results) {
    for (std::size_t i = 0; i < loop_.body->outputs.size(); ++i) {
      Value value = results[i];
      if (i >= carried_)
        value = b_.transpose(value, first_two_swapped(b_.rank(value)));
      else if (!batched_[i])
        value = repeated(b_, value, size_);
      rule_.give(static_cast<int>(i), value);
    }
  }

  /// Each example has steps of its own. Carried besides: for a condition how many each has taken;
  /// for counts the slice that the step is at.
  void run_masked() {
    std::fill_n(batched_.begin(), carried_, true);
    LoopParts parts = operands();
    const Type counts{DType::i64, {size_}};
    Value count;
    if (loop_.condition) {
      parts.condition = any_condition();
      parts.carries.push_back(b_.full(counts, 0.0));
    } else {
      count = rule_.in(count_position());
      parts.count = b_.op("max", {count});
      parts.carries.push_back(loop_.reverse ? b_.add(parts.count, -1.0)
                                            : b_.full({DType::i64, {}}, 0.0));
      parts.with.push_back(count);
    }
    parts.body = masked_body(counts);
    std::vector<Value> results = build_loop(b_, parts);
    if (b_.error()) return;
    const auto place = results.begin() + static_cast<std::ptrdiff_t>(carried_);
    const Value taken = *place;
    results.erase(place);
    give(results);
    if (loop_.condition) rule_.give(static_cast<int>(loop_.body->outputs.size()), taken);
  }

  std::shared_ptr<const Graph> any_condition() {
    const Graph& from = *loop_.condition;
    auto graph = std::make_shared<Graph>(from.context(), from.name);
    Builder b(*graph);
    auto inputs = batch_inputs(*graph, from, condition_flags(), size_);
    // The counter stands behind the carries.
    const Value taken = add_input(*graph, "steps taken", {DType::i64, {size_}});
    graph->inputs.pop_back();
    graph->inputs.insert(graph->inputs.begin() + static_cast<std::ptrdiff_t>(carried_), taken);
    const Value each = whole(b, inline_batch(b, from, inputs, size_)[0], size_);
    const Value most = b.op("max", {b.cast(each, DType::i32)});
    add_output(*graph, from.outputs[0].name, b.op("gt", {most, b.scalar(DType::i32, 0)}));
    return graph;
  }

  std::shared_ptr<const Graph> masked_body(const Type& counts) {
    const Graph& from = *loop_.body;
    auto graph = std::make_shared<Graph>(from.context(), from.name);
    Builder b(*graph);
    auto inputs = batch_inputs(*graph, from, batched_, size_);
    const Type position{DType::i64, {}};
    const Value own = add_input(*graph, "steps taken", loop_.condition ? counts : position);
    graph->inputs.pop_back();
    graph->inputs.insert(graph->inputs.begin() + static_cast<std::ptrdiff_t>(carried_), own);
    Value active;
    if (loop_.condition) {
      std::vector<Batched> asked(inputs.begin(), inputs.begin() + static_cast<int>(carried_));
      asked.insert(asked.end(), inputs.end() - static_cast<int>(with_), inputs.end());
      active = whole(b, inline_batch(b, *loop_.condition, asked, size_)[0], size_);
    } else {
      const Value count = add_input(*graph, "steps", counts);
      active = b.op("lt", {b.broadcast(own, counts.shape, {}), count});
    }
    const auto results = inline_batch(b, from, inputs, size_);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (i == carried_) count_step(b, own, active);
      const Value next = whole(b, results[i], size_);
      const Value kept = i < carried_ ? inputs[i].value : b.zeros_like(next);
      add_output(*graph, from.outputs[i].name, choose(b, active, next, kept));
    }
    if (results.size() == carried_) count_step(b, own, active);
    return graph;
  }

  void count_step(Builder& b, Value own, Value active) {
    const Value next = loop_.condition ? b.add(own, b.cast(active, DType::i64))
                                       : b.add(own, loop_.reverse ? -1.0 : 1.0);
    add_output(b.graph(), "steps taken", next);
  }

  Batching& rule_;
  Builder& b_;
  const std::int64_t size_;
  const Control loop_;
  const std::size_t carried_, over_, with_;
  std::vector<bool> batched_; ///< by input of the body
};

} // namespace

void loop_batch(Batching& b) { LoopBatch(b).run(); }

void branch_batch(Batching& rule) {
  const Control branch = rule.row().control(rule.attrs());
  Builder& b = rule.b;
  std::vector<Batched> operands;
  std::vector<Value> given{rule.in(0)};
  std::vector<bool> flags;
  for (int i = 1; i < rule.input_count(); ++i) {
    operands.push_back({rule.in(i), rule.batched(i)});
    given.push_back(rule.in(i));
    flags.push_back(rule.batched(i));
  }
  if (rule.batched(0)) {
    const auto then = inline_batch(b, *branch.body, operands, rule.size);
    const auto otherwise = inline_batch(b, *branch.otherwise, operands, rule.size);
    for (std::size_t i = 0; i < then.size(); ++i)
      rule.give(static_cast<int>(i), choose(b, rule.in(0), whole(b, then[i], rule.size),
                                            whole(b, otherwise[i], rule.size)));
    return;
  }
  const auto side = [&](const Graph& from) {
    auto graph = std::make_shared<Graph>(from.context(), from.name);
    Builder inside(*graph);
    const auto results =
        inline_batch(inside, from, batch_inputs(*graph, from, flags, rule.size), rule.size);
    for (std::size_t i = 0; i < results.size(); ++i)
      add_output(*graph, from.outputs[i].name, whole(inside, results[i], rule.size));
    return graph;
  };
  const auto results = build_branch(b, given, side(*branch.body), side(*branch.otherwise));
  for (std::size_t i = 0; i < results.size(); ++i) rule.give(static_cast<int>(i), results[i]);
}

} // namespace nnc::ops
