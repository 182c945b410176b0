// Derivatives of loops and branches, as loops and branches again.
//
// A loop is run once more with what it carries stacked before each step; then a scan in the other
// direction computes each step's values again from that and pulls the cotangents back through
// them. What it does not read in the end is neither stacked nor computed: `loops` sees to it.

#include "ir/control.h"
#include "ir/grad_node.h"
#include "ir/ops/control_rules.h"

#include <algorithm>
#include <numeric>

namespace nnc::ops {
namespace {

bool is_float(const Builder& b, Value value) { return nnc::is_float(b.dtype(value)); }

/// Derivatives of the sum of all `of` times their `seeds`: those of all of them, in one sweep.
std::vector<Value> pulled_back(Builder& b, std::span<const Value> of, std::span<const Value> seeds,
                               std::span<const Value> wrt) {
  DType common = b.dtype(of[0]);
  for (const Value value : of)
    if (b.dtype(value) != common) common = DType::f64;
  Value sum;
  for (std::size_t i = 0; i < of.size(); ++i) {
    Value term = b.mul(of[i], seeds[i]);
    std::vector<std::int64_t> axes(b.shape(term).size());
    std::iota(axes.begin(), axes.end(), 0);
    if (!axes.empty()) term = b.sum(term, axes);
    term = b.cast(term, common);
    sum = sum.valid() ? b.add(sum, term) : term;
  }
  return build_grad(b, {sum, {}, wrt});
}

/// Cotangents of a loop's results; invalid ones are zero.
struct LoopCotangents {
  std::vector<Value> carries, stacked;
  std::vector<Value> sums; ///< what those of `with` are added to
};

/// Of a loop's operands; invalid where not wanted or zero.
struct LoopGradients {
  std::vector<Value> carries, over, with;
};

struct LoopWanted {
  std::vector<bool> over, with;
};

LoopGradients pull_back(Builder& b, const LoopParts& loop, const LoopCotangents& cotangents,
                        const LoopWanted& wanted);

/// What a step back takes and gives, and where its floats are among the loop's values.
class StepBack {
public:
  StepBack(Builder& b, const LoopParts& loop, const LoopCotangents& cotangents,
           const LoopWanted& wanted)
      : b_(b), loop_(loop), cotangents_(cotangents) {
    const auto floats = [&](const std::vector<Value>& values, auto chosen) {
      std::vector<std::size_t> list;
      for (std::size_t i = 0; i < values.size(); ++i)
        if (is_float(b_, values[i]) && chosen(i)) list.push_back(i);
      return list;
    };
    carries_ = floats(loop.carries, [](std::size_t) { return true; });
    over_ = floats(loop.over, [&](std::size_t i) { return wanted.over[i]; });
    with_ = floats(loop.with, [&](std::size_t i) { return wanted.with[i]; });
    for (std::size_t i = 0; i < cotangents.stacked.size(); ++i)
      if (cotangents.stacked[i].valid()) stacked_.push_back(i);
  }

  LoopGradients run() {
    const std::vector<Value> forward = run_saving();
    if (b_.error()) return {};
    const std::size_t carried = loop_.carries.size(), results = loop_.body->outputs.size();
    LoopParts back{.body = body(),
                   .over = {forward.begin() + static_cast<std::ptrdiff_t>(results),
                            forward.begin() + static_cast<std::ptrdiff_t>(results + carried)},
                   .with = loop_.with,
                   .count = loop_.condition ? forward.back() : loop_.count,
                   .length = loop_.length,
                   .reverse = !loop_.reverse,
                   .checkpoint = loop_.checkpoint};
    for (const std::size_t i : carries_) {
      const Value cotangent = cotangents_.carries[i];
      back.carries.push_back(cotangent.valid() ? cotangent : b_.zeros_like(loop_.carries[i]));
    }
    for (const std::size_t i : with_)
      back.carries.push_back(cotangents_.sums.empty() ? b_.zeros_like(loop_.with[i])
                                                      : cotangents_.sums[i]);
    back.over.insert(back.over.end(), loop_.over.begin(), loop_.over.end());
    for (const std::size_t i : stacked_) back.over.push_back(cotangents_.stacked[i]);
    return gradients(build_loop(b_, back));
  }

private:
  /// The loop, with what it carries before each step stacked behind its own results.
  std::vector<Value> run_saving() {
    BodyCopy copy = copy_body(*loop_.body);
    for (std::size_t i = 0; i < copy.outputs.size(); ++i)
      add_output(*copy.graph, loop_.body->outputs[i].name, copy.outputs[i]);
    for (std::size_t i = 0; i < loop_.carries.size(); ++i)
      add_output(*copy.graph, "old." + copy.graph->leaf_name(copy.inputs[i]), copy.inputs[i]);
    LoopParts parts = loop_;
    parts.body = copy.graph;
    return build_loop(b_, parts);
  }

  /// The inputs of a step back: cotangents of the carries, sums for `with`, then what the loop's
  /// own step takes, with the cotangents of what it stacks before `with`.
  struct Inputs {
    std::vector<Value> carries, sums, stacked; ///< in the order of carries_, with_, stacked_
    std::vector<Value> own;                    ///< by input of the loop's body
  };

