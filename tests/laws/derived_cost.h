// What a function and its derivatives cost: nodes, and arithmetic as their rows declare it.
#pragma once

#include "ir/graph.h"

#include <string>
#include <vector>

namespace nnc {

struct Cost {
  double nodes = 0, operations = 0;
};

/// Live nodes but leaves and numbers, and their arithmetic. A `prod` counts as its tree: halves,
/// their product and what fills an odd one up, at each level. The nodes of a loop's body count
/// once, their arithmetic for each step that there may be; of a branch the dearer side counts.
Cost cost_of(const Graph& graph);
/// After the last simplification.
Graph simplified_graph(Graph graph);
Cost simplified(Graph graph); ///< of that

/// Only what these outputs need, and no updates.
Graph with_outputs(const Graph& from, const std::vector<Output>& outputs);
/// Float leaves that `of` depends on.
std::vector<Value> float_leaves(const Graph& graph, Value of);
/// And the gradient of the only output with respect to these leaves.
Graph with_gradient(const Graph& function, Value of, const std::vector<Value>& wrt);
/// The Hessian of `of` times a vector.
Graph with_product(const Graph& function, Value of, const std::vector<Value>& wrt);

/// Largest ratios seen, for the record.
struct WorstRatio {
  double nodes = 0, operations = 0;
};

/// Empty when the cost of `derived` is within `factor` times that of the function, and `spare`
/// nodes.
std::string compare(const Cost& function, const Cost& derived, double factor, double spare,
                    WorstRatio& worst);

} // namespace nnc
