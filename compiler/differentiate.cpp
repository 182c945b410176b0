#include "compiler/differentiate.h"

#include "compiler/bodies.h"
#include "compiler/loops/checkpoints.h"
#include "compiler/loops/continue_sums.h"
#include "compiler/rewrite/pattern.h"
#include "compiler/seeds/chunks.h"
#include "compiler/unchanged.h"
#include "ir/batching.h"
#include "ir/grad_node.h"
#include "ir/pullback.h"
#include "ir/text/names.h"
#include "ir/unmade.h"

#include <algorithm>
#include <map>
#include <utility>

namespace nnc {
namespace {

/// A cotangent and where it counts; an invalid mask means everywhere.
struct Cotangent {
  Value value, mask;
};

/// Gradients of one (of, seed), by variable.
using Gradients = std::map<std::uint32_t, Value>;

std::string describe(const Graph& graph, const Node& node) {
  const Place place = graph.context().origins[node.origin].place;
  return node.row->name + " (" + place.file + ":" + std::to_string(place.line) + ")";
}

/// One backward sweep over the ancestors of `of` in a graph that grows meanwhile.
class Sweep {
public:
  Sweep(Builder& builder, OriginId asked, bool forward, CotangentNames& hints)
      : b_(builder), graph_(builder.graph()), asked_(asked), forward_(forward), hints_(hints) {}

  Gradients run(Value of, Value seed, std::span<const Value> wrt) {
    ancestors_ = ancestors(graph_, of);
    mark_dependent(wrt);
    cotangents_.assign(dependent_.size(), {});
    if (depends(of)) cotangents_[of.id] = {seed, {}};
    for (auto id = ancestors_.rbegin(); id != ancestors_.rend(); ++id) pull_back(NodeId{*id});
    Gradients gradients;
    for (const Value variable : wrt) {
      const Cotangent& found = cotangents_[variable.id];
      b_.origin = asked_;
      gradients[variable.id] = found.value.valid() ? applied(found) : b_.zeros_like(variable);
    }
    return gradients;
  }

private:
  void mark_dependent(std::span<const Value> wrt) {
    dependent_.assign(graph_.value_count(), false);
    for (const Value variable : wrt) dependent_[variable.id] = true;
    for (const std::uint32_t id : ancestors_) {
      const Node& node = graph_.node(NodeId{id});
      if (!node.row->grad) continue;
      const auto operands = graph_.operands(node);
      if (std::ranges::none_of(operands, [&](Value v) { return depends(v); })) continue;
      for (int i = 0; i < node.result_count; ++i) {
        const Value result = graph_.result(NodeId{id}, i);
        if (is_float(graph_.type(result).dtype)) dependent_[result.id] = true;
      }
    }
  }

  bool depends(Value value) const { return dependent_[value.id]; }

  Value applied(const Cotangent& cotangent) {
    if (!cotangent.mask.valid()) return cotangent.value;
    return b_.select(cotangent.mask, cotangent.value, b_.zeros_like(cotangent.value));
  }

  Value both(Value a, Value b) {
    if (!a.valid()) return b;
    return b.valid() ? b_.op("and", {a, b}) : a;
  }

  /// A sum counts where one of the two does: outside of both it is 0, and what a rule would make of
  /// that with an infinite factor must not enter a sum either.
  void accumulate(Value value, Cotangent more) {
    Cotangent& sum = cotangents_[value.id];
    if (!sum.value.valid()) {
      sum = more;
    } else if (sum.mask.valid() && sum.mask == more.mask) {
      sum.value = b_.add(sum.value, more.value);
    } else {
      const bool masked = sum.mask.valid() && more.mask.valid();
      sum = {b_.add(applied(sum), applied(more)),
             masked ? b_.op("or", {sum.mask, more.mask}) : Value{}};
    }
  }

  void set_origin(const Node& node) {
    OriginPool& origins = graph_.context().origins;
    const bool of_pullback = forward_ && origins.order(node.origin) > 0;
    b_.origin = of_pullback ? origins.tangent(asked_, node.origin)
                            : origins.derived(asked_, node.origin, graph_.name_id(node.first),
                                              node.row->name);
  }

  void pull_back(NodeId id) {
    const Node& node = graph_.node(id);
    std::vector<Cotangent> arriving(node.result_count);
    bool any = false;
    for (int i = 0; i < node.result_count; ++i) {
      const Cotangent& found = cotangents_[graph_.result(id, i).id];
      if (!found.value.valid()) continue;
      arriving[static_cast<std::size_t>(i)] = found;
      hint(found.value, graph_.result(id, i));
      any = true;
    }
    std::vector<bool> needs;
    for (const Value operand : graph_.operands(node)) needs.push_back(depends(operand));
    if (!any || !node.row->grad || std::ranges::none_of(needs, [](bool n) { return n; })) return;
    set_origin(node);
    apply_rule(id, node, arriving, needs);
    if (b_.error()) unmade(*b_.error(), "gradient of " + describe(graph_, node));
  }

