// Random well-typed graphs with data on which they are well conditioned.
//
// Each word of a recipe adds one op: its bits choose the row, operands and attributes from what is
// there, so a recipe without some of its words is another good graph, which makes it shrink well.
// Every op is evaluated as it is added. It is refused when its results are not finite, when they
// are larger than 1e4, or when a change of its operands by 1e-4 makes it jump or its slope jump:
// executors that round differently must not take different branches.
#pragma once

#include "ir/graph.h"

#include <map>

namespace nnc {

using Recipe = std::vector<std::uint64_t>;

struct RandomGraph {
  /// Outputs: every value that nothing uses; then, where there are floats on both sides, the sum s
  /// of <float output, c_i> over these, and `grad` of s for every float leaf.
  std::optional<Graph> function;
  std::size_t plain_outputs = 0;   ///< those before s
  std::vector<Literal> inputs;     ///< the leaves, then c0, c1, ...
  std::map<std::string, int> rows; ///< how often each op was added
  bool reduces = false;            ///< has a reduction or contraction
  bool dull = false;               ///< every plain output is the same for other inputs
};

/// All floats are f64.
RandomGraph random_graph(Context& context, const Recipe& recipe);

/// The rows that recipes choose from.
std::vector<const OpRow*> drawn_rows(const OpTable& table);

/// The same function with a narrower float in place of f64; its leaves take `narrowed` inputs.
Graph narrowed(const Graph& graph, DType to = DType::f32);
Literal narrowed(const Literal& literal, DType to = DType::f32);

/// How far rounding may take each output: the function in f64 with every input and every float
/// result of every node changed by up to `relative`, independently, element by element. Per output
/// the largest difference in several draws. `graph` has no `grad` nodes.
std::vector<double> spread(const Graph& graph, std::span<const Literal> inputs, double relative);

} // namespace nnc
