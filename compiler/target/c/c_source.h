// The C target: a module as one readable file of C99, with the header that object files have.
//
// The file needs no library and allocates nothing. It computes what the CPU target computes, with
// the same names, arguments, codes and messages; sums are added up one after the other, denormal
// numbers are kept, and `host` is not used. It tells gcc and clang itself that a * b + c is two
// operations, and is an error under -ffast-math.
#pragma once

#include "compiler/aot/module.h"
#include "ir/graph.h"

namespace nnc {

struct CSource {
  std::string source, header;
  std::vector<std::int64_t> workspace_bytes; ///< by function: what callers bring
};

/// `context` (may be null) knows where in the model values come from. Workspaces are no smaller
/// than `at_least`, by function, where that is not empty: those of an object with the same header.
/// `header` is the name of its file, by default that of the module. `weights` are the values of
/// those that the module embeds. E0501 when a function needs more than `max_memory`.
Result<CSource> c_source(const aot::Module& module, const Context* context, std::int64_t max_memory,
                         std::span<const std::int64_t> at_least = {}, std::string_view header = "",
                         std::span<const NamedTensor> weights = {});

} // namespace nnc