  Inputs make_inputs(Graph& graph) const {
    const Graph& forward = *loop_.body;
    const std::size_t carried = loop_.carries.size(), over = loop_.over.size();
    Inputs inputs;
    const auto leaf = [&](const std::string& prefix, std::size_t i) {
      const Value like = forward.inputs[i];
      return add_input(graph, prefix + forward.leaf_name(like), forward.type(like));
    };
    for (const std::size_t i : carries_) inputs.carries.push_back(leaf("d_", i));
    for (const std::size_t i : with_) inputs.sums.push_back(leaf("d_", carried + over + i));
    for (std::size_t i = 0; i < carried + over; ++i) inputs.own.push_back(leaf("", i));
    for (const std::size_t i : stacked_) {
      const Output& output = forward.outputs[carried + i];
      inputs.stacked.push_back(add_input(graph, "d_" + output.name, forward.type(output.value)));
    }
    for (std::size_t i = 0; i < loop_.with.size(); ++i)
      inputs.own.push_back(leaf("", carried + over + i));
    return inputs;
  }

  std::shared_ptr<const Graph> body() {
    const Graph& forward = *loop_.body;
    auto graph = std::make_shared<Graph>(forward.context(), "d_" + forward.name);
    Builder b(*graph);
    b.origin = b_.origin;
    const Inputs inputs = make_inputs(*graph);
    const auto inner = loop_.checkpoint ? segment_inside(loop_) : std::nullopt;
    const std::vector<Value> results =
        inner ? segment_back(b, *inner, inputs) : step_back(b, inputs);
    const std::size_t carried = loop_.carries.size(), over = loop_.over.size();
    std::vector<std::size_t> names = carries_; // by input of the loop's body
    for (const std::size_t i : with_) names.push_back(carried + over + i);
    for (const std::size_t i : over_) names.push_back(carried + i);
    for (std::size_t i = 0; i < results.size(); ++i)
      add_output(*graph, "d_" + forward.leaf_name(forward.inputs[names[i]]), results[i]);
    if (b.error()) b_.fail(*b.error());
    return graph;
  }

  std::vector<Value> step_back(Builder& b, const Inputs& inputs) const {
    const std::size_t carried = loop_.carries.size(), over = loop_.over.size();
    const std::vector<Value> results = inline_graph(b, *loop_.body, inputs.own);
    std::vector<Value> of, wrt, seeds = inputs.carries;
    seeds.insert(seeds.end(), inputs.stacked.begin(), inputs.stacked.end());
    for (const std::size_t i : carries_) of.push_back(results[i]);
    for (const std::size_t i : stacked_) of.push_back(results[carried + i]);
    for (const std::size_t i : carries_) wrt.push_back(inputs.own[i]);
    for (const std::size_t i : with_) wrt.push_back(inputs.own[carried + over + i]);
    for (const std::size_t i : over_) wrt.push_back(inputs.own[carried + i]);
    std::vector<Value> found = pulled_back(b, of, seeds, wrt);
    for (std::size_t i = 0; i < with_.size() && !found.empty(); ++i) {
      Value& sum = found[carries_.size() + i];
      sum = b.add(inputs.sums[i], sum);
    }
    return found;
  }

  /// Of a loop of segments: each is run again and pulled back, and sums go on from segment to
  /// segment, so that they are those of the plain loop to the bit where `loops` leaves both.
  std::vector<Value> segment_back(Builder& b, const LoopParts& inner, const Inputs& inputs) const {
    const Graph& forward = *loop_.body;
    std::unordered_map<std::uint32_t, std::size_t> position;
    for (std::size_t i = 0; i < forward.inputs.size(); ++i) position[forward.inputs[i].id] = i;
    const auto own = [&](Value leaf) { return inputs.own[position.at(leaf.id)]; };
    LoopParts parts = inner;
    for (auto* list : {&parts.carries, &parts.over, &parts.with})
      for (Value& value : *list) value = own(value);
    if (parts.count.valid()) parts.count = own(parts.count);
    LoopCotangents cotangents;
    cotangents.carries.resize(parts.carries.size());
    cotangents.stacked.resize(cotangents_.stacked.size());
    for (std::size_t i = 0; i < carries_.size(); ++i)
      cotangents.carries[carries_[i]] = inputs.carries[i];
    for (std::size_t i = 0; i < stacked_.size(); ++i)
      cotangents.stacked[stacked_[i]] = inputs.stacked[i];
    LoopWanted wanted{std::vector<bool>(parts.over.size()), std::vector<bool>(parts.with.size())};
    for (const std::size_t i : over_) wanted.over[i] = true;
    cotangents.sums.resize(parts.with.size());
    for (std::size_t i = 0; i < with_.size(); ++i) {
      wanted.with[with_[i]] = true;
      cotangents.sums[with_[i]] = inputs.sums[i];
    }
    const LoopGradients gradients = pull_back(b, parts, cotangents, wanted);
    std::vector<Value> results;
    for (const std::size_t i : carries_) results.push_back(gradients.carries[i]);
    for (const std::size_t i : with_) results.push_back(gradients.with[i]);
    for (const std::size_t i : over_) results.push_back(gradients.over[i]);
    return results;
  }

