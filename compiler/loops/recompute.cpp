#include "compiler/loops/recompute.h"

#include "compiler/bodies.h"
#include "compiler/loops/unstored.h"
#include "ir/unmade.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace nnc {
namespace {

bool is_number(const Graph& graph, Value value) {
  const Value number = literal_behind(graph, value);
  return number.valid() && graph.type(number).scalar();
}

/// How slices are made, and what they take that is there.
struct Recipe {
  Recipe(const Graph& from, const Unstored& unstored, std::vector<Slices> pending) {
    wanted.insert(pending.begin(), pending.end());
    const auto want = [&](const Slices& slices) {
      if (wanted.insert(slices).second) pending.push_back(slices);
    };
    while (!pending.empty()) {
      const Slices slices = pending.back();
      pending.pop_back();
      const Node& node = from.producer(slices.of);
      if (unstored.stored(slices.of) || node.row->leaf) {
        taken.push_back(slices);
      } else if (const LoopNode* loop = unstored.loop(from.node_of(slices.of))) {
        if (std::ranges::find(again, loop) == again.end()) again.push_back(loop);
        for (const Value over : loop->parts.over) want(unstored.places().rows_of(over));
      } else if (maps_elements(node)) {
        for (const Value operand : from.operands(node)) want(SlicePlaces::same_of(slices, operand));
      } else if (const auto repeated = unstored.places().repeated_from(slices)) {
        if (!repeated->same_in_each)
          want(repeated->of);
        else if (!is_number(from, slices.of))
          whole.push_back(node.inputs[0]);
      } else {
        want(*unstored.places().moved_from(slices));
      }
    }
  }

  std::set<Slices> wanted; ///< operands before what is made of them
  std::vector<Slices> taken;
  std::vector<Value> whole;
  std::vector<const LoopNode*> again; ///< loops of which a step is run
};

/// Makes slices by a recipe: in a body, or outside of all steps, with an axis for them in front.
class Maker {
public:
  Maker(Builder& b, const Graph& from, const Unstored& unstored, bool outside)
      : b_(b), from_(from), unstored_(unstored), outside_(outside) {}

  std::function<Value(const Slices&, const SliceView&)> taken; ///< as a loop would have it
  std::function<Value(Value)> whole;

  void make(const Recipe& recipe) {
    for (const Slices& slices : recipe.wanted) made_[slices] = make(slices);
  }
  Value at(const Slices& slices) const { return made_.at(slices); }
  /// What a loop that is run again starts a step with.
  void know_beginning(const LoopNode& loop, std::vector<Value> carries) {
    beginnings_[loop.id.id] = std::move(carries);
  }

private:
  Value make(const Slices& slices) {
    const Node& node = from_.producer(slices.of);
    const OriginId asked = b_.origin;
    b_.origin = node.origin;
    const LoopNode* loop = unstored_.loop(from_.node_of(slices.of));
    Value result;
    if (unstored_.stored(slices.of) || node.row->leaf) {
      const SliceView view = *unstored_.places().view(slices);
      result = arranged(b_, taken(slices, view), view, slices.shape, outside_);
    } else if (loop) {
      const auto position = static_cast<std::size_t>(from_.result_index(slices.of));
      result = arranged(b_, step_again(*loop)[position], *unstored_.places().view(slices),
                        slices.shape, outside_);
    } else if (maps_elements(node)) {
      result = element_wise(slices);
    } else if (const auto repeated = unstored_.places().repeated_from(slices)) {
      result = repeat(slices, *repeated);
    } else {
      result = made_.at(*unstored_.places().moved_from(slices));
    }
    b_.origin = asked;
    return result;
  }

  Value element_wise(const Slices& slices) {
    const Node& node = from_.producer(slices.of);
    std::vector<Value> operands;
    for (const Value operand : from_.operands(node))
      operands.push_back(made_.at(SlicePlaces::same_of(slices, operand)));
    return apply_op_of(b_, from_, from_.node_of(slices.of), operands);
  }

