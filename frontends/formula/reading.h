// A node that is read as a term, and what readings of several files share.
#pragma once

#include "frontends/formula/term.h"
#include "ir/graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nnc::formula {

struct At {
  const Graph& graph;
  Terms& terms;
  const Node& node;
  const std::vector<Scaled>& values;
  int result = 0; ///< which one of the node is read

  Scaled in(std::size_t i) const { return values[node.inputs[i].id]; }
  const Type& type(std::size_t i) const { return graph.type(node.inputs[i]); }
  const Type& out() const { return graph.type(node.first); }
  AttrView attrs() const { return graph.attrs(node); }
  Axes axes(std::string_view name) const { return attrs().integers(name); }
  std::vector<Scaled> all() const {
    std::vector<Scaled> operands;
    for (std::size_t i = 0; i < node.input_count; ++i) operands.push_back(in(i));
    return operands;
  }
};

inline Scaled minus(Scaled x) { return {-x.factor, x.term}; }
inline Scaled times(double factor, Scaled x) { return {factor * x.factor, x.term}; }
inline std::string list_text(const Axes& list) {
  return fmt::format("[{}]", fmt::join(list, ", "));
}

/// An op's name, and the term for a result of its nodes.
struct Reading {
  const char* op;
  Scaled (*read)(const At& at);
};

} // namespace nnc::formula
