#include "ir/graph.h"

#include <algorithm>
#include <array>

namespace nnc {
namespace {

constexpr std::array<std::string_view, 4> role_names = {"input", "param", "state", "constant"};

const std::string no_name;

Error no_such_attr(const OpRow& row, const AttrSpec& spec) {
  return {.code = "E0204",
          .message = row.name + ": attribute '" + spec.name + "' (" +
                     std::string(attr_kind_name(spec.kind)) + ") is missing"};
}

/// Fills in defaults and checks kinds. A number may be written as an integer, a list of one integer
/// without its brackets.
Status complete_attrs(const OpRow& row, Attrs& attrs) {
  attrs.resize(row.attrs.size());
  for (std::size_t i = 0; i < attrs.size(); ++i) {
    const AttrSpec& spec = row.attrs[i];
    if (absent(attrs[i])) {
      if (spec.required) return no_such_attr(row, spec);
      attrs[i] = spec.fallback;
      continue;
    }
    if (kind_of(attrs[i]) == AttrKind::integer && spec.kind == AttrKind::real)
      attrs[i] = static_cast<double>(std::get<std::int64_t>(attrs[i]));
    if (kind_of(attrs[i]) == AttrKind::integer && spec.kind == AttrKind::integers)
      attrs[i] = std::vector<std::int64_t>{std::get<std::int64_t>(attrs[i])};
    if (kind_of(attrs[i]) != spec.kind)
      return Error{.code = "E0204",
                   .message = row.name + ": attribute '" + spec.name + "' is a " +
                              std::string(attr_kind_name(kind_of(attrs[i]))) + ", not a " +
                              std::string(attr_kind_name(spec.kind))};
  }
  return std::nullopt;
}

Status check_arity(const OpRow& row, std::size_t given) {
  const auto count = static_cast<int>(given);
  if (count >= row.min_operands && (row.max_operands < 0 || count <= row.max_operands))
    return std::nullopt;
  std::string wanted = std::to_string(row.min_operands);
  if (row.max_operands < 0)
    wanted += " or more";
  else if (row.max_operands != row.min_operands)
    wanted += " to " + std::to_string(row.max_operands);
  return Error{.code = "E0203",
               .message =
                   row.name + ": takes " + wanted + " operands, not " + std::to_string(count)};
}

} // namespace

std::string_view role_name(Role role) { return role_names[static_cast<std::size_t>(role)]; }

std::optional<Role> role_from_name(std::string_view name) {
  for (std::size_t i = 0; i < role_names.size(); ++i)
    if (role_names[i] == name) return static_cast<Role>(i);
  return std::nullopt;
}

Graph::Graph(Context& context, std::string graph_name)
    : name(std::move(graph_name)), context_(&context),
      arena_(std::make_unique<std::pmr::monotonic_buffer_resource>()),
      types_(std::make_unique<std::deque<Type>>()), table_(1024, 0) {}
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;
Graph::~Graph() = default;

const Type* Graph::intern_type(const Type& type) {
  std::size_t hash = static_cast<std::size_t>(type.dtype);
  for (const std::int64_t size : type.shape)
    hash = hash * 1099511628211u + static_cast<std::size_t>(size);
  for (auto [it, end] = interned_types_.equal_range(hash); it != end; ++it)
    if (*it->second == type) return it->second;
  types_->push_back(type);
  interned_types_.emplace(hash, &types_->back());
  return &types_->back();
}

std::size_t Graph::hash(const OpRow& row, std::span<const Value> operands, AttrsId attrs) const {
  std::size_t hash = reinterpret_cast<std::size_t>(&row);
  const auto mix = [&](std::uint32_t id) {
    hash = (hash ^ id) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 29;
  };
  mix(attrs.id);
  for (const Value value : operands) mix(value.id);
  return hash * 0x9e3779b97f4a7c15u >> 7;
}

void Graph::grow_table() {
  std::vector<std::uint32_t> old(table_.size() * 2, 0);
  old.swap(table_);
  for (const std::uint32_t entry : old) {
    if (!entry) continue;
    const Node& moved = nodes_[entry - 1];
    std::size_t slot = hash(*moved.row, operands(moved), moved.attrs) & (table_.size() - 1);
    while (table_[slot]) slot = (slot + 1) & (table_.size() - 1);
    table_[slot] = entry;
  }
}

NodeId Graph::add_checked(const OpRow& row, std::span<const Value> inputs_, AttrsId attrs,
                          OriginId origin, std::span<const Type* const> result_types) {
  if (nodes_.size() * 2 >= table_.size()) grow_table();
  std::size_t slot = hash(row, inputs_, attrs) & (table_.size() - 1);
  for (; table_[slot]; slot = (slot + 1) & (table_.size() - 1)) {
    const Node& known = nodes_[table_[slot] - 1];
    if (known.row == &row && known.attrs == attrs && std::ranges::equal(operands(known), inputs_))
      return NodeId{table_[slot] - 1};
  }
  Value* stored = nullptr;
  if (!inputs_.empty()) {
    stored = static_cast<Value*>(arena_->allocate(inputs_.size_bytes(), alignof(Value)));
    std::uninitialized_copy(inputs_.begin(), inputs_.end(), stored);
  }
  const auto id = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({.row = &row,
                    .inputs = stored,
                    .attrs = attrs,
                    .origin = origin,
                    .first = Value{value_count()},
                    .input_count = static_cast<std::uint16_t>(inputs_.size()),
                    .result_count = static_cast<std::uint16_t>(result_types.size())});
  for (const Type* type : result_types) values_.push_back({intern_type(*type), id});
  table_[slot] = id + 1;
  return NodeId{id};
}

Result<NodeId> Graph::add(const OpRow& row, std::span<const Value> operands_, Attrs attrs,
                          OriginId origin) {
  const auto placed = [&](Error error) {
    if (!error.place.line) error.place = context_->origins[origin].place;
    return error;
  };
  if (auto error = check_arity(row, operands_.size())) return placed(*error);
  if (auto error = complete_attrs(row, attrs)) return placed(*error);
  if (operands_.size() > UINT16_MAX)
    return placed({.code = "E0203", .message = row.name + ": more than 65535 operands"});
  InferArgs args{row, {}, attrs};
  for (const Value value : operands_) args.in.push_back(type(value));
  auto types = row.infer(args);
  if (!types) return placed(types.error());
  std::vector<const Type*> pointers;
  for (const Type& type : *types) {
    if (auto error = check_type(type)) {
      error->message = row.name + ": the result " + error->message;
      return placed(*error);
    }
    pointers.push_back(&type);
  }
  return add_checked(row, operands_, context_->attrs.intern(std::move(attrs)), origin, pointers);
}

Value Graph::add_leaf(std::string_view leaf, Role role, const Type& leaf_type, OriginId origin) {
  const OpRow& row = context_->ops.at("input");
  const std::uint32_t before = node_count();
  const Type* pointer = &leaf_type;
  const AttrsId attrs =
      context_->attrs.intern({std::string(leaf), std::string(role_name(role)), leaf_type});
  const Value value = result(add_checked(row, {}, attrs, origin, {&pointer, 1}));
  if (node_count() > before) {
    inputs.push_back(value);
    set_value_name(value, leaf);
  }
  return value;
}

bool Graph::is_leaf(Value value) const { return producer(value).row->leaf; }

Role Graph::role(Value leaf) const { return *role_from_name(attrs(leaf).string("role")); }

const std::string& Graph::leaf_name(Value leaf) const { return attrs(leaf).string("name"); }

const std::string& Graph::value_name(Value value) const {
  const auto found = names_.find(value.id);
  return found == names_.end() ? no_name : *found->second.text;
}

NameKind Graph::name_kind(Value value) const { return names_.at(value.id).kind; }

void Graph::set_value_name(Value value, std::string_view text, NameKind kind) {
  if (text.empty()) return;
  const Name name{&*name_texts_.emplace(text).first, kind};
  const auto [entry, fresh] = names_.try_emplace(value.id, name);
  if (!fresh && kind < entry->second.kind) entry->second = name;
}

void Graph::carry_value_name(const Graph& other, Value from, Value to) {
  if (const auto found = other.names_.find(from.id); found != other.names_.end())
    set_value_name(to, *found->second.text, found->second.kind);
}

void Graph::rename_value(Value value, std::string_view from, std::string_view to) {
  const auto found = names_.find(value.id);
  if (found != names_.end() && *found->second.text == from)
    found->second.text = &*name_texts_.emplace(to).first;
}

std::vector<bool> Graph::live_nodes() const {
  std::vector<bool> live(node_count(), false);
  for (const Output& output : outputs) live[values_[output.value.id].node] = true;
  for (const Update& update : updates) live[values_[update.value.id].node] = true;
  for (std::uint32_t id = node_count(); id-- > 0;) {
    if (!live[id]) continue;
    for (const Value value : operands(NodeId{id})) live[values_[value.id].node] = true;
  }
  return live;
}

std::vector<std::uint32_t> Graph::use_counts() const {
  const std::vector<bool> live = live_nodes();
  std::vector<std::uint32_t> uses(value_count(), 0);
  for (std::uint32_t id = 0; id < node_count(); ++id)
    if (live[id])
      for (const Value value : operands(NodeId{id})) ++uses[value.id];
  for (const Output& output : outputs) ++uses[output.value.id];
  for (const Update& update : updates) ++uses[update.value.id];
  return uses;
}

std::vector<Value> begin_copy(const Graph& from, Graph& to) {
  to.name = from.name;
  to.part_counts = from.part_counts;
  std::vector<Value> map(from.value_count());
  for (const Value leaf : from.inputs)
    map[leaf.id] = to.add_leaf(from.leaf_name(leaf), from.role(leaf), from.type(leaf),
                               from.producer(leaf).origin);
  return map;
}

void finish_copy(const Graph& from, Graph& to, std::span<const Value> map) {
  for (const Output& output : from.outputs)
    to.outputs.push_back({output.name, map[output.value.id]});
  for (const Update& update : from.updates)
    to.updates.push_back({update.target, map[update.value.id]});
}

std::vector<std::uint32_t> ancestors(const Graph& graph, Value value) {
  std::vector<std::uint32_t> found, pending{graph.node_of(value).id};
  std::vector<bool> seen(graph.node_count(), false);
  seen[pending[0]] = true;
  while (!pending.empty()) {
    const std::uint32_t id = pending.back();
    pending.pop_back();
    found.push_back(id);
    for (const Value operand : graph.operands(NodeId{id})) {
      const std::uint32_t below = graph.node_of(operand).id;
      if (!seen[below]) pending.push_back(below);
      seen[below] = true;
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Value literal_behind(const Graph& graph, Value value) {
  const Node* node = &graph.producer(value);
  if (node->row->repeats) node = &graph.producer(node->inputs[0]);
  return node->row->literal ? node->first : Value{};
}

NodeId copy_node(const Graph& from, NodeId id, Graph& to, std::vector<Value>& map) {
  const Node& node = from.node(id);
  std::vector<Value> operands;
  for (const Value value : from.operands(node)) operands.push_back(map[value.id]);
  std::vector<const Type*> types;
  for (int i = 0; i < node.result_count; ++i) types.push_back(&from.type(from.result(id, i)));
  const NodeId copy = to.add_checked(*node.row, operands, node.attrs, node.origin, types);
  for (int i = 0; i < node.result_count; ++i) {
    const Value old = from.result(id, i), fresh = to.result(copy, i);
    map[old.id] = fresh;
    to.carry_value_name(from, old, fresh);
  }
  return copy;
}

Graph copy_live(const Graph& from) {
  Graph to(from.context(), from.name);
  std::vector<Value> map;
  copy_live(from, to, map, [&](NodeId id) { copy_node(from, id, to, map); });
  return to;
}

} // namespace nnc
