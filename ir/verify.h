// What holds of every graph between any two steps of the compiler, as a list of small rules: ids
// point backwards, types are what the rows say, nodes are interned, ports are there. A graph that
// breaks one was made by a faulty pass, or read by a faulty reader.
//
// Linear in nodes: the type rule runs once for each combination of row, attributes and operand
// types. Bodies of calls are verified too, each once.
#pragma once

#include "ir/graph.h"

namespace nnc {

struct GraphFault {
  std::string_view rule;
  std::string message;
  std::shared_ptr<const Graph> body = {}; ///< a body that the graph calls; none: the graph itself
  NodeId node = {};                       ///< invalid: the header
};

/// The names of the rules, in the order in which they are tried. Of a node's broken rules the first
/// is reported: later ones rely on it.
std::vector<std::string_view> graph_rules();

/// Every node and port that breaks a rule, up to `limit`.
std::vector<GraphFault> verify(const Graph& graph, std::size_t limit = 20);

/// The lines at fault with their neighbours, one node a line, and under each the rule and what is
/// wrong. Values without a name go by their number; ids that point nowhere print as `%?`.
std::string fault_text(const Graph& graph, std::span<const GraphFault> faults);

} // namespace nnc
