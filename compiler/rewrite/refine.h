// The last rewrites on graphs: those that keep more digits where a function is near its limit, by
// looking at the sign of something. They are right in value, where nothing is differentiated any
// more; before `differentiate` they would be wrong at 0.
#pragma once

#include "compiler/rewrite/rewrite.h"

namespace nnc {

RewriteList refining_rewrites();

/// Refining and simplifying rewrites together.
Graph refine(const Graph& from, Context& context);
Graph refine(const Graph& from, Context& context, const RewriteOptions& options);

/// Is there a node that a refining rewrite may look for?
bool has_refinable(const Graph& graph);

} // namespace nnc
