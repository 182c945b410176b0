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
  bool gradient(const Node& node) const { return graph_.context().origins.order(node.origin) > 0; }

  void visit(NodeId id) {
    const Node& node = graph_.node(id);
    Served near_forward, near_any;
    for (std::uint32_t i = 0; i < node.result_count; ++i) {
      const std::uint32_t result = node.first.id + i, at = result - first_;
      if (graph_.name_id(Value{result}) != TextId{}) forward_[at] = any_[at] = {result, 0};
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

NameTable::NameTable(const Graph& graph)
    : texts_(graph.context().texts), taken_(texts_.size()), counts_(graph.part_counts) {
  for (std::uint32_t id = 0; id < graph.value_count(); ++id)
    taken_[graph.name_id(Value{id}).id] = true;
}

bool NameTable::taken(std::string_view name) const {
  const std::uint32_t id = texts_.find(name).id;
  return id != 0 && id < taken_.size() && taken_[id];
}

bool NameTable::take(TextId name) {
  if (taken_.size() <= name.id) taken_.resize(texts_.size());
  if (taken_[name.id]) return false;
  return taken_[name.id] = true;
}

TextId NameTable::unique(std::string_view wanted) {
  const TextId name = texts_.intern(wanted);
  return take(name) ? name : part(name);
}

TextId NameTable::part(TextId base) {
  int& count = counts_[base];
  for (;;) {
    text_ = texts_[base];
    text_ += '.';
    text_ += std::to_string(count++);
    if (const TextId name = texts_.intern(text_); take(name)) return name;
  }
}

TextId NameTable::part_of(const Graph& graph, Value value) {
  const TextId name = graph.name_id(value);
  if (graph.name_kind(value) != NameKind::part) return part(name);
  const std::string_view text = texts_[name];
  return part(texts_.intern(text.substr(0, text.rfind('.'))));
}

namespace {

/// Those that stand where they are used are named last, and only if they should be.
std::vector<TextId> names_of(const Graph& graph, NameTable& table, bool inline_too) {
  const std::vector<bool> live = graph.live_nodes();
  const ServedNames served(graph, 0, live);
  TextPool& texts = graph.context().texts;
  std::vector<TextId> names(graph.value_count());
  std::vector<bool> given(texts.size());
  const auto once = [&](TextId name) {
    if (given[name.id]) return table.part(name);
    given[name.id] = true;
    return name;
  };
  const auto each_unnamed = [&](auto visit) {
    for (std::uint32_t id = 0; id < graph.node_count(); ++id)
      for (int i = 0; live[id] && i < graph.node(NodeId{id}).result_count; ++i)
        if (const Value value = graph.result(NodeId{id}, i); names[value.id] == TextId{})
          visit(value);
  };
  const auto derive = [&](Value value) {
    const std::uint32_t serves = served.of(value);
    names[value.id] = serves == none ? table.part(texts.intern(graph.producer(value).row->name))
                                     : table.part_of(graph, Value{serves});
  };
  std::vector<TextId> leaves;
  for (const Value leaf : graph.inputs) leaves.push_back(texts.intern(graph.leaf_name(leaf)));
  given.resize(texts.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) names[graph.inputs[i].id] = once(leaves[i]);
  each_unnamed([&](Value value) { // two values may have come by one name
    if (const TextId name = graph.name_id(value); name != TextId{}) names[value.id] = once(name);
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
  std::vector<std::string> names;
  names.reserve(graph.value_count());
  for (const TextId name : names_of(graph, table, true))
    names.push_back(graph.context().texts[name]);
  return names;
}

void name_values(Graph& graph) {
  const std::vector<bool> live = graph.live_nodes();
  NameTable table(graph);
  const std::vector<TextId> names = names_of(graph, table, false);
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
      if (graph.name_id(value) != TextId{} || stands_inline(graph, value)) continue;
      if (const std::uint32_t serves = served.of(value); serves != none)
        graph.set_value_name(value, table.part_of(graph, Value{serves}), NameKind::part);
    }
  }
}

} // namespace nnc
