#include "compiler/separate.h"

#include "compiler/rewrite/rewrite.h"
#include "ir/grad_node.h"
#include "ir/text/names.h"
#include "ir/unmade.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace nnc {
namespace {

using Cuts = std::vector<Value>; ///< ascending
using Key = std::pair<Value, Value>;

bool contains(const Cuts& cuts, Value value) { return std::ranges::binary_search(cuts, value); }

Cuts without(const Cuts& cuts, const Cuts& others) {
  Cuts rest;
  std::ranges::set_difference(cuts, others, std::back_inserter(rest));
  return rest;
}

/// What the variables of one backward sweep see: the cuts that dissolve for them.
struct Group {
  std::vector<Value> wrt;
  Cuts dissolved;
  std::vector<Value> map = {}; ///< from the values of the old graph, as far as copied
};

/// All gradients of one (of, seed).
struct Request {
  Value of;
  Cuts wrt;    ///< all variables, cuts or not
  Cuts needed; ///< cuts that an outer derivative asks for
  std::vector<Group> groups = {};
};

/// Finds the cuts on the way to one value that keep a stabilizing rewrite from what it would see.
class Hiding {
public:
  Hiding(const Graph& graph, Value of, std::vector<std::uint32_t> nodes)
      : graph_(graph), of_(of), nodes_(std::move(nodes)) {}

  Cuts among(const Cuts& cuts) {
    seen_by_all_ = fired({});
    Cuts hiding;
    search(cuts, hiding);
    return hiding;
  }

private:
  /// Rewrites and where their nodes were written, as often as they fired there.
  using Fired = std::multiset<std::tuple<std::string_view, int, int, std::string>>;

  /// What `stabilize` does when only `kept` are there.
  Fired fired(std::span<const Value> kept) const {
    Context& context = graph_.context();
    Graph trial(context, graph_.name);
    std::vector<Value> map(graph_.value_count());
    const OpRow* cut = &context.ops.at("cut");
    for (const std::uint32_t id : nodes_) {
      const Node& node = graph_.node(NodeId{id});
      if (node.row == cut && std::ranges::find(kept, node.first) == kept.end())
        map[node.first.id] = map[node.inputs[0].id];
      else
        copy_node(graph_, NodeId{id}, trial, map);
    }
    trial.outputs.push_back({"of", map[of_.id]});
    Fired result;
    const RewriteList stabilizing = stabilizing_rewrites();
    const auto note = [&](const Rewrite& rewrite, const Graph& at, Value before, Value) {
      if (std::ranges::none_of(stabilizing,
                               [&](const Rewrite& r) { return r.name == rewrite.name; }))
        return;
      const Origin origin = context.origins[at.producer(before).origin];
      result.emplace(rewrite.name, origin.place.line, origin.place.column, origin.scope);
    };
    stabilize(trial, context, {.on_fired = note});
    return result;
  }

  /// Halves the list until single cuts are found, so that few runs do when none hides anything.
  void search(std::span<const Value> cuts, Cuts& hiding) const {
    if (cuts.empty() || std::ranges::includes(fired(cuts), seen_by_all_)) return;
    if (cuts.size() == 1) {
      hiding.push_back(cuts[0]);
      return;
    }
    search(cuts.first(cuts.size() / 2), hiding);
    search(cuts.subspan(cuts.size() / 2), hiding);
  }

  const Graph& graph_;
  Value of_;
  std::vector<std::uint32_t> nodes_;
  Fired seen_by_all_;
};

class Separation {
public:
  Separation(const Graph& from, Context& context)
      : from_(from), to_(context, from.name), live_(from.live_nodes()),
        cut_(&context.ops.at("cut")), grad_(&context.ops.at("grad")) {}

  std::optional<Graph> run() {
    collect();
    if (!any_cut_ || !plan()) return std::nullopt;
    names_.emplace(from_);
    map_ = begin_copy(from_, to_);
    for (std::uint32_t id = 0; id < from_.node_count(); ++id) {
      if (!live_[id]) continue;
      const Node& node = from_.node(NodeId{id});
      if (node.row == grad_)
        split(NodeId{id});
      else
        copy_node(from_, NodeId{id}, to_, map_);
    }
    finish_copy(from_, to_, map_);
    return std::move(to_);
  }

private:
  static Key key(const GradOperands& operands) { return {operands.of, operands.seed}; }

  void collect() {
    for (std::uint32_t id = 0; id < from_.node_count(); ++id) {
      const Node& node = from_.node(NodeId{id});
      if (!live_[id]) continue;
      any_cut_ |= node.row == cut_;
      if (node.row != grad_) continue;
      const GradOperands operands = grad_operands(from_, node);
      Request& request = requests_[key(operands)];
      request.of = operands.of;
      request.wrt.insert(request.wrt.end(), operands.wrt.begin(), operands.wrt.end());
    }
    for (auto& [key, request] : requests_) {
      std::ranges::sort(request.wrt);
      request.wrt.erase(std::unique(request.wrt.begin(), request.wrt.end()), request.wrt.end());
    }
  }

  /// An inner derivative keeps the cuts that an outer one asks for. True if something is copied.
  bool plan() {
    for (auto& [outer, request] : requests_) {
      const auto nodes = ancestors(from_, request.of);
      for (const std::uint32_t id : nodes) {
        const Node& node = from_.node(NodeId{id});
        if (node.row != grad_) continue;
        Cuts& needed = requests_.at(key(grad_operands(from_, node))).needed;
        needed.insert(needed.end(), request.wrt.begin(), request.wrt.end());
      }
    }
    bool any = false;
    for (auto& [asked, request] : requests_) any |= group(request);
    return any;
  }