  void apply_rule(NodeId id, const Node& node, std::vector<Cotangent>& arriving,
                  const std::vector<bool>& needs) {
    const bool carries =
        node.result_count == 1 && (node.row->elementwise || node.row->moves_cotangent);
    Value mask;
    std::vector<Value> values;
    for (Cotangent& cotangent : arriving) {
      if (carries) mask = cotangent.mask;
      values.push_back(carries || !cotangent.value.valid() ? cotangent.value : applied(cotangent));
    }
    Pullback rule(b_, id, std::move(values), needs);
    node.row->grad(rule);
    std::vector<Value> masks(node.input_count, mask);
    if (mask.valid() && node.row->moves_cotangent) { // the mask moves as the cotangent does
      Pullback moves(b_, id, {mask}, needs);
      node.row->grad(moves);
      masks = moves.take();
    }
    const std::vector<Value> own = rule.take_masks();
    const std::vector<Value> given = rule.take();
    for (std::size_t i = 0; i < given.size(); ++i)
      if (given[i].valid() && needs[i])
        accumulate(graph_.operands(node)[i], {given[i], both(masks[i], own[i])});
  }

  void hint(Value cotangent, Value of) {
    if (pattern::splat(graph_, cotangent)) return; // numbers need no name
    if (const TextId name = graph_.name_id(of); name != TextId{})
      hints_.emplace_back(cotangent, name);
  }

  Builder& b_;
  Graph& graph_;
  OriginId asked_;
  bool forward_; ///< through a pullback, for its cotangent
  CotangentNames& hints_;
  std::vector<std::uint32_t> ancestors_;
  std::vector<bool> dependent_;
  std::vector<Cotangent> cotangents_; ///< by value; without a value: zero
};

class Expansion {
public:
  Expansion(const Graph& from, Context& context)
      : from_(from), to_(context, from.name), builder_(to_), live_(from.live_nodes()),
        grad_row_(&context.ops.at("grad")), names_(from) {
    for (std::uint32_t id = 0; id < from.node_count(); ++id) {
      const Node& node = from.node(NodeId{id});
      if (!live_[id] || node.row != grad_row_) continue;
      const GradOperands request = grad_operands(from, node);
      auto& wanted = wanted_[key(request)];
      wanted.insert(wanted.end(), request.wrt.begin(), request.wrt.end());
    }
  }

  Graph run() {
    map_ = begin_copy(from_, to_);
    for (std::uint32_t id = 0; id < from_.node_count(); ++id) {
      if (!live_[id]) continue;
      const Node& node = from_.node(NodeId{id});
      if (node.row == grad_row_)
        expand(NodeId{id});
      else if (is_seed_sum(from_, node))
        sum_over_seeds(NodeId{id});
      else
        copy_node(from_, NodeId{id}, to_, map_);
    }
    finish_copy(from_, to_, map_);
    to_.part_counts = names_.counts();
    return std::move(to_);
  }

private:
  static std::pair<std::uint32_t, std::uint32_t> key(const GradOperands& request) {
    return {request.of.id, request.seed.id};
  }

  void expand(NodeId id) {
    const Node& node = from_.node(id);
    const GradOperands request = grad_operands(from_, node);
    const std::uint32_t first = to_.node_count();
    auto done = swept_.find(key(request));
    if (done == swept_.end()) done = swept_.emplace(key(request), sweep(node, request)).first;
    for (int i = 0; i < node.result_count; ++i) {
      const Value variable = map_[request.wrt[static_cast<std::size_t>(i)].id];
      const auto found = done->second.find(variable.id);
      builder_.origin = node.origin;
      const Value gradient = found == done->second.end()
                                 ? builder_.full(from_.type(from_.result(id, i)), 0.0)
                                 : found->second;
      const Value old = from_.result(id, i);
      map_[old.id] = gradient;
      if (!from_.value_name(old).empty()) to_.carry_value_name(from_, old, gradient);
    }
    name_cotangents(from_.value_name(request.of));
    name_values(to_, first, names_);
  }

