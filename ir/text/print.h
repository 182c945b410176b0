// The text form of graphs, `.nnir`: typed, one node a line, exact (what is printed parses back to
// the same graph). Grammar in docs/text-ir.md.
//
//   func @step(%x: f32[32,20], param %w: f32[20]) -> (%loss) update (w = %w_next) {
//     %z    = dot %x, %w {contract = [[1],[0]]}   : f32[32]   // churn.json:5:18
//     %loss = ...
//   }
#pragma once

#include "ir/text/names.h"

#include <string>
#include <utility>

namespace nnc {

struct PrintOptions {
  bool origins = true; ///< end each line with where it came from
};

/// A number, or a tensor full of it, as it stands where it is used: `f32[32](0.5)`.
std::optional<std::string> splat_text(const Graph& graph, Value value);
/// The number alone: `0.5`.
std::optional<std::string> splat_number(const Graph& graph, Value value);
/// A splat that is no result of the function gets no line of its own.
bool printed_where_used(const Graph& graph, NodeId id);

/// The bodies below a graph, each once and before those that hold it, with names of their own.
std::vector<std::pair<const Graph*, std::string>> named_bodies(const Graph& root);

/// One function, and before it the bodies that its calls use. Dead nodes are not printed.
std::string print_graph(const Graph& graph, const PrintOptions& options = {});

/// "churn.json:5:18  x@w", without the file where the reader knows it ("5:18  x@w"). Of a gradient
/// node "grad 7:5 of %z, rule dot, order 1", z being what the rule took apart; after a rewrite its
/// name, "by stabilize: bce-of-sigmoid".
std::string origin_text(const Context& context, OriginId origin, std::string_view known_file = {});

} // namespace nnc
