#include "compiler/inline.h"

#include "ir/text/names.h"

namespace nnc {
namespace {

/// A body being copied, and where its results go when it is done.
struct Frame {
  const Graph* from;
  std::vector<bool> live;
  std::vector<Value> map;
  std::uint32_t next = 0;
  std::string prefix = {};
  NodeId caller = {}; ///< in the frame below
};

class Inliner {
public:
  Inliner(const Graph& from, Context& context) : to_(context, from.name), from_(from) {}

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
    if (node.row == &to_.context().ops.at("call")) {
      enter(frame, id, *attrs.body("function").graph);
      return;
    }
    if (frame.from->is_leaf(node.first) && frame.map[node.first.id].valid()) return;
    copy_node(*frame.from, id, to_, frame.map);
    if (!frame.prefix.empty()) rename(frame, id);
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
    const std::string& name = frame.from->value_name(frame.from->result(call));
    inner.prefix = frame.prefix + (name.empty() ? body.name : name) + "/";
    const auto operands = frame.from->operands(call);
    for (std::size_t i = 0; i < operands.size(); ++i)
      inner.map[body.inputs[i].id] = frame.map[operands[i].id];
    frames_.push_back(std::move(inner));
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
  std::deque<Frame> frames_;
};

} // namespace

Graph inline_calls(const Graph& from, Context& context) { return Inliner(from, context).run(); }

} // namespace nnc
