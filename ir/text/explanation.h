// A node of a graph as people ask for it: what it is, where it was written or whose rule made it,
// what it is made of, and the rules that its cotangent came through.
#pragma once

#include "ir/graph.h"

#include <optional>
#include <string>
#include <vector>

namespace nnc {

class Explanation {
public:
  explicit Explanation(const Graph& graph);

  /// The live value that dumps call so, or the output.
  std::optional<Value> find(const std::string& name) const;
  const std::vector<std::string>& names() const { return names_; }

  /// The node, where it came from, and what it is made of: lines, each with its end.
  std::string text(Value value) const;
  /// What it is made of alone: "dot %x, %w".
  std::string expression(Value value) const { return expression(graph_.producer(value)); }

private:
  std::string expression(const Node& node) const;
  std::string written(Value value) const;
  std::string place_of(Value value) const;
  std::string rules_before(Value value) const;
  std::string provenance(const Origin& origin) const;
  std::string derivation(const Origin& origin) const;

  const Graph& graph_;
  std::vector<std::string> names_;
};

} // namespace nnc
