#include "frontends/model/body_layout.h"

#include "ir/control.h"

#include <algorithm>

namespace nnc {

void BodyLayout::add_counter(std::size_t carries, std::string name) {
  carries_ = carries;
  counter_ = std::move(name);
}

void BodyLayout::unite(const BuiltBody& built, std::size_t own) {
  for (std::size_t i = own; i < built.input_names.size(); ++i) {
    const std::string& name = built.input_names[i];
    if (name == counter_ || std::ranges::find(captured_, name, &Captured::name) != captured_.end())
      continue;
    captured_.push_back({name, built.graph.get(), built.graph->inputs[i]});
  }
}

std::shared_ptr<const Graph> BodyLayout::graph(Build& build, const BuiltBody& built,
                                               std::size_t own, bool counts) const {
  const auto used = std::span(built.input_names).subspan(own);
  if (!has_counter() && std::ranges::equal(used, captured_, {}, {}, &Captured::name))
    return built.graph;
  std::string key = std::to_string(carries_) + counter_ + (counts ? " counts" : "");
  for (const Captured& one : captured_) key += "\n" + one.name;
  std::shared_ptr<const Graph>& known = build.laid_out[{built.graph, key}];
  if (!known) known = copy(built, own, counts);
  return known;
}

std::shared_ptr<const Graph> BodyLayout::copy(const BuiltBody& built, std::size_t own,
                                              bool counts) const {
  const Graph& from = *built.graph;
  auto graph = std::make_shared<Graph>(from.context(), from.name);
  graph->part_counts = from.part_counts;
  std::map<std::string_view, Value> leaves;
  const auto add = [&](std::string_view name, const Graph& like, Value leaf) {
    leaves[name] = graph->add_leaf(like.leaf_name(leaf), like.role(leaf), like.type(leaf),
                                   like.producer(leaf).origin);
  };
  for (std::size_t i = 0; i <= own; ++i) {
    if (has_counter() && i == carries_)
      leaves[counter_] = graph->add_leaf(counter_, Role::input, Type{DType::u32, {}}, {});
    if (i < own) add(built.input_names[i], from, from.inputs[i]);
  }
  for (const Captured& one : captured_) add(one.name, *one.graph, one.leaf);
  std::vector<Value> operands;
  for (const std::string& name : built.input_names) operands.push_back(leaves.at(name));
  Builder b(*graph);
  const std::vector<Value> results = inline_graph(b, from, operands);
  for (std::size_t i = 0; i <= results.size(); ++i) {
    if (counts && i == carries_)
      add_output(*graph, "next.iteration", b.add(leaves.at(counter_), b.scalar(DType::u32, 1)));
    if (i < results.size()) add_output(*graph, from.outputs[i].name, results[i]);
  }
  return graph;
}

} // namespace nnc
