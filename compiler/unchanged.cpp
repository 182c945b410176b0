#include "compiler/unchanged.h"

namespace nnc {

Graph without_dead(Graph graph) {
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    if (!live[id] && !graph.node(NodeId{id}).row->leaf) return copy_live(graph);
  return graph;
}

} // namespace nnc
