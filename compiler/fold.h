// Constant folding: what depends on literals alone is computed by the interpreter, so that folded
// and unfolded programs agree to the bit.
#pragma once

#include "ir/builder.h"

namespace nnc {

/// The value of a node all of whose operands are literals or splats of literals, in as few nodes as
/// it takes; an invalid one when it is not such a node. Values of more than 4,096 elements are left
/// alone, unless the row is element-wise and its operands are splats: that is one number.
Value fold_node(Builder& builder, NodeId node);

/// Is there such a node?
bool has_foldable(const Graph& graph);

Graph fold(const Graph& from, Context& context);

} // namespace nnc