  LoopGradients gradients(const std::vector<Value>& results) const {
    LoopGradients gradients{std::vector<Value>(loop_.carries.size()),
                            std::vector<Value>(loop_.over.size()),
                            std::vector<Value>(loop_.with.size())};
    if (b_.error()) return gradients;
    std::size_t next = 0;
    for (const std::size_t i : carries_) gradients.carries[i] = results[next++];
    for (const std::size_t i : with_) gradients.with[i] = results[next++];
    for (const std::size_t i : over_) gradients.over[i] = results[next++];
    return gradients;
  }

  Builder& b_;
  const LoopParts& loop_;
  const LoopCotangents& cotangents_;
  std::vector<std::size_t> carries_, over_, with_, stacked_; ///< those with a derivative
};

LoopGradients pull_back(Builder& b, const LoopParts& loop, const LoopCotangents& cotangents,
                        const LoopWanted& wanted) {
  return StepBack(b, loop, cotangents, wanted).run();
}

/// One side of a branch pulled back: takes its operands and the cotangents of its results.
std::shared_ptr<const Graph> side_back(Builder& outer, const Graph& side,
                                       std::span<const std::size_t> results,
                                       std::span<const std::size_t> operands) {
  auto graph = std::make_shared<Graph>(side.context(), "d_" + side.name);
  Builder b(*graph);
  b.origin = outer.origin;
  std::vector<Value> inputs, seeds, of, wrt;
  for (const Value input : side.inputs)
    inputs.push_back(add_input(*graph, side.leaf_name(input), side.type(input)));
  for (const std::size_t i : results)
    seeds.push_back(
        add_input(*graph, "d_" + side.outputs[i].name, side.type(side.outputs[i].value)));
  const std::vector<Value> values = inline_graph(b, side, inputs);
  for (const std::size_t i : results) of.push_back(values[i]);
  for (const std::size_t i : operands) wrt.push_back(inputs[i]);
  const std::vector<Value> gradients = pulled_back(b, of, seeds, wrt);
  for (std::size_t i = 0; i < gradients.size(); ++i)
    add_output(*graph, "d_" + graph->leaf_name(wrt[i]), gradients[i]);
  if (b.error()) outer.fail(*b.error());
  return graph;
}

} // namespace

void loop_grad(Pullback& p) {
  const Control loop = p.node().row->control(p.attrs());
  if (loop.length < 0) {
    p.b.fail({.code = "E0402",
              .message = "a while without 'max_steps' has no derivative",
              .help = "say how many steps there can be: \"max_steps\": 100"});
    return;
  }
  const LoopParts parts = loop_parts(p.b.graph(), p.node(), loop);
  const std::size_t carried = parts.carries.size(), over = parts.over.size();
  const auto cotangent = [&](std::size_t result) {
    const int i = static_cast<int>(result);
    return p.has_ct(i) ? p.ct(i) : Value{};
  };
  LoopCotangents cotangents;
  for (std::size_t i = 0; i < carried; ++i) cotangents.carries.push_back(cotangent(i));
  for (std::size_t i = carried; i < parts.body->outputs.size(); ++i)
    cotangents.stacked.push_back(cotangent(i));
  LoopWanted wanted;
  for (std::size_t i = 0; i < over; ++i)
    wanted.over.push_back(p.needs(static_cast<int>(carried + i)));
  for (std::size_t i = 0; i < parts.with.size(); ++i)
    wanted.with.push_back(p.needs(static_cast<int>(carried + over + i)));
  const LoopGradients gradients = pull_back(p.b, parts, cotangents, wanted);
  int operand = 0;
  for (const auto* list : {&gradients.carries, &gradients.over, &gradients.with})
    for (const Value gradient : *list) p.give(operand++, gradient);
}

void branch_grad(Pullback& p) {
  const Control branch = p.node().row->control(p.attrs());
  std::vector<std::size_t> results, wanted;
  std::vector<Value> operands;
  for (int i = 0; i < p.input_count(); ++i) {
    operands.push_back(p.in(i));
    if (i > 0 && p.needs(i) && is_float(p.b, p.in(i)))
      wanted.push_back(static_cast<std::size_t>(i - 1));
  }
  for (int i = 0; i < p.node().result_count; ++i) {
    if (!p.has_ct(i)) continue;
    results.push_back(static_cast<std::size_t>(i));
    operands.push_back(p.ct(i));
  }
  if (results.empty()) return;
  const auto gradients = build_branch(p.b, operands, side_back(p.b, *branch.body, results, wanted),
                                      side_back(p.b, *branch.otherwise, results, wanted));
  for (std::size_t i = 0; i < gradients.size(); ++i)
    p.give(static_cast<int>(wanted[i] + 1), gradients[i]);
}

} // namespace nnc::ops
