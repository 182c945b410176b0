#include "compiler/fuse/stored.h"

#include "ir/element.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr int chain_limit = 200;       ///< nodes computed within one stored value
constexpr double operand_weight = 2.0; ///< arithmetic per element that a contraction repeats
constexpr double slid_weight = 4.0;    ///< arithmetic that is not repeated for every window
constexpr std::int64_t many_times = 4; ///< as many elements: too many to store, or to repeat

/// What an element of a node costs, seen from its expression alone.
struct Profile {
  bool reduces = false;   ///< contains a reduction
  bool contracts = false; ///< ... whose body is a product of elements of two operands
  bool slides = false;    ///< ... that reads an axis of its operand in overlapping pieces
  double weight = 0;      ///< arithmetic outside reductions; moving and converting are free
};

double weight_of(const ExprNode& node) {
  if (node.dtype == DType::i64 || node.op == ScalarOp::cast || node.op == ScalarOp::reduce)
    return 0; // index arithmetic, conversions
  const bool slow = node.op == ScalarOp::div || node.op == ScalarOp::sqrt;
  return (slow ? 4 : 1) * scalar_op_cost(node.op);
}

bool is_product_of_elements(const ExprPool& pool, Expr body) {
  const ExprNode& node = pool.node(body);
  if (node.op != ScalarOp::mul) return false;
  for (Expr side : {node.operand[0], node.operand[1]}) {
    while (pool.node(side).op == ScalarOp::cast) side = pool.node(side).operand[0];
    if (pool.node(side).op != ScalarOp::element) return false;
  }
  return true;
}

/// Does an element below stand at a sum of an axis of the reduction and another one?
bool reads_overlapping_pieces(const ExprPool& pool, const ExprNode& reduction) {
  const auto bound = pool.axis_list(reduction);
  const auto mixes = [&](Index index) {
    const std::vector<Axis>& axes = pool.indices().axes_of(index);
    const auto inside = std::ranges::count_if(
        axes, [&](Axis axis) { return std::ranges::find(bound, axis) != bound.end(); });
    return inside > 0 && inside < std::ranges::ssize(axes);
  };
  const auto order = topological_order(pool, std::span(reduction.operand, 1));
  return std::ranges::any_of(order, [&](Expr expr) {
    const ExprNode& node = pool.node(expr);
    return node.op == ScalarOp::element && std::ranges::any_of(pool.index_list(node), mixes);
  });
}

Profile profile_node(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  Profile profile;
  if (!node.row->element) return profile;
  ExprPool pool;
  AxisKeys axes;
  ElementBuilder builder(graph, id, pool, axes);
  std::vector<Index> at;
  for (const std::int64_t extent : builder.out().shape)
    at.push_back(pool.indices().of(pool.indices().new_axis(extent, "i")));
  const Expr root = node.row->element(builder, 0, at);
  for (const Expr expr : topological_order(pool, std::span(&root, 1))) {
    const ExprNode& part = pool.node(expr);
    profile.weight += weight_of(part);
    if (part.op != ScalarOp::reduce) continue;
    profile.reduces = true;
    profile.contracts |= is_product_of_elements(pool, part.operand[0]);
    profile.slides |= reads_overlapping_pieces(pool, part);
  }
  return profile;
}

/// Profiles by row, attributes and the dtype of the result: arithmetic on indices is free.
class Profiles {
public:
  explicit Profiles(const Graph& graph) : graph_(graph) {}
  const Profile& of(NodeId id) {
    const Node& node = graph_.node(id);
    const Key key{node.row, node.attrs.id, graph_.type(node.first).dtype};
    const auto known = known_.find(key);
    if (known != known_.end()) return known->second;
    return known_.emplace(key, profile_node(graph_, id)).first->second;
  }

private:
  using Key = std::tuple<const OpRow*, std::uint32_t, DType>;
  const Graph& graph_;
  std::map<Key, Profile> known_;
};

constexpr std::uint32_t nobody = UINT32_MAX, several = UINT32_MAX - 1;

/// Walks from users to operands and decides value by value.
class Chooser {
public:
  explicit Chooser(const Graph& graph)
      : graph_(graph), profiles_(graph), stored_(graph.value_count(), false),
        forced_(graph.value_count(), false), owner_(graph.value_count(), nobody),
        map_(graph.value_count(), nobody), inlined_(graph.value_count(), 0),
        operand_weight_(graph.value_count(), 0), feeds_contraction_(graph.value_count(), false),
        slid_(graph.value_count(), 0) {}

  std::vector<bool> run() {
    const std::vector<bool> live = graph_.live_nodes();
    for (const Output& output : graph_.outputs) forced_[output.value.id] = true;
    for (const Update& update : graph_.updates) forced_[update.value.id] = true;
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
      if (!live[id]) continue;
      force_checked(NodeId{id});
      if (graph_.node(NodeId{id}).row->control)
        for (const Value operand : graph_.operands(NodeId{id})) forced_[operand.id] = true;
    }
    for (std::uint32_t id = graph_.node_count(); id-- > 0;)
      if (live[id]) visit(NodeId{id});
    return std::move(stored_);
  }

