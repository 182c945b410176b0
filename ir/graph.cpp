#include "ir/graph.h"

#include <algorithm>
#include <array>

namespace nnc {
namespace {

constexpr std::array<std::string_view, 4> role_names = {"input", "param", "state", "constant"};

Error no_such_attr(const OpRow& row, const AttrSpec& spec) {
  return {.code = "E0204",
          .message = row.name + ": attribute '" + spec.name + "' (" +
                     std::string(attr_kind_name(spec.kind)) + ") is missing",
          .help = spec.kind == AttrKind::integer
                      ? "say which: " + spec.name + "=0, or another integer"
                      : "`nnc ops " + row.name + "` shows how it is given"};
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

std::size_t NodeTable::hash(const NodeKey& key) {
  std::size_t hash = reinterpret_cast<std::size_t>(&key.row);
  const auto mix = [&](std::uint32_t id) {
    hash = (hash ^ id) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 29;
  };
  mix(key.attrs.id);
  for (const Value value : key.operands) mix(value.id);
  return hash * 0x9e3779b97f4a7c15u >> 7;
}

int& PartCounts::operator[](TextId name) {
  if (!counts_)
    counts_ = std::make_shared<Counts>();
  else if (counts_.use_count() > 1)
    counts_ = std::make_shared<Counts>(*counts_);
  return (*counts_)[name.id];
}

Graph::Graph(Context& context, std::string graph_name)
    : name(std::move(graph_name)), context_(&context),
      arena_(std::make_unique<std::pmr::monotonic_buffer_resource>()) {}
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;
Graph::~Graph() = default;

template <class TypeAt>
NodeId Graph::insert(const NodeKey& key, OriginId origin, std::size_t results, TypeAt type_at) {
  ++context_->work.added;
  std::uint32_t* slot = table_.find(nodes_, key, context_->work.slots);
  if (*slot) return NodeId{*slot - 1};
  Value* stored = nullptr;
  if (!key.operands.empty()) {
    stored = static_cast<Value*>(arena_->allocate(key.operands.size_bytes(), alignof(Value)));
    std::uninitialized_copy(key.operands.begin(), key.operands.end(), stored);
  }
  const auto id = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({.row = &key.row,
                    .inputs = stored,
                    .attrs = key.attrs,
                    .origin = origin,
                    .first = Value{value_count()},
                    .input_count = static_cast<std::uint16_t>(key.operands.size()),
                    .result_count = static_cast<std::uint16_t>(results)});
  for (std::size_t i = 0; i < results; ++i) values_.push_back({type_at(i), id});
  *slot = id + 1;
  return NodeId{id};
}

NodeId Graph::add_checked(const OpRow& row, std::span<const Value> operands_, AttrsId attrs,
                          OriginId origin, std::span<const Type* const> result_types) {
  return insert({row, operands_, attrs}, origin, result_types.size(),
                [&](std::size_t i) { return context_->types.intern(*result_types[i]); });
}

NodeId Graph::add_copy(const Graph& from, const Node& node, std::span<const Value> operands_) {
  return insert({*node.row, operands_, node.attrs}, node.origin, node.result_count,
                [&](std::size_t i) { return from.values_[node.first.id + i].type; });
}

void Graph::reserve(std::uint32_t count) {
  table_.reserve(nodes_, count);
  values_.reserve(count);
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

NameKind Graph::name_kind(Value value) const {
  return static_cast<NameKind>(names_[value.id].kind);
}

void Graph::set_value_name(Value value, TextId text, NameKind kind) {
  if (!text.id) return;
  if (names_.size() <= value.id) {
    if (names_.capacity() <= value.id) names_.reserve(std::max(values_.capacity(), values_.size()));
    names_.resize(value.id + 1);
  }
  Name& name = names_[value.id];
  if (!name.text || kind < static_cast<NameKind>(name.kind))
    name = {text.id & 0x3fffffffu, static_cast<std::uint32_t>(kind) & 3u};
}

void Graph::carry_value_name(const Graph& other, Value from, Value to) {
  if (const TextId text = other.name_id(from); text.id)
    set_value_name(to, text, other.name_kind(from));
}

void Graph::rename_value(Value value, std::string_view from, std::string_view to) {
  if (name_id(value).id && value_name(value) == from)
    names_[value.id].text = context_->texts.intern(to).id & 0x3fffffffu;
}

std::vector<bool> Graph::live_nodes() const {
  std::vector<bool> live(node_count(), false);
  context_->work.swept += node_count();
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
  to.reserve(from.node_count());
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
  std::array<Value, 8> few;
  std::vector<Value> many;
  if (node.input_count > few.size()) many.resize(node.input_count);
  const std::span<Value> operands{many.empty() ? few.data() : many.data(), node.input_count};
  for (std::size_t i = 0; i < operands.size(); ++i) operands[i] = map[node.inputs[i].id];
  const NodeId copy = to.add_copy(from, node, operands);
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
