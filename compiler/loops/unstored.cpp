#include "compiler/loops/unstored.h"

#include "compiler/bodies.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr std::size_t most_asked = 8; ///< different slices of one value

bool keeps_little(const LoopParts& loop) {
  return loop.checkpoint && loop.length > 1 && !loop.condition && !loop.count.valid();
}

/// The most elements that a node of a step computes.
std::int64_t largest_at_once(const Graph& body) {
  std::int64_t largest = 0;
  const std::vector<bool> live = body.live_nodes();
  for (std::uint32_t id = 0; id < body.node_count(); ++id) {
    const Node& node = body.node(NodeId{id});
    if (!live[id] || node.row->leaf || node.row->repeats) continue;
    std::int64_t elements = 0;
    for (int i = 0; i < node.result_count; ++i)
      elements += body.type(body.result(NodeId{id}, i)).elements();
    largest = std::max(largest, elements);
  }
  return largest;
}

} // namespace

std::vector<std::optional<std::size_t>> stacked_carries(const LoopParts& loop) {
  std::vector<std::optional<std::size_t>> where(loop.carries.size());
  for (std::size_t i = 0; i < where.size(); ++i)
    for (std::size_t output = where.size(); output < loop.body->outputs.size(); ++output)
      if (loop.body->outputs[output].value == loop.body->inputs[i]) where[i] = output;
  return where;
}

Unstored::Unstored(const Graph& graph)
    : graph_(graph), places_(graph), cheap_(graph.value_count(), false),
      stored_(graph.value_count(), false), part_(graph.node_count(), false),
      asked_(graph.value_count()) {
  for (LoopNode& loop : loops_of(graph))
    if (keeps_little(loop.parts)) loops_.emplace(loop.id.id, std::move(loop));
  if (loops_.empty()) return;
  find_cheap();
  find_stored();
}

const LoopNode* Unstored::loop(NodeId id) const {
  const auto found = loops_.find(id.id);
  return found == loops_.end() ? nullptr : &found->second;
}

bool Unstored::makes_slices(const LoopNode& loop) const {
  return !std::ranges::all_of(loop.parts.over, [&](Value value) { return stored(value); });
}

bool Unstored::none() const {
  return std::ranges::none_of(loops_, [&](const auto& each) { return makes_slices(each.second); });
}

bool Unstored::runs_again(const LoopNode& loop) const {
  for (std::size_t i = loop.parts.carries.size(); i < loop.parts.body->outputs.size(); ++i)
    if (const Value result = graph_.result(loop.id, static_cast<int>(i));
        !stored(result) && !asked_[result.id].empty())
      return true;
  return false;
}

/// What needs little memory that grows with the steps: leaves, which somebody else owns, what loops
/// can compute again, and what is made of those, but for a small part.
void Unstored::find_cheap() {
  for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
    const Node& node = graph_.node(NodeId{id});
    const LoopNode* at = loop(NodeId{id});
    std::int64_t needed = 0;
    for (const Value operand : graph_.operands(node))
      if (!cheap_[operand.id]) needed += graph_.type(operand).elements();
    for (int i = 0; i < node.result_count; ++i) {
      const Value result = graph_.result(NodeId{id}, i);
      const std::int64_t elements = graph_.type(result).elements();
      const bool stacked = at && i >= static_cast<int>(at->parts.carries.size());
      const bool made = node.row->leaf || node.row->repeats ||
                        (node.row->element && node.input_count > 0 && 2 * needed <= elements);
      cheap_[result.id] = (made || stacked) && elements > 0;
    }
  }
}

/// From users to operands, so that all that asks for slices of a value has done so before it is
/// looked at.
void Unstored::find_stored() {
  for (const Output& output : graph_.outputs) stored_[output.value.id] = true;
  for (const Update& update : graph_.updates) stored_[update.value.id] = true;
  const std::vector<bool> live = graph_.live_nodes();
  for (std::uint32_t id = graph_.node_count(); id-- > 0;) {
    if (!live[id]) continue;
    if (const LoopNode* at = loop(NodeId{id}))
      look_at(*at);
    else if (!can_be_made(NodeId{id}))
      store(NodeId{id});
  }
}

