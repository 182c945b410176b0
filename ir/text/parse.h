// Reads graphs as text: exactly what `print_graph` prints, and by hand also operations inside
// operands, `add softplus(%z), %y`. Grammar in docs/text-ir.md.
//
// Strict: nothing is broadcast, every type is compared with what the operation gives, functions
// stand before those that call them. Errors that do not hide each other are all reported, at most
// `max_text_errors`, in the order of their places: E0130 for what cannot be read, and what the
// rows and the builder say about operands and attributes.
#pragma once

#include "ir/graph.h"

namespace nnc {

inline constexpr std::size_t max_text_errors = 20;
/// Levels of operations inside operands.
inline constexpr int max_text_depth = 64;
/// Nodes of a function with its calls expanded.
inline constexpr std::int64_t max_expanded_nodes = 10'000'000;

template <class T>
using Parsed = std::variant<T, std::vector<Error>>;

struct TextFunction {
  std::shared_ptr<Graph> graph;
  bool called = false; ///< by a later function of the text
};

/// The functions of a text in their order, at least one.
Parsed<std::vector<TextFunction>> parse_module(Context& context, std::string_view text,
                                               const std::string& file);

/// The one function of a text that no other calls.
Parsed<Graph> parse_graph(Context& context, std::string_view text, const std::string& file);

} // namespace nnc
