#include "ir/batching.h"

#include "ir/grad_node.h"
#include "ir/unmade.h"

#include <algorithm>
#include <numeric>

namespace nnc {

Batching::Batching(Builder& builder, const Graph& from, NodeId node,
                   std::span<const Batched> operands, std::int64_t batch_size)
    : b(builder), size(batch_size), from_(from), id_(node),
      operands_(operands.begin(), operands.end()), results_(from.node(node).result_count) {}

Value Batching::whole(int operand) {
  return batched(operand) ? in(operand) : repeated(b, in(operand), size);
}

std::vector<Value> Batching::all_whole() {
  std::vector<Value> operands;
  for (int i = 0; i < input_count(); ++i) operands.push_back(whole(i));
  return operands;
}

const Type& Batching::in_type(int operand) const {
  return from_.type(from_.operands(node())[static_cast<std::size_t>(operand)]);
}

const Type& Batching::out_type(int result) const { return from_.type(from_.result(id_, result)); }

std::vector<Value> Batching::again(std::span<const Value> operands, const NamedAttrs& changed) {
  NamedAttrs attrs = changed;
  for (const AttrSpec& spec : row().attrs)
    if (std::ranges::find(changed, spec.name, &NamedAttr::name) == changed.end())
      attrs.push_back({spec.name, this->attrs().get(spec.name)});
  return b.ops(row().name, operands, attrs);
}

Value Batching::again_once(std::span<const Value> operands, const NamedAttrs& changed) {
  const std::vector<Value> made = again(operands, changed);
  return made.empty() ? Value{} : made[0];
}

void Batching::give_again(const NamedAttrs& changed) {
  const std::vector<Value> made = again(all_whole(), changed);
  for (std::size_t i = 0; i < made.size(); ++i) give(static_cast<int>(i), made[i]);
}

std::vector<Value> batch_node(Builder& b, const Graph& from, NodeId node,
                              std::span<const Batched> operands, std::int64_t size) {
  const OpRow& row = *from.node(node).row;
  if (!row.batch && !row.elementwise) throw InternalError(row.name + " has no rule for batches");
  Batching rule(b, from, node, operands, size);
  (row.batch ? row.batch : batch_rules::same_place)(rule);
  return rule.take();
}

namespace {

/// Which values become a variable for each example: those of derivatives that are the same for all
/// and are read by what is not, and the one that is asked for.
std::vector<bool> variables_for_each(const BatchOfNodes& batch,
                                     const std::vector<Batched>& values) {
  const Graph& from = batch.from;
  std::vector<bool> chosen(values.size(), false);
  if (batch.variable.valid()) chosen[batch.variable.id] = true;
  for (bool changed = true; changed;) {
    changed = false;
    std::vector<bool> differs(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) differs[i] = values[i].batched || chosen[i];
    for (const std::uint32_t id : batch.nodes) {
      const Node& node = from.node(NodeId{id});
      const auto operands = from.operands(node);
      const bool any = std::ranges::any_of(operands, [&](Value v) { return differs[v.id]; });
      for (int i = 0; any && i < node.result_count; ++i)
        differs[from.result(NodeId{id}, i).id] = true;
      if (!is_grad(from, node)) continue;
      const GradOperands grad = grad_operands(from, node);
      if (!differs[grad.of.id]) continue;
      for (const Value variable : grad.wrt)
        if (!differs[variable.id]) changed = chosen[variable.id] = true;
    }
  }
  return chosen;
}

class BatchRun {
public:
  BatchRun(Builder& b, const BatchOfNodes& batch, std::vector<Batched>& values)
      : b_(b), batch_(batch), values_(values), chosen_(variables_for_each(batch, values)),
        unit_(batch.site + " " + std::to_string(b.graph().node_count())) {}

  void run() {
    std::vector<bool> made(values_.size(), false);
    for (const std::uint32_t id : batch_.nodes)
      for (int i = 0; i < batch_.from.node(NodeId{id}).result_count; ++i)
        made[batch_.from.result(NodeId{id}, i).id] = true;
    for (std::uint32_t id = 0; id < values_.size(); ++id)
      if (!made[id]) become_variable(Value{id});
    for (const std::uint32_t id : batch_.nodes) {
      b_.origin = batch_.from.node(NodeId{id}).origin;
      make(NodeId{id});
      for (int i = 0; i < batch_.from.node(NodeId{id}).result_count; ++i)
        become_variable(batch_.from.result(NodeId{id}, i));
      batch_.made(NodeId{id});
    }
  }

private:
  void make(NodeId id) {
    std::vector<Batched> operands;
    for (const Value operand : batch_.from.operands(id)) operands.push_back(values_[operand.id]);
    if (std::ranges::none_of(operands, &Batched::batched)) return batch_.copy(id);
    const std::vector<Value> results = batch_node(b_, batch_.from, id, operands, batch_.size);
    if (b_.error()) unmade(*b_.error(), "a batch of " + batch_.from.node(id).row->name);
    for (std::size_t i = 0; i < results.size(); ++i)
      values_[batch_.from.result(id, static_cast<int>(i)).id] = {results[i], true};
  }

  void become_variable(Value value) {
    if (!chosen_[value.id] || !values_[value.id].value.valid()) return;
    const Batched& now = values_[value.id];
    const Value all = now.batched ? now.value : repeated(b_, now.value, batch_.size);
    const std::string name = "each " + std::to_string(value.id) + unit_;
    values_[value.id] = {b_.op("cut", {all}, {{"name", name}}), true};
  }

  Builder& b_;
  const BatchOfNodes& batch_;
  std::vector<Batched>& values_;
  std::vector<bool> chosen_;
  std::string unit_; ///< ends the names of this run's variables
};

} // namespace

void batch_nodes(Builder& b, const BatchOfNodes& batch, std::vector<Batched>& values) {
  BatchRun(b, batch, values).run();
}

Value repeated(Builder& b, Value value, std::int64_t size) {
  const Shape& shape = b.shape(value);
  std::vector<std::int64_t> axes(shape.size());
  std::iota(axes.begin(), axes.end(), 1);
  return b.broadcast(value, batch_rules::with_first(size, shape), axes);
}

Value axis_to_front(Builder& b, Value value, std::int64_t axis) {
  std::vector<std::int64_t> perm(b.shape(value).size());
  std::iota(perm.begin(), perm.end(), 0);
  std::rotate(perm.begin(), perm.begin() + axis, perm.begin() + axis + 1);
  return b.transpose(value, perm);
}

namespace batch_rules {

std::vector<std::int64_t> shifted(std::span<const std::int64_t> axes) {
  std::vector<std::int64_t> result;
  for (const std::int64_t axis : axes) result.push_back(axis + 1);
  return result;
}

std::vector<std::int64_t> with_first(std::int64_t first, std::span<const std::int64_t> list) {
  std::vector<std::int64_t> result{first};
  result.insert(result.end(), list.begin(), list.end());
  return result;
}

void shift_axes(Batching& b) { b.give_again({{"axes", shifted(b.attrs().integers("axes"))}}); }
void shift_axis(Batching& b) { b.give_again({{"axis", b.attrs().integer("axis") + 1}}); }
void same_place(Batching& b) { b.give_again(); }

} // namespace batch_rules

} // namespace nnc
