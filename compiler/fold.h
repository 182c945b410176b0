// Constant folding: what depends on literals alone is computed by the interpreter, so that folded
// and unfolded programs agree to the bit.
#pragma once

#include "ir/builder.h"

namespace nnc {

/// The value of a node all of whose operands are literals or splats of literals; nullopt when it
/// is not such a node or its value has more than 4,096 elements.
std::optional<Literal> fold_node(const Graph& graph, NodeId node);

/// A literal as few nodes: a splat becomes a broadcast scalar.
Value build_literal(Builder& builder, const Literal& literal);

/// Is there such a node?
bool has_foldable(const Graph& graph);

Graph fold(const Graph& from, Context& context);

} // namespace nnc