  /// What users named keeps that name. Where two derivatives go through one value, the second is
  /// told apart by what it is the derivative of.
  void name_cotangents(const std::string& of) {
    const TextPool& texts = to_.context().texts;
    for (const auto& [value, named] : hints_) {
      if (to_.name_id(value) != TextId{} || to_.producer(value).row->literal) continue;
      const std::string& subject = texts[named];
      const std::string name = "d_" + subject;
      const std::string other = of.empty() ? name : "d_" + of + "_" + subject;
      to_.set_value_name(value, names_.unique(names_.taken(name) ? other : name), NameKind::role);
    }
    hints_.clear();
  }

  Gradients sweep(const Node& node, const GradOperands& request) {
    builder_.origin = node.origin;
    const Value of = map_[request.of.id];
    std::vector<Value> variables; // those not copied yet cannot be ancestors of `of`
    for (const Value wrt : wanted_[key(request)])
      if (map_[wrt.id].valid()) variables.push_back(map_[wrt.id]);
    if (request.batched) return batched_sweep(node, request, of, variables);
    const Value seed =
        request.seed.valid() ? map_[request.seed.id] : builder_.full(to_.type(of), 1.0);
    return Sweep(builder_, node.origin, request.forward, hints_).run(of, seed, variables);
  }

  /// A sweep for one seed, and then all of it that depends on the seed for the batch of seeds.
  Gradients batched_sweep(const Node& node, const GradOperands& request, Value of,
                          const std::vector<Value>& variables) {
    const Value seeds = map_[request.seed.id];
    const std::string name = "seed." + std::to_string(to_.node_count());
    const Value seed = builder_.op("cut", {builder_.zeros_like(of)}, {{"name", name}});
    Gradients gradients =
        Sweep(builder_, node.origin, request.forward, hints_).run(of, seed, variables);
    std::vector<std::uint32_t> nodes;
    for (std::uint32_t id = to_.node_of(seed).id + 1; id < to_.node_count(); ++id)
      nodes.push_back(id);
    std::vector<Value> results;
    for (const auto& [variable, gradient] : gradients) results.push_back(gradient);
    results = run_seeds(
        builder_,
        {.seed = seed, .nodes = nodes, .results = results, .seeds = seeds, .chunk = request.chunk},
        hints_);
    std::size_t next = 0;
    for (auto& [variable, gradient] : gradients) gradient = results[next++];
    return gradients;
  }

  /// What is summed up has no derivatives in it any more.
  void sum_over_seeds(NodeId id) {
    const Node& node = from_.node(id);
    const SeedSumOperands request = seed_sum_operands(from_, node);
    const std::uint32_t first = to_.node_count();
    const Value of = map_[request.of.id];
    const std::vector<std::uint32_t> nodes = ancestors(to_, of);
    builder_.origin = node.origin;
    const Value sum = run_seeds(builder_,
                                {.seed = map_[request.seed.id],
                                 .nodes = nodes,
                                 .results = {&of, 1},
                                 .seeds = map_[request.seeds.id],
                                 .chunk = request.chunk,
                                 .summed = true},
                                hints_)[0];
    map_[node.first.id] = sum;
    to_.carry_value_name(from_, node.first, sum);
    name_values(to_, first, names_);
  }

  const Graph& from_;
  Graph to_;
  Builder builder_;
  std::vector<bool> live_;
  const OpRow* grad_row_;
  std::vector<Value> map_;
  CotangentNames hints_; ///< cotangents, and of what
  NameTable names_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Value>> wanted_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Gradients> swept_;
};

/// No derivative is asked for any more: cuts and stopped gradients are their operands.
Graph dissolve_markers(Graph from, Context& context) {
  const OpRow *cut = &context.ops.at("cut"), *stop = &context.ops.at("stop_gradient");
  if (!any_node(from, [&](const Node& node) { return node.row == cut || node.row == stop; }))
    return without_dead(std::move(from));
  Graph to(context, from.name);
  const std::vector<bool> live = from.live_nodes();
  std::vector<Value> map = begin_copy(from, to);
  for (std::uint32_t id = 0; id < from.node_count(); ++id) {
    const Node& node = from.node(NodeId{id});
    if (!live[id]) continue;
    if (node.row == cut || node.row == stop) {
      map[node.first.id] = map[node.inputs[0].id];
      to.carry_value_name(from, node.first, map[node.first.id]);
    } else {
      copy_node(from, NodeId{id}, to, map);
    }
  }
  finish_copy(from, to, map);
  return to;
}

} // namespace

Graph differentiate(const Graph& from, Context& context) {
  return change_all(from, [&](const Graph& graph) {
    const auto expanded = expand_checkpoints(graph);
    return continue_sums(
        dissolve_markers(Expansion(expanded ? *expanded : graph, context).run(), context));
  });
}

} // namespace nnc
