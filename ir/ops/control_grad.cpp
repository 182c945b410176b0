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

/// What a step back takes and gives, and where its floats are among the loop's values.
class StepBack {
public:
  StepBack(Pullback& p, const LoopParts& loop) : p_(p), b_(p.b), loop_(loop) {
    for (std::size_t i = 0; i < loop.carries.size(); ++i)
      if (is_float(b_, loop.carries[i])) carries_.push_back(i);
    for (std::size_t i = 0; i < loop.over.size(); ++i)
      if (wanted(loop.over[i], loop.carries.size() + i)) over_.push_back(i);
    for (std::size_t i = 0; i < loop.with.size(); ++i)
      if (wanted(loop.with[i], loop.carries.size() + loop.over.size() + i)) with_.push_back(i);
    const std::size_t stacked = loop.body->outputs.size() - loop.carries.size();
    for (std::size_t i = 0; i < stacked; ++i)
      if (p.has_ct(static_cast<int>(loop.carries.size() + i))) stacked_.push_back(i);
  }

  void run() {
    const bool any = std::ranges::any_of(
        carries_, [&](std::size_t i) { return p_.has_ct(static_cast<int>(i)); });
    if (!any && stacked_.empty()) return;
    const std::vector<Value> forward = run_saving();
    if (b_.error()) return;
    const std::size_t carried = loop_.carries.size(), results = loop_.body->outputs.size();
    LoopParts back{.body = body(),
                   .over = {forward.begin() + static_cast<std::ptrdiff_t>(results),
                            forward.begin() + static_cast<std::ptrdiff_t>(results + carried)},
                   .with = loop_.with,
                   .count = loop_.condition ? forward.back() : loop_.count,
                   .length = loop_.length,
                   .reverse = !loop_.reverse};
    for (const std::size_t i : carries_) back.carries.push_back(p_.ct(static_cast<int>(i)));
    for (const std::size_t i : with_) back.carries.push_back(b_.zeros_like(loop_.with[i]));
    back.over.insert(back.over.end(), loop_.over.begin(), loop_.over.end());
    for (const std::size_t i : stacked_) back.over.push_back(p_.ct(static_cast<int>(carried + i)));
    give(build_loop(b_, back));
  }

private:
  bool wanted(Value operand, std::size_t position) const {
    return is_float(b_, operand) && p_.needs(static_cast<int>(position));
  }

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

  std::shared_ptr<const Graph> body() {
    const Graph& forward = *loop_.body;
    auto graph = std::make_shared<Graph>(forward.context(), "d_" + forward.name);
    Builder b(*graph);
    b.origin = b_.origin;
    const auto leaf = [&](const std::string& prefix, std::size_t input) {
      const Value like = forward.inputs[input];
      return add_input(*graph, prefix + forward.leaf_name(like), forward.type(like));
    };
    const std::size_t carried = loop_.carries.size(), over = loop_.over.size();
    std::vector<Value> of, seeds, sums, inputs;
    for (const std::size_t i : carries_) seeds.push_back(leaf("d_", i));
    for (const std::size_t i : with_) sums.push_back(leaf("d_", carried + over + i));
    for (std::size_t i = 0; i < carried + over; ++i) inputs.push_back(leaf("", i));
    for (const std::size_t i : stacked_) {
      const Output& output = forward.outputs[carried + i];
      seeds.push_back(add_input(*graph, "d_" + output.name, forward.type(output.value)));
    }
    for (std::size_t i = 0; i < loop_.with.size(); ++i)
      inputs.push_back(leaf("", carried + over + i));
    const std::vector<Value> results = inline_graph(b, forward, inputs);
    for (const std::size_t i : carries_) of.push_back(results[i]);
    for (const std::size_t i : stacked_) of.push_back(results[carried + i]);
    std::vector<Value> wrt;
    for (const std::size_t i : carries_) wrt.push_back(inputs[i]);
    for (const std::size_t i : with_) wrt.push_back(inputs[carried + over + i]);
    for (const std::size_t i : over_) wrt.push_back(inputs[carried + i]);
    const std::vector<Value> gradients = pulled_back(b, of, seeds, wrt);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const bool sum = i >= carries_.size() && i < carries_.size() + with_.size();
      const Value value = sum ? b.add(sums[i - carries_.size()], gradients[i]) : gradients[i];
      add_output(*graph, "d_" + graph->leaf_name(wrt[i]), value);
    }
    if (b.error()) b_.fail(*b.error());
    return graph;
  }

  void give(const std::vector<Value>& results) {
    if (b_.error()) return;
    std::size_t next = 0;
    const std::size_t carried = loop_.carries.size(), over = loop_.over.size();
    for (const std::size_t i : carries_) p_.give(static_cast<int>(i), results[next++]);
    for (const std::size_t i : with_)
      p_.give(static_cast<int>(carried + over + i), results[next++]);
    for (const std::size_t i : over_) p_.give(static_cast<int>(carried + i), results[next++]);
  }

  Pullback& p_;
  Builder& b_;
  const LoopParts& loop_;
  std::vector<std::size_t> carries_, over_, with_, stacked_; ///< those with a derivative
};

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
  StepBack(p, parts).run();
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
