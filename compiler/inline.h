// Dissolves `call` nodes: the body's nodes take the place of the call, nested calls included.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// Names inside a body become `<call>/<name>`, where <call> is the name of the call's first result.
Graph inline_calls(const Graph& from, Context& context);

} // namespace nnc
