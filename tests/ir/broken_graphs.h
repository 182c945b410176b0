// Graphs that break one rule of ir/verify.h and no rule before it.
#pragma once

#include "ir/graph.h"

#include <ostream>

namespace nnc::test {

/// A well-formed graph in text; its nodes, which are its values too: each has one result.
extern const std::string_view good_graph;
enum : std::uint32_t { x, w, a, s, y, w2 };

struct BrokenGraph {
  const char *rule, *name;
  void (*damage)(Graph& graph); ///< done to good_graph
  const char* text;             ///< what is shown of it
};
inline void PrintTo(const BrokenGraph& broken, std::ostream* out) { *out << broken.name; }

std::span<const BrokenGraph> broken_graphs();

/// Past all checks: graphs have no door for faults, only a broken pass could make them.
void set_operands(Graph& graph, std::uint32_t node, std::vector<Value> operands);

} // namespace nnc::test
