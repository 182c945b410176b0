// Which nodes of a graph the kernels of a program compute.

#include "ir/control.h"
#include "ir/kernel/explanation.h"
#include "ir/text/names.h"

#include <algorithm>
#include <set>

namespace nnc {

ProgramExplanation::Key ProgramExplanation::key(std::uint32_t buffer) const {
  return {program_.buffers[buffer].name, program_.buffers[buffer].origin.id};
}

namespace {

/// Calls `visit` with name, origin and value of everything that is live in a graph.
template <class Visit>
void each_named(const Graph& graph, const std::vector<std::string>& names, Visit visit) {
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.value_count(); ++id)
    if (live[graph.node_of(Value{id}).id])
      visit(names[id], graph.producer(Value{id}).origin.id, Value{id});
}

} // namespace

ProgramExplanation::Level ProgramExplanation::outermost() const {
  Level level{.graph = &function_->function()};
  const Graph& graph = *level.graph;
  const auto add = [&](const std::string& name, std::uint32_t origin, Value value) {
    level.values[{name, origin}] = value;
  };
  each_named(graph, function_->names(graph), add);
  for (const Output& output : graph.outputs)
    add(output.name, graph.producer(output.value).origin.id, output.value);
  return level;
}

/// The loop or branch that a region was made of: it gives what is stored in the region.
const Node* ProgramExplanation::runner(const Level& around, const Region& region) const {
  std::set<Key> written;
  for (std::uint32_t k = region.first; k < region.last; ++k)
    for (const std::uint32_t buffer : buffers_written(program_.kernels[k]))
      written.insert(key(buffer));
  if (region.steps != Region::none) written.insert(key(region.steps));
  for (const auto& [name, value] : around.values) {
    const Node& node = around.graph->producer(value);
    if (node.row->control && node.origin == region.origin && written.contains(name)) return &node;
  }
  return nullptr;
}

ProgramExplanation::Level ProgramExplanation::inside(const Level& around, const Region& region,
                                                     std::uint32_t kernel) const {
  const Node* node = around.graph ? runner(around, region) : nullptr;
  if (!node) return {};
  const Control control = node->row->control(around.graph->attrs(*node));
  const bool early = kernel < region.middle, branch = control.kind == ControlKind::branch;
  const Graph& graph = !early && branch             ? *control.otherwise
                       : early && control.condition ? *control.condition
                                                    : *control.body;
  Level level{.graph = &graph};
  each_named(graph, function_->names(graph),
             [&](const std::string& name, std::uint32_t origin, Value value) {
               level.values[{name, origin}] = value;
             });
  if (&graph == control.condition.get()) {
    level.values[key(region.condition)] = graph.outputs[0].value;
    return level;
  }
  for (const auto& [name, value] : around.values) {
    const auto result = static_cast<std::size_t>(value.id - node->first.id);
    if (&around.graph->producer(value) == node && result < graph.outputs.size())
      level.values[name] = graph.outputs[result].value;
  }
  return level;
}

ProgramExplanation::Level ProgramExplanation::level_of(std::uint32_t kernel) const {
  Level level = outermost();
  for (const Region& region : program_.regions)
    if (region.first <= kernel && kernel < region.last) level = inside(level, region, kernel);
  return level;
}

std::optional<Value> ProgramExplanation::stored(const Level& level, const Kernel& kernel,
                                                std::uint32_t buffer) const {
  const bool local = buffer >= local_buffer;
  const Key wanted = local ? Key{kernel.locals[buffer - local_buffer].name, 0} : key(buffer);
  const auto found = level.values.lower_bound(wanted);
  if (found == level.values.end() || found->first.first != wanted.first) return std::nullopt;
  if (!local && found->first != wanted) return std::nullopt;
  return found->second;
}

/// What it stores, and on the way there everything that is stored nowhere; loops and branches,
/// whose results it only fills, are none of it.
std::vector<Value> ProgramExplanation::computed(const Level& level, const Kernel& kernel) const {
  if (!level.graph) return {};
  std::set<std::uint32_t> in_buffers;
  for (std::uint32_t b = 0; b < program_.buffers.size(); ++b)
    if (!names_[b].empty())
      if (const auto value = stored(level, kernel, b)) in_buffers.insert(value->id);
  std::set<std::uint32_t> found;
  std::vector<Value> next;
  const auto enter = [&](Value value) {
    const bool node = !level.graph->is_leaf(value) && !stands_inline(*level.graph, value);
    const bool runs = level.graph->producer(value).row->control != nullptr;
    if (node && !runs && found.insert(value.id).second) next.push_back(value);
  };
  std::vector<std::uint32_t> written = buffers_written(kernel);
  for (std::uint32_t i = 0; i < kernel.locals.size(); ++i) written.push_back(local_buffer + i);
  for (const std::uint32_t buffer : written)
    if (const auto value = stored(level, kernel, buffer)) enter(*value);
  while (!next.empty()) {
    const Value value = next.back();
    next.pop_back();
    for (const Value operand : level.graph->operands(level.graph->producer(value)))
      if (!in_buffers.contains(operand.id)) enter(operand);
  }
  std::vector<Value> values;
  for (const std::uint32_t id : found) values.push_back(Value{id});
  return values;
}

} // namespace nnc
