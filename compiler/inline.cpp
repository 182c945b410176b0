#include "compiler/inline.h"

#include "compiler/bodies.h"
#include "compiler/loops/checkpoints.h"
#include "ir/batching.h"
#include "ir/grad_node.h"
#include "ir/text/names.h"
#include "ir/unmade.h"

#include <algorithm>
#include <map>
#include <set>

namespace nnc {
namespace {

using PlainBodies = std::map<const Graph*, Graph>; ///< of `vmap`, without calls in them

/// Which inputs of a body are variables of derivatives in it.
std::vector<bool> asked_inputs(const Graph& body) {
  std::vector<bool> asked(body.value_count(), false);
  for (std::uint32_t id = 0; id < body.node_count(); ++id)
    if (is_grad(body, body.node(NodeId{id})))
      for (const Value variable : grad_operands(body, body.node(NodeId{id})).wrt)
        asked[variable.id] = body.is_leaf(variable);
  return asked;
}

/// Copies a node of a body into what one call of it becomes. Each call has variables of its own,
/// though their body is one: `site` begins the names of its cuts.
void copy_at(const Graph& from, NodeId id, Graph& to, std::vector<Value>& map,
             const std::string& site) {
  const Node& node = from.node(id);
  if (site.empty() || node.row != &from.context().ops.at("cut")) {
    copy_node(from, id, to, map);
    return;
  }
  Builder b(to);
  b.origin = node.origin;
  const std::string& name = from.attrs(node).string("name");
  map[node.first.id] = b.op("cut", {map[node.inputs[0].id]}, {{"name", site + name}});
  to.carry_value_name(from, node.first, map[node.first.id]);
}

/// A body being copied, and where its results go when it is done.
struct Frame {
  const Graph* from;
  std::vector<bool> live;
  std::vector<Value> map;
  std::uint32_t next = 0;
  std::string prefix = {};
  std::string site = {}; ///< begins the names of this body's cuts: no other call has it
  NodeId caller = {};    ///< in the frame below
};

class Inliner {
public:
  Inliner(const Graph& from, Context& context, const PlainBodies& plain)
      : to_(context, from.name), from_(from), plain_(plain), vmap_(&context.ops.at("vmap")),
        call_(&context.ops.at("call")), derived_(has_derivatives(from)) {}

  Graph run() {
    Frame outer{.from = &from_, .live = from_.live_nodes(), .map = begin_copy(from_, to_)};
    frames_.push_back(std::move(outer));
    for (;;) {
      Frame& frame = frames_.back();
      if (frame.next < frame.from->node_count()) {
        step(frame);
      } else if (frames_.size() > 1) {
        leave();
      } else {
        finish_copy(from_, to_, frame.map);
        name_values(to_); // from here on a value keeps its name
        return std::move(to_);
      }
    }
  }

private:
  void step(Frame& frame) {
    const NodeId id{frame.next++};
    if (!frame.live[id.id]) return;
    const Node& node = frame.from->node(id);
    const AttrView attrs = frame.from->attrs(node);
    if (node.row == call_ && derived_ && attrs.boolean("checkpoint")) return apart(frame, id);
    if (node.row == call_) {
      enter(frame, id, *attrs.body("function").graph);
      return;
    }
    if (node.row == vmap_) return batch(frame, id);
    if (frame.from->is_leaf(node.first) && frame.map[node.first.id].valid()) return;
    copy_at(*frame.from, id, to_, frame.map, frame.site);
    if (!frame.prefix.empty()) rename(frame, id);
  }

  /// The prefix of a call; where another call has it already, told apart by a number.
  std::string new_site(const std::string& prefix) {
    const int number = ++sites_[prefix];
    return number == 1 ? prefix : prefix + "#" + std::to_string(number) + "/";
  }

  void rename(const Frame& frame, NodeId id) {
    for (int i = 0; i < frame.from->node(id).result_count; ++i) {
      const Value old = frame.from->result(id, i);
      if (const std::string& name = frame.from->value_name(old); !name.empty())
        to_.rename_value(frame.map[old.id], name, frame.prefix + name);
    }
  }

