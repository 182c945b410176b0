// Products of tensors: matrix products, convolutions, and all others by their subscripts.
#pragma once

#include "frontends/formula/term.h"
#include "ir/graph.h"

#include <functional>

namespace nnc::formula {

/// `node` contracts two tensors, by its attributes `batch` and `contract`.
Scaled tensor_product(Terms& terms, const Graph& graph, const Node& node,
                      const std::function<Scaled(Value)>& value);

/// A product that is written with subscripts, its axes permuted.
std::optional<Scaled> transposed_product(Terms& terms, Scaled product, const Axes& perm);

} // namespace nnc::formula
