#include "compiler/loops/prune.h"

#include "ir/control.h"
#include "ir/unmade.h"

#include <algorithm>
#include <map>

namespace nnc {
namespace {

using Flags = std::vector<bool>;

Flags live_values(const Graph& graph, std::span<const Value> roots);

bool any(const Flags& flags, std::size_t first, std::size_t count) {
  const auto begin = flags.begin() + static_cast<std::ptrdiff_t>(first);
  return std::find(begin, begin + static_cast<std::ptrdiff_t>(count), true) !=
         begin + static_cast<std::ptrdiff_t>(count);
}

/// What of a loop or branch is needed when some of its results are.
struct Needs {
  Flags operands; ///< of the node
  Flags inputs;   ///< of the body
  Flags outputs;  ///< of the body
};

Flags inputs_reached(const Graph& graph, const Flags& outputs) {
  std::vector<Value> roots;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i]) roots.push_back(graph.outputs[i].value);
  const Flags live = live_values(graph, roots);
  Flags reached;
  for (const Value input : graph.inputs) reached.push_back(live[input.id]);
  return reached;
}

void unite(Flags& into, const Flags& more) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = into[i] || more[i];
}

Needs loop_needs(const Control& loop, const Flags& results, std::size_t operands) {
  const auto carried = static_cast<std::size_t>(loop.carries);
  Needs needs{.operands = Flags(operands, false),
              .inputs = Flags(loop.body->inputs.size(), false),
              .outputs = Flags(results.begin(), results.begin() + std::ssize(loop.body->outputs))};
  if (loop.condition) { // its operands are the carries and what stands behind `over`
    const Flags asked = inputs_reached(*loop.condition, {true});
    const std::size_t over = static_cast<std::size_t>(loop.over);
    for (std::size_t i = 0; i < asked.size(); ++i)
      needs.inputs[i < carried ? i : i + over] = asked[i];
  }
  for (bool changed = true; changed;) {
    changed = false;
    unite(needs.inputs, inputs_reached(*loop.body, needs.outputs));
    for (std::size_t i = 0; i < carried; ++i) {
      if (needs.inputs[i] == needs.outputs[i]) continue;
      needs.inputs[i] = needs.outputs[i] = true;
      changed = true;
    }
  }
  std::copy(needs.inputs.begin(), needs.inputs.end(), needs.operands.begin());
  if (loop.counted) needs.operands.back() = true;
  return needs;
}

Needs branch_needs(const Control& branch, const Flags& results) {
  Needs needs{
      .operands = {true}, .inputs = inputs_reached(*branch.body, results), .outputs = results};
  unite(needs.inputs, inputs_reached(*branch.otherwise, results));
  needs.operands.insert(needs.operands.end(), needs.inputs.begin(), needs.inputs.end());
  return needs;
}

Needs needs_of(const Control& control, const Flags& results, std::size_t operands) {
  return control.kind == ControlKind::loop ? loop_needs(control, results, operands)
                                           : branch_needs(control, results);
}

Flags results_of(const Graph& graph, NodeId id, const Flags& live) {
  const Node& node = graph.node(id);
  const auto first = live.begin() + node.first.id;
  return {first, first + node.result_count};
}

/// The values that `roots` depend on, through loops and branches value by value.
Flags live_values(const Graph& graph, std::span<const Value> roots) {
  Flags live(graph.value_count(), false);
  for (const Value root : roots) live[root.id] = true;
  for (std::uint32_t id = graph.node_count(); id-- > 0;) {
    const Node& node = graph.node(NodeId{id});
    if (!any(live, node.first.id, node.result_count)) continue;
    const auto operands = graph.operands(node);
    Flags needed(operands.size(), true);
    if (node.row->control)
      needed = needs_of(node.row->control(graph.attrs(node)), results_of(graph, NodeId{id}, live),
                        operands.size())
                   .operands;
    for (std::size_t i = 0; i < operands.size(); ++i)
      if (needed[i]) live[operands[i].id] = true;
  }
  return live;
}

template <class T>
std::vector<T> kept(std::span<const T> list, const Flags& flags, std::size_t first = 0) {
  std::vector<T> result;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (flags[first + i]) result.push_back(list[i]);
  return result;
}

/// What is left of a body where these inputs and outputs are: what is shared stays shared.
using PrunedBodies = std::map<std::tuple<const Graph*, Flags, Flags>, std::shared_ptr<const Graph>>;

