#include "ir/text/print.h"

namespace nnc {
namespace {

constexpr std::uint32_t none = UINT32_MAX;

/// A named value and how many nodes away it is.
struct Served {
  std::uint32_t value = none;
  std::uint32_t distance = none;

  void offer(Served other) {
    if (other.value != none && other.distance + 1 < distance) {
      value = other.value;
      distance = other.distance + 1;
    }
  }
};

/// The nearest named value that each unnamed one serves. A forward value is used by its derivatives
/// too, but goes by a forward value's name where there is one.
std::vector<std::uint32_t> served(const Graph& graph, const std::vector<bool>& live) {
  std::vector<Served> forward(graph.value_count()), any(graph.value_count());
  for (std::uint32_t id = graph.node_count(); id-- > 0;) {
    if (!live[id]) continue;
    const Node& node = graph.node(NodeId{id});
    const bool gradient = graph.context().origins[node.origin].order > 0;
    Served near_forward, near_any;
    for (int i = 0; i < node.result_count; ++i) {
      const std::uint32_t result = graph.result(NodeId{id}, i).id;
      if (!graph.value_name(Value{result}).empty()) forward[result] = any[result] = {result, 0};
      if (forward[result].distance < near_forward.distance) near_forward = forward[result];
      if (any[result].distance < near_any.distance) near_any = any[result];
    }
    for (const Value operand : graph.operands(node)) {
      if (!gradient) forward[operand.id].offer(near_forward);
      any[operand.id].offer(near_any);
    }
  }
  std::vector<std::uint32_t> base(graph.value_count(), none);
  for (std::uint32_t value = 0; value < base.size(); ++value) {
    const Node& node = graph.producer(Value{value});
    const bool gradient = graph.context().origins[node.origin].order > 0;
    base[value] =
        gradient || forward[value].value == none ? any[value].value : forward[value].value;
  }
  return base;
}

class Namer {
public:
  std::string unique(const std::string& wanted) {
    return taken_.insert(wanted).second ? wanted : numbered(wanted);
  }
  std::string numbered(const std::string& base) {
    for (;;) {
      std::string name = base + "." + std::to_string(++next_[base]);
      if (taken_.insert(name).second) return name;
    }
  }

private:
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, int> next_;
};

/// Printed where it is used, and so counted last.
bool stands_inline(const Graph& graph, Value value) {
  const Node& node = graph.producer(value);
  const Node& leaf = node.input_count == 1 ? graph.producer(node.inputs[0]) : node;
  return leaf.row->literal && graph.type(leaf.first).scalar();
}

} // namespace

std::vector<std::string> printed_names(const Graph& graph) {
  const std::vector<bool> live = graph.live_nodes();
  const std::vector<std::uint32_t> base = served(graph, live);
  std::vector<std::string> names(graph.value_count());
  Namer namer;
  const auto each_unnamed = [&](auto visit) {
    for (std::uint32_t id = 0; id < graph.node_count(); ++id)
      for (int i = 0; live[id] && i < graph.node(NodeId{id}).result_count; ++i)
        if (const Value value = graph.result(NodeId{id}, i); names[value.id].empty()) visit(value);
  };
  const auto derive = [&](Value value) {
    const std::uint32_t serves = base[value.id];
    names[value.id] =
        namer.numbered(serves == none ? graph.producer(value).row->name : names[serves]);
  };
  for (const Value leaf : graph.inputs) names[leaf.id] = namer.unique(graph.leaf_name(leaf));
  each_unnamed([&](Value value) { // users' names first: derived ones step aside
    if (!graph.value_name(value).empty()) names[value.id] = namer.unique(graph.value_name(value));
  });
  each_unnamed([&](Value value) {
    if (!stands_inline(graph, value)) derive(value);
  });
  each_unnamed(derive);
  return names;
}

void name_values(Graph& graph) {
  const std::vector<bool> live = graph.live_nodes();
  const std::vector<std::string> names = printed_names(graph);
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    for (int i = 0; live[id] && i < graph.node(NodeId{id}).result_count; ++i)
      if (const Value value = graph.result(NodeId{id}, i); !stands_inline(graph, value))
        graph.set_value_name(value, names[value.id]);
}

} // namespace nnc
