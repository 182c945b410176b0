#include "frontends/formula/formula.h"

#include "frontends/formula/read.h"
#include "frontends/formula/write.h"

namespace nnc {

std::string formula_text(const Graph& graph) {
  formula::Terms terms;
  const std::vector<formula::Scaled> values = formula::read(graph, terms);
  std::vector<formula::Line> lines;
  std::set<std::string> taken;
  DType dtype = DType::f32;
  for (std::uint32_t id = 0; id < graph.value_count(); ++id) {
    taken.insert(graph.value_name(Value{id}));
    if (is_float(graph.type(Value{id}).dtype)) dtype = graph.type(Value{id}).dtype;
  }
  for (const Value leaf : graph.inputs) taken.insert(graph.leaf_name(leaf));
  for (const Output& output : graph.outputs)
    lines.push_back({output.name, values[output.value.id]});
  for (const Update& update : graph.updates)
    lines.push_back({update.target + "'", values[update.value.id]});
  for (const formula::Line& line : lines) taken.insert(line.name);
  for (std::size_t i = 0; i < terms.loop_count(); ++i) {
    const formula::Loop& loop = terms.loop(static_cast<std::int64_t>(i));
    taken.insert({loop.step, loop.count_name});
    for (const auto& list : {loop.carries, loop.stacks})
      for (const formula::Equation& each : list) taken.insert(each.name);
  }
  return formula::write(terms, lines, dtype, std::move(taken));
}

} // namespace nnc
