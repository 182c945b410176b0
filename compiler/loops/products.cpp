#include "compiler/loops/products.h"

#include "compiler/loops/all_steps.h"

#include <algorithm>

namespace nnc {
namespace {

/// Takes what depends on slices alone out of one loop.
class ProductsBefore {
public:
  explicit ProductsBefore(const LoopParts& loop) : steps_(loop) { choose(); }

  bool any() const { return !chosen_.empty(); }

  std::vector<Value> build(Builder& b, LoopParts parts) const {
    const Graph& body = steps_.body;
    AllSteps all(b, steps_, parts.length);
    all.know_operands(parts);
    all.compute(wanted_);
    auto graph = std::make_shared<Graph>(body.context(), body.name);
    std::vector<Value> inside(body.value_count());
    const std::size_t slices = parts.carries.size() + parts.over.size();
    const auto take = [&](std::size_t i) {
      const Value input = body.inputs[i];
      inside[input.id] = add_input(*graph, body.leaf_name(input), body.type(input));
    };
    for (std::size_t i = 0; i < slices; ++i) take(i);
    for (const Value value : chosen_) {
      inside[value.id] = add_input(*graph, body.value_name(value), body.type(value));
      parts.over.push_back(all.at(value));
    }
    for (std::size_t i = slices; i < body.inputs.size(); ++i) take(i);
    steps_.each([&](NodeId id) {
      if (!inside[body.result(id).id].valid()) copy_node(body, id, *graph, inside);
    });
    for (const Output& output : body.outputs)
      add_output(*graph, output.name, inside[output.value.id]);
    parts.body = graph;
    return build_loop(b, parts);
  }

private:
  static constexpr std::int64_t deep = 16;   ///< operations an element, of a product
  static constexpr std::int64_t share = 4;   ///< of its time is saved
  static constexpr std::int64_t at_most = 4; ///< times what is gone over and stacked anyway

  /// What doing a node for all steps at once saves in one: products of small matrices do not fill
  /// the machine, and read what stays the same in each step.
  std::int64_t saved(NodeId id) const {
    const Graph& body = steps_.body;
    std::int64_t elements = 1;
    for (const Value operand : body.operands(id))
      if (!steps_.same[operand.id]) elements = std::max(elements, body.type(operand).elements());
    for (int i = 0; i < body.node(id).result_count; ++i)
      elements = std::max(elements, body.type(body.result(id, i)).elements());
    const std::int64_t cost = arithmetic_cost(body, id);
    return cost > deep * elements ? cost / share : 0;
  }

  void choose() {
    const Graph& body = steps_.body;
    ValueCosts costs(body);
    steps_.inputs_are_there(costs);
    std::vector<bool> movable(body.value_count(), false);
    for (const Value input : body.inputs) movable[input.id] = !steps_.carried[input.id];
    steps_.each([&](NodeId id) {
      const auto operands = body.operands(id);
      const bool moves =
          steps_.batches(id) && body.node(id).result_count == 1 &&
          std::ranges::all_of(operands, [&](Value value) { return movable[value.id]; });
      const Value result = body.result(id);
      movable[result.id] = moves;
      if (!moves) {
        for (const Value operand : operands)
          if (movable[operand.id]) costs.worth[operand.id] = ValueCosts::never;
        return;
      }
      costs.compute[result.id] = steps_.same[result.id] ? 0 : saved(id);
      if (!steps_.same[result.id]) costs.keep[result.id] = memory_cost(body.type(result));
    });
    for (const Output& output : body.outputs)
      if (movable[output.value.id]) costs.worth[output.value.id] = ValueCosts::never;
    take(cheapest(body, costs), movable);
  }

  void take(const std::vector<Has>& has, const std::vector<bool>& movable) {
    const Graph& body = steps_.body;
    std::int64_t elements = 0;
    for (std::uint32_t id = 0; id < body.value_count(); ++id) {
      if (has[id] != Has::kept || body.is_leaf(Value{id})) continue;
      chosen_.push_back(Value{id});
      elements += body.type(Value{id}).elements();
    }
    if (elements > at_most * steps_.sliced()) chosen_.clear();
    wanted_.assign(body.value_count(), Has::nothing);
    for (const Value value : chosen_) wanted_[value.id] = Has::computed;
    for (std::uint32_t id = body.node_count(); id-- > 0;) {
      const Value result = body.result(NodeId{id});
      if (!movable[result.id] || wanted_[result.id] != Has::computed) continue;
      for (const Value operand : body.operands(NodeId{id}))
        if (!body.is_leaf(operand)) wanted_[operand.id] = Has::computed;
    }
  }

  Steps steps_;
  std::vector<Value> chosen_; ///< values of the body to go over
  std::vector<Has> wanted_;   ///< what is computed outside for those
};

} // namespace

Graph products_before_loops(const Graph& from) { return change_loops<ProductsBefore>(from); }

} // namespace nnc
