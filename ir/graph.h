// The graph: nodes in topological order, append-only and interned.
//
// Building the same node twice returns the same handle, so common sub-expressions are one node by
// construction. Inputs have smaller ids than their users. There are no parent pointers and no
// replace-all-uses: a pass builds a new graph from an old one. A `Context` owns what graphs share
// (op rows, types, attributes, names, origins) and outlives them.
#pragma once

#include "ir/node.h"

#include <memory_resource>
#include <unordered_set>

namespace nnc {

/// What a leaf of a function stands for.
enum class Role : std::uint8_t { input, param, state, constant };
std::string_view role_name(Role role);
std::optional<Role> role_from_name(std::string_view name);

/// What was done with graphs so far, for tests that hold it linear in nodes.
struct Work {
  std::uint64_t added = 0;    ///< nodes asked for, new or not
  std::uint64_t slots = 0;    ///< looked at in tables of nodes for that
  std::uint64_t swept = 0;    ///< nodes gone over in search of those that are live
  std::uint64_t rewrites = 0; ///< tried
};

struct Context {
  explicit Context(const OpTable& table) : ops(table) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const OpTable& ops;
  AttrPool attrs;
  TypePool types;
  TextPool texts;
  OriginPool origins{texts};
  Work work;
  /// Denormal operands and results count as zero (language.md 4.1), in every executor.
  bool flush_denormals = true;
};

/// How a value came by its name. A name of an earlier kind takes the place of a later one.
enum class NameKind : std::uint8_t {
  user, ///< written by the user
  role, ///< says what the value is: `d_h`, the cotangent of `h`
  part  ///< `p.3`: on the way to what is called `p`
};

/// By the name of what has parts: how many were given names. Graphs share it until one names more.
class PartCounts {
public:
  int& operator[](TextId name);

private:
  using Counts = std::unordered_map<std::uint32_t, int>;
  std::shared_ptr<Counts> counts_;
};

struct Output {
  std::string name;
  Value value;
};

/// A parameter or state takes a new value at the end of the call.
struct Update {
  std::string target;
  Value value;
};

class Graph {
public:
  Graph(Context& context, std::string name);
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;
  ~Graph();

  Context& context() const { return *context_; }
  std::string name;
  std::vector<Value> inputs; ///< the leaves in the order of the signature
  std::vector<Output> outputs;
  std::vector<Update> updates;

  /// Adds a node after checking operands and attributes with the row's type rule; missing
  /// attributes take their defaults. Attributes are in row order.
  Result<NodeId> add(const OpRow& row, std::span<const Value> inputs, Attrs attrs, OriginId origin);
  /// Adds a node whose result types are known (a copy of a checked node with inputs of equal type).
  NodeId add_checked(const OpRow& row, std::span<const Value> inputs, AttrsId attrs,
                     OriginId origin, std::span<const Type* const> types);
  /// Adds a copy of a node of another graph, with inputs of equal types.
  NodeId add_copy(const Graph& from, const Node& node, std::span<const Value> inputs);
  /// Makes room for so many nodes.
  void reserve(std::uint32_t nodes);
  /// The leaf `name`; added to `inputs` when new.
  Value add_leaf(std::string_view name, Role role, const Type& type, OriginId origin);

  std::uint32_t node_count() const { return static_cast<std::uint32_t>(nodes_.size()); }
  std::uint32_t value_count() const { return static_cast<std::uint32_t>(values_.size()); }
  const Node& node(NodeId id) const { return nodes_[id.id]; }
  NodeId node_of(Value value) const { return NodeId{values_[value.id].node}; }
  const Node& producer(Value value) const { return nodes_[values_[value.id].node]; }
  int result_index(Value value) const {
    return static_cast<int>(value.id - producer(value).first.id);
  }
  std::span<const Value> operands(const Node& node) const {
    return {node.inputs, node.input_count};
  }
  std::span<const Value> operands(NodeId id) const { return operands(nodes_[id.id]); }
  Value result(NodeId id, int index = 0) const {
    return Value{nodes_[id.id].first.id + static_cast<std::uint32_t>(index)};
  }
  const Type& type(Value value) const { return *values_[value.id].type; }
  AttrView attrs(const Node& node) const { return {*node.row, context_->attrs[node.attrs]}; }
  AttrView attrs(Value value) const { return attrs(producer(value)); }

