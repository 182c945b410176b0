// The interpreter: what a graph means. It works from the op rows alone (element, body, checks) and
// computes every operation as language.md section 4 defines it: results rounded to their dtype one
// by one, sums in the order of their loops, denormals as Context::flush_denormals says. neg, abs,
// select and everything that only moves elements keep denormals; all other arithmetic reads and
// writes them as zero.
//
// All other executors are compared with it, so it trusts nothing: an element that reads outside an
// operand is an InternalError that names the op.
#pragma once

#include "ir/graph.h"

#include <functional>

namespace nnc {

/// What runs did, to be counted.
struct InterpretWork {
  std::int64_t plans = 0; ///< graphs whose nodes were looked at to find out what to run
  std::int64_t steps = 0; ///< of loops, each an execution of its body
};

struct InterpretOptions {
  /// What tensors may take at a time (8 bytes an element and more for derivatives).
  std::int64_t max_bytes = default_max_memory;
  /// Sees the value of every live node in the order in which they are computed; the search for
  /// the first NaN. Values inside of called functions are not seen.
  std::function<void(Value, const Literal&)> watch = {};
  InterpretWork* work = nullptr; ///< added to
};

/// The values of outputs, then of updates. `inputs` are those of graph.inputs, in order.
/// Errors: E0620 inputs that do not fit, E0621 an index outside its axis, E0622 too much memory,
/// E0401 a `grad` that is not expanded yet, E0310 calls nested too deeply.
Result<std::vector<Literal>> interpret(const Graph& graph, std::span<const Literal> inputs,
                                       const InterpretOptions& options = {});

/// Likewise for any values of the graph; only what they depend on is computed.
Result<std::vector<Literal>> interpret_values(const Graph& graph, std::span<const Literal> inputs,
                                              std::span<const Value> wanted,
                                              const InterpretOptions& options = {});

/// Row-major elements of one input's direction; empty = zero. Integer inputs have none.
using Direction = std::vector<double>;

/// Directional derivatives of outputs, then updates, by dual numbers: no gradient rule of any row
/// is used. Values that are not floats have zeros.
Result<std::vector<Direction>> jvp_by_duals(const Graph& graph, std::span<const Literal> inputs,
                                            std::span<const Direction> tangents,
                                            const InterpretOptions& options = {});

/// One output: its value, its derivatives along two directions and the mixed second one.
struct SecondOrder {
  Direction value, first, second, mixed;
};
Result<std::vector<SecondOrder>> second_by_duals(const Graph& graph,
                                                 std::span<const Literal> inputs,
                                                 std::span<const Direction> tangents,
                                                 std::span<const Direction> second_tangents,
                                                 const InterpretOptions& options = {});

} // namespace nnc
