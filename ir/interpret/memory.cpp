#include "ir/interpret/memory.h"

#include "ir/interpret/run_plan.h"

#include <algorithm>

namespace nnc {
namespace {

/// Of bodies, each once.
using Known = std::unordered_map<const Graph*, std::int64_t>;

std::int64_t bytes_of(const Type& type) {
  const std::int64_t elements = type.elements();
  return elements > max_bytes / 8 ? max_bytes : 8 * elements;
}

std::int64_t sum(std::int64_t a, std::int64_t b) { return a > max_bytes - b ? max_bytes : a + b; }

std::int64_t bytes_of_run(const Graph& graph, Known& known);

/// What the graphs that a node runs take besides what is there.
std::int64_t bytes_of_bodies(const Graph& graph, const Node& node, Known& known) {
  std::int64_t most = 0;
  const auto count = [&](const Graph* body) {
    if (!body) return;
    auto found = known.find(body);
    if (found == known.end()) found = known.emplace(body, bytes_of_run(*body, known)).first;
    most = std::max(most, found->second);
  };
  if (node.row->control) {
    const Control control = node.row->control(graph.attrs(node));
    for (const auto* body : {&control.body, &control.otherwise, &control.condition})
      count(body->get());
  } else {
    count(interpreter::called_graph(graph, node));
  }
  return most;
}

std::int64_t bytes_of_run(const Graph& graph, Known& known) {
  std::int64_t now = bytes_of_leaves(graph), most = 0;
  const std::vector<bool> live = graph.live_nodes();
  std::vector<std::uint32_t> uses = graph.use_counts();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    const Node& node = graph.node(NodeId{id});
    if (!live[id] || graph.is_leaf(node.first)) continue;
    std::int64_t unread = 0;
    for (int i = 0; i < node.result_count; ++i) {
      const Value result = graph.result(NodeId{id}, i);
      const std::int64_t bytes = bytes_of(graph.type(result));
      now = sum(now, bytes);
      if (uses[result.id] == 0) unread += bytes;
    }
    most = std::max(most, sum(now, bytes_of_bodies(graph, node, known)));
    if (most == max_bytes) break;
    now -= unread;
    for (const Value operand : graph.operands(node))
      if (--uses[operand.id] == 0) now -= bytes_of(graph.type(operand));
  }
  return std::max(most, now);
}

} // namespace

std::int64_t bytes_of_leaves(const Graph& graph) {
  std::int64_t bytes = 0;
  for (const Value leaf : graph.inputs) bytes = sum(bytes, bytes_of(graph.type(leaf)));
  return bytes;
}

std::int64_t bytes_of_run(const Graph& graph) {
  Known known;
  return bytes_of_run(graph, known);
}

} // namespace nnc
