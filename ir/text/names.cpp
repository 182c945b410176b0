#include "ir/text/names.h"

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

/// The nearest named value that each unnamed one serves, for values of the nodes from `first` on. A
/// forward value is used by its derivatives too, but goes by a forward value's name where there is
/// one.
class ServedNames {
public:
  ServedNames(const Graph& graph, std::uint32_t first, const std::vector<bool>& live)
      : graph_(graph), first_(first < graph.node_count() ? graph.node(NodeId{first}).first.id
                                                         : graph.value_count()),
        forward_(graph.value_count() - first_), any_(forward_.size()) {
    for (std::uint32_t id = graph.node_count(); id-- > first;)
      if (live.empty() || live[id]) visit(NodeId{id});
  }

  std::uint32_t of(Value value) const {
    const std::uint32_t at = value.id - first_;
    const bool own_kind = gradient(graph_.producer(value)) || forward_[at].value == none;
    return own_kind ? any_[at].value : forward_[at].value;
  }

private:
  bool gradient(const Node& node) const { return graph_.context().origins[node.origin].order > 0; }

  void visit(NodeId id) {
    const Node& node = graph_.node(id);
    Served near_forward, near_any;
    for (std::uint32_t i = 0; i < node.result_count; ++i) {
      const std::uint32_t result = node.first.id + i, at = result - first_;
      if (!graph_.value_name(Value{result}).empty()) forward_[at] = any_[at] = {result, 0};
      if (forward_[at].distance < near_forward.distance) near_forward = forward_[at];
      if (any_[at].distance < near_any.distance) near_any = any_[at];
    }
    for (const Value operand : graph_.operands(node)) {
      if (operand.id < first_) continue;
      if (!gradient(node)) forward_[operand.id - first_].offer(near_forward);
      any_[operand.id - first_].offer(near_any);
    }
  }

  const Graph& graph_;
  std::uint32_t first_; ///< value
  std::vector<Served> forward_, any_;
};

} // namespace

bool stands_inline(const Graph& graph, Value value) {
  const Value number = literal_behind(graph, value);
  if (!number.valid() || !graph.type(number).scalar()) return false;
  return number == value || !graph.type(value).scalar(); // a number repeated once is a node
}

NameTable::NameTable(const Graph& graph) : counts_(graph.part_counts) {
  for (std::uint32_t id = 0; id < graph.value_count(); ++id)
    if (const std::string& name = graph.value_name(Value{id}); !name.empty()) taken_.insert(name);
}

std::string NameTable::unique(const std::string& wanted) {
  return taken_.insert(wanted).second ? wanted : part(wanted);
}

std::string NameTable::part(const std::string& base) {
  int& count = counts_[base];
  for (;;) {
    std::string name = base + "." + std::to_string(count++);
    if (taken_.insert(name).second) return name;
  }
}

std::string NameTable::part_of(const Graph& graph, Value value) {
  const std::string& name = graph.value_name(value);
  const bool is_part = graph.name_kind(value) == NameKind::part;
  return part(is_part ? name.substr(0, name.rfind('.')) : name);
}

namespace {

/// Those that stand where they are used are named last, and only if they should be.
std::vector<std::string> names_of(const Graph& graph, NameTable& table, bool inline_too) {
  const std::vector<bool> live = graph.live_nodes();
  const ServedNames served(graph, 0, live);
  std::vector<std::string> names(graph.value_count());
  std::unordered_set<std::string> given;
  const auto each_unnamed = [&](auto visit) {
    for (std::uint32_t id = 0; id < graph.node_count(); ++id)
      for (int i = 0; live[id] && i < graph.node(NodeId{id}).result_count; ++i)
        if (const Value value = graph.result(NodeId{id}, i); names[value.id].empty()) visit(value);
  };
  const auto derive = [&](Value value) {
    const std::uint32_t serves = served.of(value);
    names[value.id] = serves == none ? table.part(graph.producer(value).row->name)
                                     : table.part_of(graph, Value{serves});
  };
  for (const Value leaf : graph.inputs)
    names[leaf.id] = given.insert(graph.leaf_name(leaf)).second ? graph.leaf_name(leaf)
                                                                : table.part(graph.leaf_name(leaf));
  each_unnamed([&](Value value) { // two values may have come by one name
    const std::string& name = graph.value_name(value);
    if (!name.empty()) names[value.id] = given.insert(name).second ? name : table.part(name);
  });
  each_unnamed([&](Value value) {
    if (!stands_inline(graph, value)) derive(value);
  });
  if (inline_too) each_unnamed(derive);
  return names;
}

} // namespace

std::vector<std::string> printed_names(const Graph& graph) {
  NameTable table(graph);
  return names_of(graph, table, true);
}

void name_values(Graph& graph) {
  const std::vector<bool> live = graph.live_nodes();
  NameTable table(graph);
  const std::vector<std::string> names = names_of(graph, table, false);
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    for (int i = 0; live[id] && i < graph.node(NodeId{id}).result_count; ++i)
      if (const Value value = graph.result(NodeId{id}, i); !stands_inline(graph, value))
        graph.set_value_name(value, names[value.id], NameKind::part);
  graph.part_counts = table.counts();
}

void name_values(Graph& graph, std::uint32_t first, NameTable& table) {
  const ServedNames served(graph, first, {});
  for (std::uint32_t id = first; id < graph.node_count(); ++id) {
    for (int i = 0; i < graph.node(NodeId{id}).result_count; ++i) {
      const Value value = graph.result(NodeId{id}, i);
      if (stands_inline(graph, value) || !graph.value_name(value).empty()) continue;
      if (const std::uint32_t serves = served.of(value); serves != none)
        graph.set_value_name(value, table.part_of(graph, Value{serves}), NameKind::part);
    }
  }
  graph.part_counts = table.counts();
}

} // namespace nnc