  Value repeat(const Slices& slices, const RepeatedSlices& repeated) {
    Shape shape = slices.shape;
    if (outside_) shape.insert(shape.begin(), slices.steps);
    if (is_number(from_, slices.of)) {
      const Value number = literal_behind(from_, slices.of);
      return b_.broadcast(b_.literal(from_.attrs(number).literal("value")), shape, {});
    }
    std::vector<std::int64_t> axes = repeated.axes;
    if (outside_)
      for (std::int64_t& axis : axes) ++axis;
    if (repeated.same_in_each)
      return b_.broadcast(b_.reshape(whole(from_.producer(slices.of).inputs[0]), repeated.of.shape),
                          shape, axes);
    if (outside_) axes.insert(axes.begin(), 0);
    return b_.broadcast(made_.at(repeated.of), shape, axes);
  }

  const std::vector<Value>& step_again(const LoopNode& loop) {
    std::vector<Value>& results = steps_[loop.id.id];
    if (!results.empty()) return results;
    std::vector<Value> operands = beginnings_.at(loop.id.id);
    for (const Value over : loop.parts.over)
      operands.push_back(made_.at(unstored_.places().rows_of(over)));
    for (const Value value : loop.parts.with) operands.push_back(whole(value));
    return results = inline_graph(b_, *loop.parts.body, operands);
  }

  Builder& b_;
  const Graph& from_;
  const Unstored& unstored_;
  const bool outside_;
  std::map<Slices, Value> made_;
  std::map<std::uint32_t, std::vector<Value>> beginnings_, steps_; ///< of other loops, by node
};

/// What loops stack of their carries, by node, in the new graph.
using Beginnings = std::map<std::uint32_t, std::vector<Value>>;

/// A loop that makes slices in its body.
class Remade {
public:
  /// `map`: from the old graph to b's.
  Remade(Builder& b, const Graph& from, const Unstored& unstored, const Beginnings& beginnings,
         std::span<const Value> map, const LoopNode& loop)
      : b_(b), from_(from), unstored_(unstored), map_(map), loop_(loop.parts),
        recipe_(from, unstored, rows_gone_over(unstored, loop.parts)),
        graph_(std::make_shared<Graph>(from.context(), loop.parts.body->name)), inside_(*graph_),
        maker_(inside_, from, unstored, false) {
    gather(beginnings);
    make_inputs();
    maker_.taken = [&](const Slices& slices, const SliceView& view) {
      return over_.input_of(outer(slices, view));
    };
    maker_.whole = [&](Value value) { return with_.input_of(map_[value.id]); };
    for (const LoopNode* other : recipe_.again) {
      std::vector<Value> carries;
      for (const Value beginning : beginnings.at(other->id.id))
        carries.push_back(over_.input_of(beginning));
      maker_.know_beginning(*other, std::move(carries));
    }
  }

  LoopParts build() {
    maker_.make(recipe_);
    std::vector<Value> operands = carries_;
    for (const Value value : loop_.over)
      operands.push_back(maker_.at(unstored_.places().rows_of(value)));
    for (const Value value : loop_.with) operands.push_back(with_.input_of(map_[value.id]));
    const std::vector<Value> results = inline_graph(inside_, *loop_.body, operands);
    if (inside_.error()) unmade(*inside_.error(), "slices again");
    for (std::size_t i = 0; i < results.size(); ++i)
      add_output(*graph_, loop_.body->outputs[i].name, results[i]);
    LoopParts parts = loop_;
    map_operands(parts, map_);
    parts.body = graph_;
    parts.over = over_.outer;
    parts.with = with_.outer;
    return parts;
  }

private:
  /// Operands of the loop, in the new graph: each once, with its name and its input of the body.
  struct Operands {
    std::vector<Value> outer, inputs;
    std::vector<std::string> names;
    std::unordered_map<std::uint32_t, std::size_t> position; ///< by outer value

    void add(Value value, const std::string& name) {
      if (!position.emplace(value.id, outer.size()).second) return;
      outer.push_back(value);
      names.push_back(name);
    }
    Value input_of(Value value) const { return inputs[position.at(value.id)]; }
  };

  static std::vector<Slices> rows_gone_over(const Unstored& unstored, const LoopParts& loop) {
    std::vector<Slices> rows;
    for (const Value value : loop.over) rows.push_back(unstored.places().rows_of(value));
    return rows;
  }
  std::string name(Value value) const {
    return from_.is_leaf(value) ? from_.leaf_name(value) : from_.value_name(value);
  }
  Value outer(const Slices& slices, const SliceView& view) const {
    return taken(b_, map_[slices.of.id], view);
  }

