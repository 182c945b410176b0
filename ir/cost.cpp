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

} // namespace nnc