  bool group(Request& request) const {
    std::ranges::sort(request.needed);
    const auto nodes = ancestors(from_, request.of);
    Cuts cuts = without(cuts_among(nodes), request.needed);
    cuts = without(cuts, cuts_of_inner(nodes));
    Cuts hiding;
    if (!cuts.empty() && cuts != request.wrt) hiding = Hiding(from_, request.of, nodes).among(cuts);
    Group plain{.wrt = without(request.wrt, hiding), .dissolved = hiding};
    if (!plain.wrt.empty()) request.groups.push_back(std::move(plain));
    for (const Value cut : hiding)
      if (contains(request.wrt, cut))
        request.groups.push_back({.wrt = {cut}, .dissolved = without(hiding, {cut})});
    return std::ranges::any_of(request.groups,
                               [](const Group& group) { return !group.dissolved.empty(); });
  }

  Cuts cuts_among(std::span<const std::uint32_t> nodes) const {
    Cuts cuts;
    for (const std::uint32_t id : nodes)
      if (const Node& node = from_.node(NodeId{id}); node.row == cut_) cuts.push_back(node.first);
    std::ranges::sort(cuts);
    return cuts;
  }

  /// An inner derivative is not copied for an outer one, so what leads to it stays as it is: a copy
  /// of a variable that it reads would be another variable.
  Cuts cuts_of_inner(std::span<const std::uint32_t> nodes) const {
    std::vector<bool> leads(from_.node_count(), false);
    std::vector<std::uint32_t> inner;
    for (auto id = nodes.rbegin(); id != nodes.rend(); ++id) {
      if (from_.node(NodeId{*id}).row != grad_ || leads[*id]) continue;
      for (const std::uint32_t below : ancestors(from_, from_.node(NodeId{*id}).first)) {
        if (!leads[below]) inner.push_back(below);
        leads[below] = true;
      }
    }
    return cuts_among(inner);
  }

  void split(NodeId id) {
    const Node& node = from_.node(id);
    const GradOperands operands = grad_operands(from_, node);
    Builder b(to_);
    b.origin = node.origin;
    for (Group& group : requests_.at(key(operands)).groups) {
      const Value of = copied(group, operands.of);
      std::vector<Value> wrt;
      std::vector<Value> results;
      for (std::size_t i = 0; i < operands.wrt.size(); ++i) {
        if (!contains(group.wrt, operands.wrt[i])) continue;
        const Value inside = group.map[operands.wrt[i].id]; // invalid if `of` is free of it
        wrt.push_back(inside.valid() ? inside : map_[operands.wrt[i].id]);
        results.push_back(from_.result(id, static_cast<int>(i)));
      }
      if (wrt.empty()) continue;
      GradOperands again = operands; // how it is differentiated stays
      again.of = of;
      again.seed = operands.seed.valid() ? map_[operands.seed.id] : Value{};
      again.wrt = wrt;
      const std::vector<Value> made = build_grad(b, again);
      for (std::size_t i = 0; i < made.size(); ++i) {
        map_[results[i].id] = made[i];
        to_.carry_value_name(from_, results[i], made[i]);
      }
    }
    if (b.error()) unmade(*b.error(), "separating derivatives");
  }

  /// `of` as the group sees it.
  Value copied(Group& group, Value of) {
    if (group.map.empty()) {
      group.map.resize(from_.value_count());
      for (const std::uint32_t id : ancestors(from_, of)) copy(group, NodeId{id});
    }
    return group.map[of.id];
  }

  void copy(Group& group, NodeId id) {
    const Node& node = from_.node(id);
    if (node.row == cut_ && contains(group.dissolved, node.first)) {
      group.map[node.first.id] = group.map[node.inputs[0].id];
      return;
    }
    if (node.row == grad_ || from_.is_leaf(node.first)) { // an inner derivative has its own groups
      for (int i = 0; i < node.result_count; ++i)
        group.map[from_.result(id, i).id] = map_[from_.result(id, i).id];
      return;
    }
    std::vector<Value> operands;
    for (const Value value : from_.operands(node)) operands.push_back(group.map[value.id]);
    std::vector<const Type*> types;
    for (int i = 0; i < node.result_count; ++i) types.push_back(&from_.type(from_.result(id, i)));
    const NodeId made = to_.add_checked(*node.row, operands, node.attrs, node.origin, types);
    for (int i = 0; i < node.result_count; ++i) {
      const Value old = from_.result(id, i), fresh = to_.result(made, i);
      group.map[old.id] = fresh;
      if (const std::string& name = from_.value_name(old); !name.empty() && fresh != map_[old.id])
        to_.set_value_name(fresh, names_->unique(name), NameKind::part);
    }
  }

  const Graph& from_;
  Graph to_;
  std::vector<bool> live_;
  const OpRow *cut_, *grad_;
  bool any_cut_ = false;
  std::map<Key, Request> requests_;
  std::vector<Value> map_;
  std::optional<NameTable> names_;
};

} // namespace

std::optional<Graph> separate_derivatives(const Graph& from, Context& context) {
  return Separation(from, context).run();
}

} // namespace nnc