  /// What is taken of the outer graph.
  void gather(const Beginnings& beginnings) {
    for (const Slices& slices : recipe_.taken)
      over_.add(outer(slices, *unstored_.places().view(slices)), name(slices.of));
    for (const LoopNode* other : recipe_.again) {
      const Graph& body = *other->parts.body;
      const std::vector<Value>& carries = beginnings.at(other->id.id);
      for (std::size_t i = 0; i < carries.size(); ++i)
        over_.add(carries[i], body.leaf_name(body.inputs[i]));
      for (const Value value : other->parts.with) with_.add(map_[value.id], name(value));
    }
    for (const Value value : recipe_.whole) with_.add(map_[value.id], name(value));
    for (const Value value : loop_.with) with_.add(map_[value.id], name(value));
  }

  void make_inputs() {
    for (std::size_t i = 0; i < loop_.carries.size(); ++i) {
      const Value like = loop_.body->inputs[i];
      carries_.push_back(add_input(*graph_, loop_.body->leaf_name(like), loop_.body->type(like)));
    }
    for (std::size_t i = 0; i < over_.outer.size(); ++i) {
      Type type = b_.type(over_.outer[i]);
      type.shape.erase(type.shape.begin());
      over_.inputs.push_back(add_input(*graph_, over_.names[i], type));
    }
    for (std::size_t i = 0; i < with_.outer.size(); ++i)
      with_.inputs.push_back(add_input(*graph_, with_.names[i], b_.type(with_.outer[i])));
  }

  Builder& b_;
  const Graph& from_;
  const Unstored& unstored_;
  std::span<const Value> map_;
  const LoopParts& loop_;
  const Recipe recipe_;
  std::shared_ptr<Graph> graph_; ///< the body
  Builder inside_;
  Maker maker_;
  std::vector<Value> carries_;
  Operands over_, with_;
};

/// A part of what is not stored.
Value made_part(Builder& b, const Graph& from, const Unstored& unstored, NodeId id,
                std::span<const Value> map) {
  const Slices slices = *unstored.places().moved_from(unstored.places().rows_of(from.result(id)));
  Maker maker(b, from, unstored, true);
  maker.taken = [&](const Slices& of, const SliceView& view) {
    return taken(b, map[of.of.id], view);
  };
  maker.whole = [&](Value value) { return map[value.id]; };
  maker.make(Recipe(from, unstored, {slices}));
  return maker.at(slices);
}

/// Lets a loop stack what it carries before each step, behind its own results; where it does, by
/// carry.
std::vector<std::size_t> stack_carries(LoopParts& loop) {
  std::vector<std::size_t> where;
  const auto stacked = stacked_carries(loop);
  BodyCopy copy = copy_body(*loop.body);
  for (std::size_t i = 0; i < copy.outputs.size(); ++i)
    add_output(*copy.graph, loop.body->outputs[i].name, copy.outputs[i]);
  for (std::size_t i = 0; i < stacked.size(); ++i) {
    where.push_back(stacked[i].value_or(copy.graph->outputs.size()));
    if (!stacked[i])
      add_output(*copy.graph, "old." + copy.graph->leaf_name(copy.inputs[i]), copy.inputs[i]);
  }
  loop.body = copy.graph;
  return where;
}

} // namespace

Graph recompute_slices(const Graph& from) {
  const Unstored unstored(from);
  if (unstored.none()) return copy_live(from);
  Beginnings beginnings;
  using Results = std::optional<std::vector<Value>>;
  return rebuilt(from, [&](Builder& b, NodeId id, std::vector<Value>& map) -> Results {
    const LoopNode* loop = unstored.loop(id);
    if (!loop && unstored.part(id)) return std::vector{made_part(b, from, unstored, id, map)};
    if (!loop) return std::nullopt;
    const bool again = unstored.runs_again(*loop), makes = unstored.makes_slices(*loop);
    if (!again && !makes) return std::nullopt;
    LoopParts parts = loop->parts;
    if (makes)
      parts = Remade(b, from, unstored, beginnings, map, *loop).build();
    else
      map_operands(parts, map);
    const auto where = again ? stack_carries(parts) : std::vector<std::size_t>{};
    std::vector<Value> results = build_loop(b, parts);
    if (b.error()) return results;
    std::vector<Value>& stacked = beginnings[id.id]; // none where nothing is carried
    for (const std::size_t result : where) stacked.push_back(results[result]);
    results.resize(loop->parts.body->outputs.size());
    return results;
  });
}

} // namespace nnc
