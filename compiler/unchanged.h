// Steps leave a graph alone where they have nothing to do: copies of it cost time and memory.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// Is there a node, live or not, of which `holds` is true?
template <class Holds>
bool any_node(const Graph& graph, Holds holds) {
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    if (holds(graph.node(NodeId{id}))) return true;
  return false;
}

inline bool has_control(const Graph& graph) {
  return any_node(graph, [](const Node& node) { return node.row->control != nullptr; });
}

/// `graph` itself, or a copy of what is live where something but leaves is not.
Graph without_dead(Graph graph);

} // namespace nnc