  void enter(const Frame& frame, NodeId call, const Graph& body) {
    Frame inner{.from = &body,
                .live = body.live_nodes(),
                .map = std::vector<Value>(body.value_count()),
                .caller = call};
    inner.prefix = prefix_of(frame, call, body);
    inner.site = new_site(inner.prefix);
    const auto operands = frame.from->operands(call);
    const std::vector<bool> asked = asked_inputs(body);
    Builder b(to_);
    b.origin = frame.from->node(call).origin;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const std::uint32_t input = body.inputs[i].id;
      inner.map[input] =
          operand_of(b, body, i, frame.map[operands[i].id], asked[input], inner.site);
    }
    frames_.push_back(std::move(inner));
  }

  /// A call that derivatives run again: a loop of its own.
  void apart(Frame& frame, NodeId id) {
    std::vector<Value> operands;
    for (const Value operand : frame.from->operands(id)) operands.push_back(frame.map[operand.id]);
    Builder b(to_);
    b.origin = frame.from->node(id).origin;
    const AttrView attrs = frame.from->attrs(frame.from->node(id));
    const std::vector<Value> results = run_apart(b, attrs.body("function").graph, operands);
    if (b.error()) unmade(*b.error(), "call");
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Value old = frame.from->result(id, static_cast<int>(i));
      frame.map[old.id] = results[i];
      if (const std::string& name = frame.from->value_name(old); !name.empty())
        to_.set_value_name(results[i], frame.prefix + name);
    }
  }

  static std::string prefix_of(const Frame& frame, NodeId call, const Graph& body) {
    const std::string& name = frame.from->value_name(frame.from->result(call));
    return frame.prefix + (name.empty() ? body.name : name) + "/";
  }

  /// An operand, as a variable of its own where the body asks for derivatives with respect to it.
  Value operand_of(Builder& b, const Graph& body, std::size_t input, Value operand, bool asked,
                   const std::string& prefix) {
    const std::string& name = body.leaf_name(body.inputs[input]);
    return asked ? b.op("cut", {operand}, {{"name", prefix + name}}) : operand;
  }

