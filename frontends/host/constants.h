// Constants of a model made part of a function, for programs that run without the model's files.
#pragma once

#include "frontends/host/source.h"

namespace nnc {

/// The graph with literals in place of its leaves that are constants. Errors of their files.
Result<Graph> embed_constants(const Graph& from, const Source& source);

} // namespace nnc
