// A graph as Graphviz text: `nnc opt model.json --emit=dot | dot -Tsvg`.
//
// Forward nodes are blue, those of gradients orange, new values of params and state green; leaves
// are boxes by role. Scopes are clusters. With values, a node shows the few elements that it has,
// and an edge between two numbers the derivative of the node with respect to that operand.
#pragma once

#include "ir/graph.h"

#include <string>

namespace nnc::cli {

/// Values of the graph, by id; none for what is not to be shown.
using DotValues = std::vector<std::optional<Literal>>;

std::string dot_text(const Graph& graph, const DotValues& values = {});

} // namespace nnc::cli