  bool is_leaf(Value value) const;
  Role role(Value leaf) const;
  const std::string& leaf_name(Value leaf) const;

  /// The user's name of a value or the name derived for it; empty when it has none.
  const std::string& value_name(Value value) const { return context_->texts[name_id(value)]; }
  TextId name_id(Value value) const {
    return value.id < names_.size() ? TextId{names_[value.id].text} : TextId{};
  }
  NameKind name_kind(Value value) const; ///< of a value that has a name
  /// Keeps the first name of the most telling kind that a value is given.
  void set_value_name(Value value, TextId name, NameKind kind);
  void set_value_name(Value value, std::string_view name, NameKind kind = NameKind::user) {
    set_value_name(value, context_->texts.intern(name), kind);
  }
  /// Gives a value the name, if any, that `from` is known by in another graph.
  void carry_value_name(const Graph& other, Value from, Value to);
  /// Renames a value that is called `from`.
  void rename_value(Value value, std::string_view from, std::string_view to);
  /// Numbers go on from pass to pass, so that no two values are ever called the same.
  PartCounts part_counts;
  /// Says more about where a node came from.
  void set_origin(NodeId id, OriginId origin) { nodes_[id.id].origin = origin; }
  /// True where merging could confuse two variables: a `cut` keeps a named intermediate apart.
  bool opaque(NodeId id) const { return nodes_[id.id].row->opaque; }

  /// Nodes that outputs and updates depend on, by id.
  std::vector<bool> live_nodes() const;
  /// Number of uses of each value by live nodes, outputs and updates.
  std::vector<std::uint32_t> use_counts() const;

private:
  struct ValueInfo {
    const Type* type;
    std::uint32_t node;
  };
  struct Name {
    std::uint32_t text : 30, kind : 2; ///< a TextId and a NameKind
  };
  /// `type_at(i)` is the type of result i, out of the context's pool.
  template <class TypeAt>
  NodeId insert(const NodeKey& key, OriginId origin, std::size_t results, TypeAt type_at);

  Context* context_;
  std::unique_ptr<std::pmr::monotonic_buffer_resource> arena_; ///< input lists; never move
  Blocks<Node> nodes_;
  NodeTable table_;
  std::vector<ValueInfo> values_;
  std::vector<Name> names_; ///< by value; may end early
};

/// Copies of what every pass needs to carry over: name, leaves in order (as new leaves).
/// Returns the map from old values to new with the leaves filled in; others are invalid.
std::vector<Value> begin_copy(const Graph& from, Graph& to);
/// Maps outputs and updates through `map` (all must be valid there).
void finish_copy(const Graph& from, Graph& to, std::span<const Value> map);
/// The nodes that `value` depends on, ascending, its own included.
std::vector<std::uint32_t> ancestors(const Graph& graph, Value value);
/// The literal that `value` is, or that it repeats along axes; invalid when it is neither.
Value literal_behind(const Graph& graph, Value value);

/// Copies one node with mapped inputs; result types are kept, so the mapped inputs must have the
/// types of the originals. Carries names over and records the results in `map`.
NodeId copy_node(const Graph& from, NodeId id, Graph& to, std::vector<Value>& map);

/// Rebuilds what outputs and updates depend on: `visit(id)` is called for each live node of `from`,
/// in order, and fills in `map` for its results, with copy_node or with something else that it
/// builds in `to`. `map` begins as begin_copy leaves it.
template <class Visit>
void copy_live(const Graph& from, Graph& to, std::vector<Value>& map, Visit visit) {
  map = begin_copy(from, to);
  const std::vector<bool> live = from.live_nodes();
  for (std::uint32_t id = 0; id < from.node_count(); ++id)
    if (live[id]) visit(NodeId{id});
  finish_copy(from, to, map);
}
/// The graph without what nothing depends on.
Graph copy_live(const Graph& from);

} // namespace nnc
