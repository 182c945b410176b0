// A graph as a model of primitives: one function, a node for each node, nothing implied.
//
// Read back it is the same graph, value for value, with two exceptions in the bodies of calls: what
// a body uses of the model is passed to it openly, so there its params are inputs; and sizes are
// numbers, not symbols.
#pragma once

#include "frontends/model/resolve.h"

namespace nnc {

/// `source`: the model that the graph was built from, for initial values and files of its leaves;
/// null when there is none. E0103 for a literal of more elements than a model may hold.
Result<ModelDoc> model_of(const Graph& graph, const Model* source);

} // namespace nnc
