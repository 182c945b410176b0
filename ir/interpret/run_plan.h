// How a graph is run, worked out once: the body of a loop runs as often as the loop has steps.
#pragma once

#include "ir/control.h"
#include "ir/interpret/tape_cache.h"

#include <optional>

namespace nnc::interpreter {

/// A live node. At most one of `control` and `function` is set; of rows with neither that have
/// elements or a body of loops, `tape` is compiled when the node first runs.
struct NodePlan {
  NodeId id;
  const Tape* tape = nullptr;
  std::optional<Control> control = {};
  const Graph* function = nullptr; ///< that it calls
  std::vector<IndexCheck> checks = {};
};

struct RunPlan {
  std::vector<NodePlan> nodes;        ///< in the order in which they run
  std::vector<std::uint32_t> uses;    ///< by value, by nodes and by who wants it
  std::vector<std::int64_t> elements; ///< by value
  std::vector<Value> wanted;
};

/// The graph that a node calls; null where it calls none.
const Graph* called_graph(const Graph& graph, const Node& node);

/// What `wanted` needs.
RunPlan plan_run(const Graph& graph, std::span<const Value> wanted);

/// Plans of the graphs that nodes run, for their outputs, and tapes. The graphs have to stay.
class PlanCache {
public:
  RunPlan& of_outputs(const Graph& body);
  const Tape& tape(const Graph& graph, NodeId node) { return tapes_.tape(graph, node); }
  std::int64_t plans() const { return std::ssize(plans_); }

private:
  std::unordered_map<const Graph*, std::unique_ptr<RunPlan>> plans_;
  TapeCache tapes_;
};

} // namespace nnc::interpreter
