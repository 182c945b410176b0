#include "compiler/loops/all_steps.h"

#include <algorithm>

namespace nnc {

Steps::Steps(const LoopParts& parts)
    : loop(parts), body(*parts.body), same(body.value_count(), true),
      carried(body.value_count(), false), live_(body.live_nodes()) {
  for (std::size_t i = 0; i < body.inputs.size(); ++i) {
    same[body.inputs[i].id] = i >= parts.carries.size() + parts.over.size();
    carried[body.inputs[i].id] = i < parts.carries.size();
  }
  each([&](NodeId id) {
    for (int i = 0; i < body.node(id).result_count; ++i) {
      const Value result = body.result(id, i);
      for (const Value operand : body.operands(id)) {
        same[result.id] = same[result.id] && same[operand.id];
        carried[result.id] = carried[result.id] || carried[operand.id];
      }
    }
  });
}

bool Steps::batches(NodeId id) const {
  const OpRow& row = *body.node(id).row;
  if (row.control || row.checks || row.opaque) return false;
  return row.batch || row.elementwise || body.operands(id).empty();
}

bool Steps::stacked(Value value) const {
  return std::any_of(body.outputs.begin() + std::ssize(loop.carries), body.outputs.end(),
                     [&](const Output& output) { return output.value == value; });
}

std::int64_t Steps::sliced() const {
  std::int64_t elements = 0;
  for (std::size_t i = 0; i < loop.over.size(); ++i)
    elements += body.type(body.inputs[loop.carries.size() + i]).elements();
  for (std::size_t i = loop.carries.size(); i < body.outputs.size(); ++i)
    elements += body.type(body.outputs[i].value).elements();
  return elements;
}

void Steps::inputs_are_there(ValueCosts& costs) const {
  for (std::size_t i = loop.carries.size(); i < body.inputs.size(); ++i)
    costs.keep[body.inputs[i].id] = 0;
}

void AllSteps::know_operands(const LoopParts& loop) {
  std::size_t input = loop.carries.size();
  for (const Value value : loop.over) know(steps_.body.inputs[input++], value, true);
  for (const Value value : loop.with) know(steps_.body.inputs[input++], value, false);
}

void AllSteps::compute(std::span<const Has> has) {
  const Graph& body = steps_.body;
  std::vector<std::uint32_t> nodes;
  steps_.each([&](NodeId id) {
    bool wanted = false;
    for (int i = 0; i < body.node(id).result_count; ++i)
      wanted = wanted || has[body.result(id, i).id] == Has::computed;
    if (wanted) nodes.push_back(id.id);
  });
  std::vector<Value> plain(body.value_count());
  const auto copy = [&](NodeId id) {
    for (const Value operand : body.operands(id)) plain[operand.id] = values_[operand.id].value;
    copy_node(body, id, b_.graph(), plain);
    for (int i = 0; i < body.node(id).result_count; ++i)
      know(body.result(id, i), plain[body.result(id, i).id], false);
  };
  const OriginId origin = b_.origin;
  batch_nodes(b_, {.from = body, .nodes = nodes, .size = count_, .copy = copy}, values_);
  b_.origin = origin;
}

Value AllSteps::at(Value value) const {
  const Batched& found = values_[value.id];
  return found.batched ? found.value : repeated(b_, found.value, count_);
}

bool all_steps_are_taken(const LoopParts& loop) {
  return loop.length > 1 && !loop.checkpoint && !loop.condition && !loop.count.valid();
}

} // namespace nnc