void Unstored::store(NodeId id) {
  const Node& node = graph_.node(id);
  for (int i = 0; i < node.result_count; ++i) stored_[graph_.result(id, i).id] = true;
  if (is_small_part(id)) {
    const auto moved = places_.moved_from(places_.rows_of(node.first));
    part_[id.id] = moved && ask({*moved, true});
  }
  if (part_[id.id]) return;
  for (const Value operand : graph_.operands(id)) stored_[operand.id] = true;
}

bool Unstored::is_small_part(NodeId id) const {
  const Node& node = graph_.node(id);
  if (node.input_count != 1 || node.result_count != 1 || node.row->repeats) return false;
  const Type &type = graph_.type(node.first), &from = graph_.type(node.inputs[0]);
  return cheap_[node.first.id] && type.rank() > 0 && 2 * type.elements() <= from.elements();
}

/// False where slices could not be taken, should the value be stored.
bool Unstored::ask(const Asked& more) {
  const Value value = more.slices.of;
  if (!places_.view(more.slices)) return false;
  auto& asked = asked_[value.id];
  if (std::ranges::find(asked, more) != asked.end()) return true;
  asked.push_back(more);
  if (asked.size() > most_asked) stored_[value.id] = true;
  return true;
}

/// Asks for the slices of operands that those of a node are made of, if they can be.
bool Unstored::can_be_made(NodeId id) {
  const Node& node = graph_.node(id);
  const Value value = node.first;
  if (stored(value) || !cheap_[value.id] || node.row->leaf || asked_[value.id].empty())
    return false;
  for (const auto& [slices, outside] : asked_[value.id]) {
    if (maps_elements(node)) {
      for (const Value operand : graph_.operands(node))
        if (!ask({SlicePlaces::same_of(slices, operand), outside})) return false;
    } else if (const auto repeated = places_.repeated_from(slices)) {
      if (repeated->same_in_each)
        stored_[node.inputs[0].id] = true;
      else if (!ask({repeated->of, outside}))
        return false;
    } else if (const auto moved = places_.moved_from(slices); !moved || !ask({*moved, outside})) {
      return false;
    }
  }
  return true;
}

/// Is all that is asked for a step's own slice?
bool Unstored::is_step(const LoopParts& loop, Value result) const {
  return std::ranges::all_of(asked_[result.id], [&](const Asked& each) {
    return !each.outside && each.slices.steps == loop.length &&
           places_.view(each.slices)->row_by_row();
  });
}

/// A loop's stacked results are not stored if their slices alone are read, if they are more than
/// the carries that are stacked instead, and more than what a step needs.
void Unstored::look_at(const LoopNode& at) {
  const LoopParts& loop = at.parts;
  const auto carried = stacked_carries(loop);
  std::int64_t saved = 0;
  std::vector<Value> results;
  for (std::size_t i = 0; i < loop.body->outputs.size(); ++i) {
    const Value result = results.emplace_back(graph_.result(at.id, static_cast<int>(i)));
    const bool source =
        i < carried.size() || std::ranges::find(carried, std::optional(i)) != carried.end();
    if (source || !is_step(loop, result)) stored_[result.id] = true;
    if (stored(result) || asked_[result.id].empty()) continue;
    saved += loop.body->type(loop.body->outputs[i].value).elements();
  }
  for (std::size_t i = 0; i < carried.size(); ++i)
    if (!carried[i]) saved -= loop.body->type(loop.body->inputs[i]).elements();
  // Together they are to be more than one step computes at once anyway.
  if (saved <= 0 || saved <= largest_at_once(*loop.body) / loop.length)
    for (const Value result : results) stored_[result.id] = true;
  for (const auto* list : {&loop.carries, &loop.with})
    for (const Value value : *list) stored_[value.id] = true;
  for (const Value value : loop.over)
    if (!ask({places_.rows_of(value)})) stored_[value.id] = true;
}

} // namespace nnc