  /// `vmap`: the body for all examples at once.
  void batch(Frame& frame, NodeId id) {
    const AttrView attrs = frame.from->attrs(frame.from->node(id));
    const auto& axes = attrs.integer_lists("axes");
    const Graph& body = plain_.at(attrs.body("function").graph.get());
    const std::string prefix = prefix_of(frame, id, body), site = new_site(prefix);
    Builder b(to_);
    b.origin = frame.from->node(id).origin;
    const std::vector<bool> asked = asked_inputs(body);
    std::int64_t size = 0;
    std::vector<Batched> values(body.value_count());
    const auto operands = frame.from->operands(id);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const Value input = body.inputs[i];
      Value operand = frame.map[operands[i].id];
      if (!axes[i].empty()) operand = axis_to_front(b, operand, axes[i][0]);
      if (!axes[i].empty()) size = b.size(operand, 0);
      operand = operand_of(b, body, i, operand, asked[input.id], site);
      values[input.id] = {operand, !axes[i].empty()};
    }
    batch_body(b, with_site(body, site), size, values, prefix, site);
    for (std::size_t i = 0; i < body.outputs.size(); ++i) {
      const Value result = frame.from->result(id, static_cast<int>(i));
      const Batched& output = values[body.outputs[i].value.id];
      b.origin = frame.from->node(id).origin;
      const Value made = output.batched ? output.value : repeated(b, output.value, size);
      frame.map[result.id] = made;
      name_result(made, prefix, frame.prefix + frame.from->value_name(result));
    }
    if (b.error()) unmade(*b.error(), "vmap of " + body.name);
  }

  /// The body with cuts that belong to one call. Its values are those of `body`.
  Graph with_site(const Graph& body, const std::string& site) {
    Graph copy(body.context(), body.name);
    std::vector<Value> map(body.value_count());
    for (std::uint32_t id = 0; id < body.node_count(); ++id)
      copy_at(body, NodeId{id}, copy, map, site);
    for (const Value input : body.inputs) copy.inputs.push_back(map[input.id]);
    for (const Output& output : body.outputs)
      copy.outputs.push_back({output.name, map[output.value.id]});
    return copy;
  }

  void batch_body(Builder& b, const Graph& body, std::int64_t size, std::vector<Batched>& values,
                  const std::string& prefix, const std::string& site) {
    const std::vector<bool> live = body.live_nodes();
    std::vector<std::uint32_t> nodes;
    for (std::uint32_t id = 0; id < body.node_count(); ++id)
      if (live[id] && !body.is_leaf(body.result(NodeId{id}))) nodes.push_back(id);
    std::vector<Value> map(body.value_count());
    const auto copy = [&](NodeId id) {
      for (const Value operand : body.operands(id)) map[operand.id] = values[operand.id].value;
      copy_node(body, id, to_, map);
      for (int i = 0; i < body.node(id).result_count; ++i) {
        const Value old = body.result(id, i);
        values[old.id].value = map[old.id];
        if (const std::string& name = body.value_name(old); !name.empty())
          to_.rename_value(map[old.id], name, prefix + name);
      }
    };
    const auto name = [&](NodeId id) {
      for (int i = 0; i < body.node(id).result_count; ++i) {
        const Value old = body.result(id, i);
        if (const std::string& name = body.value_name(old); !name.empty())
          to_.set_value_name(values[old.id].value, prefix + name, body.name_kind(old));
      }
    };
    batch_nodes(
        b, {.from = body, .nodes = nodes, .size = size, .site = site, .copy = copy, .made = name},
        values);
  }

  void leave() {
    const Frame inner = std::move(frames_.back());
    frames_.pop_back();
    Frame& outer = frames_.back();
    for (std::size_t i = 0; i < inner.from->outputs.size(); ++i) {
      const Value result = outer.from->result(inner.caller, static_cast<int>(i));
      const Value made = outer.map[result.id] = inner.map[inner.from->outputs[i].value.id];
      name_result(made, inner.prefix, outer.prefix + outer.from->value_name(result));
    }
  }

  /// What the body made goes by the caller's name for it; an operand keeps its own.
  void name_result(Value made, const std::string& inside, const std::string& name) {
    if (name.empty() || name.ends_with('/')) return;
    const std::string old = to_.value_name(made);
    if (old.starts_with(inside)) to_.rename_value(made, old, name);
    to_.set_value_name(made, name);
  }

  Graph to_;
  const Graph& from_;
  const PlainBodies& plain_;
  const OpRow *vmap_, *call_;
  const bool derived_;               ///< there are derivatives that checkpoints are for
  std::map<std::string, int> sites_; ///< how many calls have this prefix
  std::deque<Frame> frames_;
};

/// Bodies of all `vmap` nodes that `from` comes to hold, each after those that it uses.
std::vector<const Graph*> mapped_bodies(const Graph& from) {
  struct Visit {
    const Graph* graph;
    bool mapped, done;
  };
  std::vector<Visit> stack{{&from, false, false}};
  std::vector<const Graph*> order;
  std::set<const Graph*> seen, mapped;
  const OpRow* vmap = &from.context().ops.at("vmap");
  while (!stack.empty()) {
    const Visit visit = stack.back();
    stack.pop_back();
    if (visit.mapped) mapped.insert(visit.graph);
    if (visit.done) {
      order.push_back(visit.graph);
      continue;
    }
    if (!seen.insert(visit.graph).second) continue;
    stack.push_back({visit.graph, visit.mapped, true});
    for (std::uint32_t id = 0; id < visit.graph->node_count(); ++id) {
      const Node& node = visit.graph->node(NodeId{id});
      for (const AttrValue& attr : from.context().attrs[node.attrs])
        if (const auto* body = std::get_if<Body>(&attr))
          stack.push_back({body->graph.get(), node.row == vmap, false});
    }
  }
  std::erase_if(order, [&](const Graph* graph) { return !mapped.contains(graph); });
  return order;
}

} // namespace

Graph inline_calls(const Graph& from, Context& context) {
  return change_all(from, [&](const Graph& graph) {
    PlainBodies plain;
    for (const Graph* body : mapped_bodies(graph))
      plain.emplace(body, Inliner(*body, context, plain).run());
    return Inliner(graph, context, plain).run();
  });
}

} // namespace nnc
