// Dissolves `call` and `vmap` nodes: the nodes of the body take their place, for `vmap` in the form
// that works on all examples at once. Bodies may hold further calls.
//
// A derivative inside a body is taken for each example, also with respect to what is the same for
// all of them: such a variable is repeated for each example before it is used.
#pragma once

#include "ir/graph.h"

namespace nnc {

Graph inline_calls(const Graph& from, Context& context);

} // namespace nnc
