// A node of a graph as people ask for it: what it is, where it was written or whose rule made it,
// what it is made of, and the rules that its cotangent came through. A node in the body of a loop
// or branch is followed out of it, to what the body is given, and a result of a loop into it.
#pragma once

#include "ir/graph.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nnc {

/// A value of a function, or of a body below it.
struct ValueIn {
  const Graph* graph = nullptr;
  Value value;
  bool operator==(const ValueIn&) const = default;
};

class Explanation {
public:
  explicit Explanation(const Graph& function);

  const Graph& function() const { return function_; }
  /// Values that dumps call so, or outputs; the function's before those of its bodies.
  /// "cell/t" is `t` in the body `cell`.
  std::vector<ValueIn> find(const std::string& name) const;
  /// Of the function's values.
  const std::vector<std::string>& names() const { return names(function_); }
  const std::vector<std::string>& names(const Graph& graph) const { return part(graph).names; }
  /// What dumps call a body, or the function.
  const std::string& name(const Graph& graph) const { return part(graph).name; }
  /// All names that `find` knows.
  std::vector<std::string> known() const;

  /// The node, where it came from, and what it is made of: lines, each with its end.
  std::string text(Value value) const { return text({&function_, value}); }
  std::string text(ValueIn at) const;
  /// "%gw = dot %x, %w  (churn.json:5:24  x@w)"
  std::string line(ValueIn at) const;
  /// What it is made of alone: "dot %x, %w".
  std::string expression(Value value) const { return expression({&function_, value}); }
  std::string expression(ValueIn at) const;
  /// Which function a graph is, or whose body: "function step".
  std::string place(const Graph& graph) const;

private:
  /// A node that runs a graph.
  struct Runner {
    const Graph* graph = nullptr;
    NodeId node;
    std::string as; ///< the node's attribute: "body", "cond", "then"
  };
  struct Part {
    std::string name;
    std::vector<std::string> names;
    std::vector<Runner> runners;
  };

  const Part& part(const Graph& graph) const { return parts_.at(&graph); }
  void add(const Graph& graph, std::string name);
  void add_runners(const Graph& graph);
  void find_in(const Graph& graph, const std::string& name, std::vector<ValueIn>& found) const;

  std::string written(ValueIn at) const;
  std::string rules_before(ValueIn at) const;
  /// Of a body's input, what it is given by the node that runs the body; else empty.
  std::string given_to(ValueIn input, bool brief) const;
  std::string made_in_bodies(ValueIn at) const;

  const Graph& function_;
  std::map<const Graph*, Part> parts_;
  std::vector<const Graph*> order_; ///< the function, then its bodies as dumps have them
};

/// Lines about where something came from: the place and text that were written, or, of what is
/// part of a derivative, the rules that made it down to a node that was written; then its scope
/// and the rewrite that built it.
std::string provenance(const Context& context, OriginId origin);

} // namespace nnc
