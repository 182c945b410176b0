// Graphs as formulas of a textbook: `gw = x^T (sigmoid(x w + b) - y) / 32`.
#pragma once

#include "ir/graph.h"

#include <string>

namespace nnc {

/// One line for each output, and before them lines for parts that are used more than once and are
/// long. Broadcasts are left out, as on paper; constant factors are collected.
std::string formula_text(const Graph& graph);

} // namespace nnc
