// What is to be computed again in a derivative instead of being kept.
//
// A loop's derivative keeps what is carried and computes the rest again. So what is marked becomes
// a loop: a value or a call one of a single step, which nothing outside is merged with; a scan one
// of about sqrt(T) segments of as many steps, of which only the carries at their beginnings are
// kept.
#pragma once

#include "ir/builder.h"

#include <memory>

namespace nnc {

/// The graph with its marks expanded, where there are derivatives, for `differentiate`; nullopt
/// when it has none.
std::optional<Graph> expand_checkpoints(const Graph& from);

/// The results of `body` for `operands`, as a loop of one step.
std::vector<Value> run_apart(Builder& b, std::shared_ptr<const Graph> body,
                             std::span<const Value> operands);

} // namespace nnc
