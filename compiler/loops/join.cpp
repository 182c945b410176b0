#include "compiler/loops/join.h"

#include "ir/unmade.h"

#include <algorithm>
#include <map>

namespace nnc {
namespace {

void add_once(std::vector<Value>& list, Value value) {
  if (std::ranges::find(list, value) == list.end()) list.push_back(value);
}

/// The scalar literal that every element of `value` is; invalid when there is none.
Value number_behind(const Graph& graph, Value value) {
  const Value literal = literal_behind(graph, value);
  return literal.valid() && graph.type(literal).scalar() ? literal : Value{};
}

} // namespace

Join::Join(const Graph& graph, std::vector<LoopNode> loops)
    : graph_(graph), loops_(std::move(loops)) {
  std::map<std::uint32_t, std::size_t> first;
  for (std::size_t l = 0; l < loops_.size(); ++l) {
    const LoopParts& parts = loops_[l].parts;
    for (std::size_t i = 0; i < parts.carries.size(); ++i) {
      const auto [known, fresh] = first.emplace(parts.carries[i].id, carries_.size());
      carries_.push_back({.loop = l, .position = i, .same_as = known->second});
    }
    for (const Value value : parts.over)
      if (!stacked_here(value)) add_once(over_, value);
    for (const Value value : parts.with) add_once(with_, value);
  }
  for (const Carry& carry : carries_) add_once(with_, init(carry)); // it may turn out constant
  while (refine()) {
  }
  while (find_constants()) {
  }
  const std::vector<Value> asked = conditions(make_inputs("condition", false));
  agrees_ = std::ranges::all_of(asked, [&](Value value) { return value == asked[0]; });
}

std::size_t Join::carries_saved() const {
  std::size_t saved = 0;
  for (std::size_t i = 0; i < carries_.size(); ++i) saved += carries_[i].same_as != i ? 1 : 0;
  return saved;
}

/// The loop and position of what is stacked as `value` by one of the loops.
std::optional<std::pair<std::size_t, std::size_t>> Join::stacked_here(Value value) const {
  for (std::size_t l = 0; l < loops_.size(); ++l) {
    if (graph_.node_of(value) != loops_[l].id) continue;
    const auto result = static_cast<std::size_t>(graph_.result_index(value));
    return std::pair{l, result - loops_[l].parts.carries.size()};
  }
  return std::nullopt;
}

/// What an operand is inside: numbers are written there again.
Value Join::outer_value(Builder& b, Value value, bool slice) const {
  Type type = graph_.type(value);
  if (slice) type.shape.erase(type.shape.begin());
  if (const Value number = number_behind(graph_, value); number.valid()) {
    const Value literal = b.literal(graph_.attrs(number).literal("value"));
    return type.scalar() ? literal : b.broadcast(literal, type.shape, {});
  }
  return add_input(b.graph(), name_inside(value, slice), type);
}

/// What the first loop that takes it calls it.
std::string Join::name_inside(Value value, bool slice) const {
  for (const LoopNode& loop : loops_) {
    const std::vector<Value>& list = slice ? loop.parts.over : loop.parts.with;
    const auto found = std::ranges::find(list, value);
    if (found == list.end()) continue;
    const Graph& body = *loop.parts.body;
    const std::size_t first = loop.parts.carries.size() + (slice ? 0 : loop.parts.over.size());
    return body.leaf_name(body.inputs[first + static_cast<std::size_t>(found - list.begin())]);
  }
  return graph_.value_name(value);
}

Join::Inputs Join::make_inputs(const std::string& name, bool slices) const {
  Inputs inputs;
  inputs.graph = std::make_shared<Graph>(graph_.context(), name);
  Builder b(*inputs.graph);
  inputs.carries.resize(carries_.size());
  for (std::size_t i = 0; i < carries_.size(); ++i) {
    if (!own(i)) continue;
    const Graph& body = *loops_[carries_[i].loop].parts.body;
    const Value input = body.inputs[carries_[i].position];
    inputs.carries[i] = add_input(*inputs.graph, body.leaf_name(input), body.type(input));
  }
  if (slices)
    for (const Value value : over_) inputs.over[value.id] = outer_value(b, value, true);
  for (const Value value : with_) inputs.with[value.id] = outer_value(b, value, false);
  for (std::size_t i = 0; i < carries_.size(); ++i) {
    const std::size_t same = carries_[i].same_as;
    if (carries_[same].constant)
      inputs.carries[i] = inputs.with.at(init(carries_[same]).id);
    else
      inputs.carries[i] = inputs.carries[same];
  }
  return inputs;
}

Join::Steps Join::make_steps() const {
  Steps steps{
      .inputs = make_inputs(loops_.back().parts.body->name, true), .next = {}, .stacked = {}};
  Builder b(*steps.inputs.graph);
  std::size_t carry = 0;
  for (const LoopNode& loop : loops_) {
    const LoopParts& parts = loop.parts;
    std::vector<Value> operands;
    for (std::size_t i = 0; i < parts.carries.size(); ++i)
      operands.push_back(steps.inputs.carries[carry + i]);
    for (const Value value : parts.over) {
      const auto here = stacked_here(value);
      operands.push_back(here ? steps.stacked[here->first][here->second]
                              : steps.inputs.over.at(value.id));
    }
    for (const Value value : parts.with) operands.push_back(steps.inputs.with.at(value.id));
    const std::vector<Value> results = inline_graph(b, *parts.body, operands);
    const auto stacked = results.begin() + std::ssize(parts.carries);
    steps.next.insert(steps.next.end(), results.begin(), stacked);
    steps.stacked.emplace_back(stacked, results.end());
    carry += parts.carries.size();
  }
  return steps;
}

std::vector<Value> Join::conditions(const Inputs& inputs) const {
  Builder b(*inputs.graph);
  std::vector<Value> asked;
  std::size_t carry = 0;
  for (const LoopNode& loop : loops_) {
    const LoopParts& parts = loop.parts;
    if (parts.condition) {
      std::vector<Value> operands(inputs.carries.begin() + static_cast<std::ptrdiff_t>(carry),
                                  inputs.carries.begin() +
                                      static_cast<std::ptrdiff_t>(carry + parts.carries.size()));
      for (const Value value : parts.with) operands.push_back(inputs.with.at(value.id));
      asked.push_back(inline_graph(b, *parts.condition, operands)[0]);
    }
    carry += parts.carries.size();
  }
  return asked;
}

/// Parts carries that were taken for the same and do not go on the same.
bool Join::refine() {
  const Steps steps = make_steps();
  std::map<std::pair<std::size_t, std::uint32_t>, std::size_t> first;
  bool changed = false;
  std::vector<std::size_t> same;
  for (std::size_t i = 0; i < carries_.size(); ++i)
    same.push_back(
        first.emplace(std::pair{carries_[i].same_as, steps.next[i].id}, i).first->second);
  for (std::size_t i = 0; i < carries_.size(); ++i) {
    changed = changed || carries_[i].same_as != same[i];
    carries_[i].same_as = same[i];
  }
  return changed;
}

bool Join::find_constants() {
  const Steps steps = make_steps();
  bool changed = false;
  for (std::size_t i = 0; i < carries_.size(); ++i) {
    if (!own(i) || steps.next[i] != steps.inputs.carries[i]) continue;
    carries_[i].constant = changed = true;
  }
  return changed;
}

/// The loop that says how many steps there are: one with a condition, else the first.
std::size_t Join::counting_loop() const {
  for (std::size_t l = 0; l < loops_.size(); ++l)
    if (loops_[l].parts.condition) return l;
  return 0;
}

/// The joint loop in `map`'s terms, but for its outputs; carries are numbered.
LoopParts Join::joint_parts(const std::vector<Value>& map,
                            std::vector<std::size_t>& position) const {
  const LoopParts& counting = loops_[counting_loop()].parts;
  LoopParts joint = counting;
  joint.carries.clear(), joint.over.clear(), joint.with.clear();
  position.assign(carries_.size(), 0);
  for (std::size_t i = 0; i < carries_.size(); ++i) {
    if (!own(i)) continue;
    position[i] = joint.carries.size();
    joint.carries.push_back(map[init(carries_[i]).id]);
  }
  const auto outer = [&](const std::vector<Value>& values, std::vector<Value>& list) {
    for (const Value value : values)
      if (!number_behind(graph_, value).valid()) list.push_back(map[value.id]);
  };
  outer(over_, joint.over);
  outer(with_, joint.with);
  if (counting.condition) {
    const Inputs inputs = make_inputs(counting.condition->name, false);
    add_output(*inputs.graph, "more", conditions(inputs)[0]);
    joint.condition = inputs.graph;
  }
  if (counting.count.valid()) joint.count = map[counting.count.id];
  return joint;
}

void Join::build(Builder& b, std::vector<Value>& map) const {
  const Steps steps = make_steps();
  std::vector<std::size_t> position;
  LoopParts joint = joint_parts(map, position);
  Graph& body = *steps.inputs.graph;
  for (std::size_t i = 0; i < carries_.size(); ++i)
    if (own(i)) add_output(body, body.leaf_name(steps.inputs.carries[i]), steps.next[i]);
  std::map<std::uint32_t, std::size_t> stacked; // each value once
  for (std::size_t l = 0; l < loops_.size(); ++l)
    for (std::size_t i = 0; i < steps.stacked[l].size(); ++i) {
      const Value value = steps.stacked[l][i];
      const Graph& from = *loops_[l].parts.body;
      if (stacked.emplace(value.id, joint.carries.size() + stacked.size()).second)
        add_output(body, from.outputs[loops_[l].parts.carries.size() + i].name, value);
    }
  joint.body = steps.inputs.graph;
  const std::vector<Value> results = build_loop(b, joint);
  if (b.error()) unmade(*b.error(), "loops");
  std::size_t carry = 0;
  for (std::size_t l = 0; l < loops_.size(); ++l) {
    const LoopNode& loop = loops_[l];
    const auto set = [&](std::size_t result, Value value) {
      const Value old = graph_.result(loop.id, static_cast<int>(result));
      map[old.id] = value;
      b.graph().carry_value_name(graph_, old, value);
    };
    const std::size_t count = loop.parts.carries.size();
    for (std::size_t i = 0; i < count; ++i, ++carry) {
      const std::size_t same = carries_[carry].same_as;
      set(i, carries_[same].constant ? map[init(carries_[same]).id] : results[position[same]]);
    }
    for (std::size_t i = 0; i < steps.stacked[l].size(); ++i)
      set(count + i, results[stacked.at(steps.stacked[l][i].id)]);
    if (loop.parts.condition) set(count + steps.stacked[l].size(), results.back());
  }
}

} // namespace nnc