/// Copies what is live of one graph.
class Pruner {
public:
  Pruner(const Graph& from, Graph& to, const Flags& live, std::vector<Value>& map,
         PrunedBodies& known)
      : from_(from), b_(to), live_(live), map_(map), known_(known) {}

  void run() {
    for (std::uint32_t id = 0; id < from_.node_count(); ++id) {
      const Node& node = from_.node(NodeId{id});
      if (!any(live_, node.first.id, node.result_count) || map_[node.first.id].valid()) continue;
      if (node.row->control)
        control(NodeId{id}, node.row->control(from_.attrs(node)));
      else
        copy_node(from_, NodeId{id}, b_.graph(), map_);
    }
  }

private:
  std::shared_ptr<const Graph> pruned_body(const Graph& body, const Flags& inputs,
                                           const Flags& outputs) {
    const std::tuple key(&body, inputs, outputs);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
    auto graph = std::make_shared<Graph>(body.context(), body.name);
    std::vector<Value> map(body.value_count()), roots;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i]) {
        const Value leaf = body.inputs[i];
        map[leaf.id] = graph->add_leaf(body.leaf_name(leaf), body.role(leaf), body.type(leaf),
                                       body.producer(leaf).origin);
      }
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i]) roots.push_back(body.outputs[i].value);
    const Flags live = live_values(body, roots);
    Pruner(body, *graph, live, map, known_).run();
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i])
        graph->outputs.push_back({body.outputs[i].name, map[body.outputs[i].value.id]});
    known_.emplace(key, graph);
    return graph;
  }

  std::vector<Value> mapped(const std::vector<Value>& values) const {
    std::vector<Value> result;
    for (const Value value : values) result.push_back(map_[value.id]);
    return result;
  }

  void control(NodeId id, const Control& control) {
    const Node& node = from_.node(id);
    const Flags results = results_of(from_, id, live_);
    const Needs needs = needs_of(control, results, node.input_count);
    b_.origin = node.origin;
    const std::vector<Value> made = control.kind == ControlKind::loop
                                        ? loop(node, control, needs)
                                        : branch(node, control, needs);
    if (b_.error()) unmade(*b_.error(), "loops");
    std::size_t next = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const bool last = i == needs.outputs.size(); // the number of steps of a condition
      if (!last && !needs.outputs[i]) continue;
      const Value old = from_.result(id, static_cast<int>(i));
      map_[old.id] = made[next++];
      b_.graph().carry_value_name(from_, old, map_[old.id]);
    }
  }

  std::vector<Value> loop(const Node& node, const Control& loop, const Needs& needs) {
    const LoopOperands operands = loop_operands(from_, node, loop);
    const std::size_t carried = operands.carries.size(), over = operands.over.size();
    LoopParts parts = loop_parts(from_, node, loop);
    parts.body = pruned_body(*loop.body, needs.inputs, needs.outputs);
    parts.carries = mapped(kept(operands.carries, needs.inputs));
    parts.over = mapped(kept(operands.over, needs.inputs, carried));
    parts.with = mapped(kept(operands.with, needs.inputs, carried + over));
    if (loop.counted) parts.count = map_[operands.count.id];
    if (loop.condition) {
      Flags asked = needs.inputs;
      asked.erase(asked.begin() + static_cast<std::ptrdiff_t>(carried),
                  asked.begin() + static_cast<std::ptrdiff_t>(carried + over));
      parts.condition = pruned_body(*loop.condition, asked, {true});
    }
    return build_loop(b_, parts);
  }

  std::vector<Value> branch(const Node& node, const Control& branch, const Needs& needs) {
    const std::vector<Value> operands = mapped(kept(from_.operands(node), needs.operands));
    return build_branch(b_, operands, pruned_body(*branch.body, needs.inputs, needs.outputs),
                        pruned_body(*branch.otherwise, needs.inputs, needs.outputs));
  }

  const Graph& from_;
  Builder b_;
  const Flags& live_;
  std::vector<Value>& map_;
  PrunedBodies& known_;
};

} // namespace

Graph prune_loops(const Graph& from) {
  Graph to(from.context(), from.name);
  std::vector<Value> map = begin_copy(from, to), roots;
  for (const Output& output : from.outputs) roots.push_back(output.value);
  for (const Update& update : from.updates) roots.push_back(update.value);
  const Flags live = live_values(from, roots);
  PrunedBodies known;
  Pruner(from, to, live, map, known).run();
  finish_copy(from, to, map);
  return to;
}

} // namespace nnc
