// The text form of graphs, `.nnir`: typed, one node a line, exact (what is printed parses back to
// the same graph). Grammar in docs/text-ir.md.
//
//   func @step(%x: f32[32,20], param %w: f32[20]) -> (%loss) update (w = %w_next) {
//     %z    = dot %x, %w {contract = [[1],[0]]}   : f32[32]   // churn.json:5:18
//     %loss = ...
//   }
#pragma once

#include "ir/graph.h"

#include <string>

namespace nnc {

struct PrintOptions {
  bool origins = true; ///< end each line with where it came from
};

/// One function, and before it the bodies that its calls use. Dead nodes are not printed.
std::string print_graph(const Graph& graph, const PrintOptions& options = {});

/// A unique name for every live value: the user's, or one derived from the nearest named value that
/// it serves (loss.1, loss.2), so that names do not shift when something is added elsewhere.
std::vector<std::string> printed_names(const Graph& graph);

/// Makes the derived names lasting, so that a value keeps its name from step to step.
void name_values(Graph& graph);

/// "churn.json:5:18", with the forward node, rule and order for gradient nodes; "5:18" when the
/// reader knows the file.
std::string origin_text(const Context& context, OriginId origin, std::string_view known_file = {});

} // namespace nnc
