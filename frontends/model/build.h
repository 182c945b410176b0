// From a resolved model to the graph of one of its functions.
//
// A function is one that the model declares, or any value of the model: then it has this one output
// and the inputs that it turns out to need. Leaves stand in the order of the signature: inputs as
// `in` lists them, then params, state and constants in the order of the model. The graph holds
// explicit broadcasts, `grad` nodes, `call` nodes for local functions, and `cut`s around named
// intermediates that derivatives ask for. Values keep their names; unnamed parts of `p` are called
// `p.0`, `p.1`, ...
//
// Errors: E0306 sizes that contradict each other, E0307 a size without a value, E0308 a type
// assertion that fails, E0309 outputs, updates and operands that do not fit their function, E0312
// no such function, E0311 functions that call themselves; E02xx from rows.
#pragma once

#include "frontends/model/resolve.h"

namespace nnc {

struct BuildOptions {
  /// From `--size N=32`; stronger than those of the model and the function.
  std::vector<std::pair<std::string, std::int64_t>> sizes = {};
  /// Types of the inputs that are given; they bind size symbols.
  std::vector<std::pair<std::string, Type>> inputs = {};
  /// To look for errors: a size without a value is none, and what depends on it is left out.
  bool open_sizes = false;
};

/// Of a damaged model the graph lacks what its damage spoils; no error tells of that again.
OrErrors<Graph> build_function(const Model& model, const std::string& function,
                               const BuildOptions& options, Context& context,
                               const nn::FunctionTable& functions);
/// Likewise, a function that gives these values.
OrErrors<Graph> build_values(const Model& model, const std::vector<std::string>& values,
                             const BuildOptions& options, Context& context,
                             const nn::FunctionTable& functions);

inline constexpr std::size_t max_call_depth = 100;

} // namespace nnc
