// The graph: nodes in topological order, append-only and interned.
//
// Building the same node twice returns the same handle, so common sub-expressions are one node by
// construction. Inputs have smaller ids than their users. There are no parent pointers and no
// replace-all-uses: a pass builds a new graph from an old one. A `Context` owns what graphs share
// (op rows, types, attributes, origins) and outlives them.
#pragma once

#include "ir/op.h"
#include "ir/origin.h"

#include <memory_resource>
#include <unordered_set>

namespace nnc {

/// One result of one node.
struct Value {
  std::uint32_t id = UINT32_MAX;
  bool valid() const { return id != UINT32_MAX; }
  bool operator==(const Value&) const = default;
  auto operator<=>(const Value&) const = default;
};

struct NodeId {
  std::uint32_t id = UINT32_MAX;
  bool valid() const { return id != UINT32_MAX; }
  bool operator==(const NodeId&) const = default;
};

/// What a leaf of a function stands for.
enum class Role : std::uint8_t { input, param, state, constant };
std::string_view role_name(Role role);
std::optional<Role> role_from_name(std::string_view name);

struct Node {
  const OpRow* row = nullptr;
  const Value* inputs = nullptr;
  AttrsId attrs;
  OriginId origin;
  Value first; ///< results are first, first + 1, ...
  std::uint16_t input_count = 0;
  std::uint16_t result_count = 1;
};
static_assert(sizeof(Node) <= 48);

struct Context {
  explicit Context(const OpTable& table) : ops(table) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const OpTable& ops;
  AttrPool attrs;
  OriginPool origins;
  /// Denormal operands and results count as zero (language.md 4.1), in every executor.
  bool flush_denormals = true;
};

/// How a value came by its name. A name of an earlier kind takes the place of a later one.
enum class NameKind : std::uint8_t {
  user, ///< written by the user
  role, ///< says what the value is: `d_h`, the cotangent of `h`
  part  ///< `p.3`: on the way to what is called `p`
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
  const std::string& value_name(Value value) const;
  NameKind name_kind(Value value) const; ///< of a value that has a name
  /// Keeps the first name of the most telling kind that a value is given.
  void set_value_name(Value value, std::string_view name, NameKind kind = NameKind::user);
  /// Gives a value the name, if any, that `from` is known by in another graph.
  void carry_value_name(const Graph& other, Value from, Value to);
  /// Renames a value that is called `from`.
  void rename_value(Value value, std::string_view from, std::string_view to);
  /// How many parts of what is called so were given names: numbers go on from pass to pass, so that
  /// no two values are ever called the same.
  std::unordered_map<std::string, int> part_counts;
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
  const Type* intern_type(const Type& type);
  std::size_t hash(const OpRow& row, std::span<const Value> inputs, AttrsId attrs) const;
  void grow_table();

  Context* context_;
  std::unique_ptr<std::pmr::monotonic_buffer_resource> arena_; ///< input lists; never move
  std::deque<Node> nodes_;
  std::vector<ValueInfo> values_;
  std::unordered_set<std::string> name_texts_;
  struct Name {
    const std::string* text;
    NameKind kind;
  };
  std::unordered_map<std::uint32_t, Name> names_;
  std::unique_ptr<std::deque<Type>> types_;
  std::unordered_multimap<std::size_t, const Type*> interned_types_;
  std::vector<std::uint32_t> table_; ///< open addressing: node id + 1, 0 = free
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
