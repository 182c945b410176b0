#include "ir/cost.h"

namespace nnc {

double node_cost(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (node.row->leaf) return 0;
  std::vector<Type> in, out;
  for (const Value operand : graph.operands(node)) in.push_back(graph.type(operand));
  double elements = 0;
  for (int i = 0; i < node.result_count; ++i) {
    out.push_back(graph.type(graph.result(id, i)));
    elements += static_cast<double>(out.back().elements());
  }
  return node.row->cost ? node.row->cost({in, out, graph.attrs(node)}) : elements;
}

double graph_cost(const Graph& graph) {
  double sum = 0;
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    if (live[id]) sum += node_cost(graph, NodeId{id});
  return sum;
}

} // namespace nnc
