// A graph as Graphviz text: `nnc opt model.json --emit=dot | dot -Tsvg`.
//
// Forward nodes are blue, those of gradients orange, new values of params and state green; leaves
// are boxes by role. Scopes are clusters.
#pragma once

#include "ir/graph.h"

#include <string>

namespace nnc::cli {

std::string dot_text(const Graph& graph);

} // namespace nnc::cli