private:
  void force_checked(NodeId id) {
    const Node& node = graph_.node(id);
    if (!node.row->checks) return;
    std::vector<Type> in, out;
    for (const Value v : graph_.operands(node)) in.push_back(graph_.type(v));
    for (int i = 0; i < node.result_count; ++i) out.push_back(graph_.type(graph_.result(id, i)));
    for (const IndexCheck& check : node.row->checks({in, out, graph_.attrs(node)}))
      forced_[node.inputs[check.operand].id] = true;
  }

  void visit(NodeId id) {
    const Node& node = graph_.node(id);
    if (!node.row->element && !node.row->body) { // leaves, loops and branches have memory
      for (int i = 0; i < node.result_count; ++i) stored_[graph_.result(id, i).id] = true;
      return;
    }
    const Value value = node.first;
    if (node.row->literal && !graph_.type(value).scalar()) {
      stored_[value.id] = true;
      return;
    }
    const Profile& profile = profiles_.of(id);
    const bool root = node.row->body || must_store(id, value, profile);
    for (int i = 0; i < node.result_count; ++i) stored_[graph_.result(id, i).id] = root;
    const std::uint32_t owner = root ? value.id : owner_[value.id];
    if (!root && owner < several) ++inlined_[owner];
    for (const Value operand : graph_.operands(node)) {
      own(operand, owner);
      reach(operand, node, root ? nobody : map_[value.id]);
      if (root && profile.contracts) feeds_contraction_[operand.id] = true;
      slid_[operand.id] =
          std::max(slid_[operand.id], root ? profile.slides * elements(operand) : slid_[value.id]);
      if (!root && feeds_contraction_[value.id]) {
        feeds_contraction_[operand.id] = true;
        operand_weight_[operand.id] = operand_weight_[value.id] + profile.weight;
      }
    }
  }

  bool must_store(NodeId id, Value value, const Profile& profile) {
    if (forced_[value.id] || profile.reduces) return true;
    if (profile.weight == 0 || scales_a_leaf(id, profile)) return false;
    // Of what slides over it, each element would compute it for every window.
    if (profile.weight >= slid_weight && slid_[value.id] / many_times >= elements(value))
      return true;
    if (is_mask_of_views(id, profile)) return false;
    if (owner_[value.id] == several || map_[value.id] == several) return true;
    if (feeds_contraction_[value.id] && operand_weight_[value.id] + profile.weight > operand_weight)
      return true;
    return owner_[value.id] < several && inlined_[owner_[value.id]] >= chain_limit;
  }

  /// One cheap operation on one tensor that has memory anyway: computing it again costs less than
  /// storing and reading it.
  bool scales_a_leaf(NodeId id, const Profile& profile) const {
    if (profile.weight > 1) return false;
    int tensors = 0;
    for (const Value operand : graph_.operands(id)) {
      const Node& below = graph_.producer(operand);
      if (is_splat(below)) continue;
      if (below.row->element || below.row->body) return false;
      ++tensors;
    }
    return tensors <= 1;
  }

  /// One comparison of tensors that have far fewer elements, in windows or repeated: reading those
  /// again costs less than a mask of this size.
  bool is_mask_of_views(NodeId id, const Profile& profile) {
    const Value mask = graph_.node(id).first;
    if (profile.weight > 1 || graph_.type(mask).dtype != DType::boolean) return false;
    std::int64_t read = 0;
    for (Value operand : graph_.operands(id)) {
      while (is_view(operand)) operand = graph_.producer(operand).inputs[0];
      read = std::max(read, elements(operand));
    }
    return elements(mask) / many_times >= read;
  }

  /// Other places for the elements of one operand.
  bool is_view(Value value) {
    const Node& node = graph_.producer(value);
    if (node.input_count != 1 || !node.row->element) return false;
    const Profile& profile = profiles_.of(graph_.node_of(value));
    return profile.weight == 0 && !profile.reduces;
  }

  std::int64_t elements(Value value) const { return graph_.type(value).elements(); }

  /// A scalar literal or a broadcast of one.
  bool is_splat(const Node& node) const {
    const Node& source = node.input_count == 1 ? graph_.producer(node.inputs[0]) : node;
    return source.row->literal && graph_.type(source.first).scalar();
  }

  void own(Value operand, std::uint32_t owner) {
    std::uint32_t& current = owner_[operand.id];
    if (current == nobody)
      current = owner;
    else if (current != owner)
      current = several;
  }

  /// Element-wise users read at their own indices, any other node makes a map of its own for each
  /// operand: the two sides of a concatenation are read at different places.
  void reach(Value operand, const Node& user, std::uint32_t map) {
    if (!user.row->elementwise) map = next_map_++;
    std::uint32_t& current = map_[operand.id];
    if (map == nobody) map = several - 1; // the stored value's own indices
    if (current == nobody)
      current = map;
    else if (current != map)
      current = several;
  }

  const Graph& graph_;
  Profiles profiles_;
  std::vector<bool> stored_, forced_;
  std::vector<std::uint32_t> owner_, map_;
  std::uint32_t next_map_ = 0;
  std::vector<int> inlined_;
  std::vector<double> operand_weight_;
  std::vector<bool> feeds_contraction_;
  std::vector<std::int64_t> slid_; ///< elements of the operand of what slides over the value
};

} // namespace

std::vector<bool> choose_stored(const Graph& graph) { return Chooser(graph).run(); }

} // namespace nnc
