#include "ir/kernel/rewrite.h"

#include <algorithm>

namespace nnc {

Index index_from(ExprPool& pool, Expr value, std::int64_t extent) {
  const auto known = pool.as_integer(value);
  if (known && *known >= 0 && *known < extent) return pool.indices().constant(*known);
  return pool.indices().of_data(value.id, extent);
}

Axis Rewriter::axis(Axis old) {
  if (same_pool()) return old;
  if (const auto known = axes_.find(old.id); known != axes_.end()) return known->second;
  const AxisInfo& info = from_.indices().axis(old);
  const Axis fresh = to_.indices().new_axis(info.extent, info.name);
  axes_.emplace(old.id, fresh);
  return fresh;
}

void Rewriter::finish(Expr old, Expr fresh) {
  if (old.id >= done_.size()) done_.resize(std::max<std::size_t>(from_.size(), old.id + 1));
  done_[old.id] = fresh;
}

Expr Rewriter::expr(Expr root) {
  std::vector<Expr> stack{root}, below;
  while (!stack.empty()) {
    const Expr next = stack.back();
    if (done(next)) {
      stack.pop_back();
      continue;
    }
    if (const auto other = redirects_.find(next.id); other != redirects_.end()) {
      if (done(other->second))
        finish(next, done_[other->second.id]);
      else
        stack.push_back(other->second);
      continue;
    }
    below.clear();
    from_.children(next, below);
    const std::size_t before = stack.size();
    for (const Expr child : below)
      if (!done(child)) stack.push_back(child);
    if (stack.size() == before) build(next);
  }
  return done_.at(root.id);
}

void Rewriter::build(Expr old) {
  const ExprNode node = from_.node(old);
  std::vector<Expr> operands;
  for (int i = 0; i < node.arity; ++i) operands.push_back(done_.at(node.operand[i].id));
  const Expr guard = node.guard.valid() ? done_.at(node.guard.id) : Expr{};
  std::vector<Index> at;
  if (node.op == ScalarOp::element || node.op == ScalarOp::load) {
    const std::vector<Index> list(from_.index_list(node).begin(), from_.index_list(node).end());
    for (const Index index : list) at.push_back(rebuilt_index(index));
    if (on_leaf)
      if (const Expr other = on_leaf(node, at, guard); other.valid()) {
        finish(old, other);
        return;
      }
    const auto leaf = node.op == ScalarOp::element ? &ExprPool::element : &ExprPool::load;
    finish(old, (to_.*leaf)(node.source, node.dtype, at, guard));
    return;
  }
  switch (node.op) {
  case ScalarOp::constant:
    finish(old, is_float(node.dtype) ? to_.constant(node.dtype, *from_.as_real(old))
                                     : to_.constant_int(node.dtype, *from_.as_integer(old)));
    return;
  case ScalarOp::index:
    finish(old, to_.index_value(rebuilt_index(Index{node.source})));
    return;
  case ScalarOp::reduce: {
    const std::vector<Axis> list(from_.axis_list(node).begin(), from_.axis_list(node).end());
    std::vector<Axis> bound;
    for (const Axis each : list) bound.push_back(axis(each));
    finish(old, to_.reduce(node.combiner, bound, operands[0]));
    return;
  }
  case ScalarOp::select:
    finish(old, to_.select(operands[0], operands[1], operands[2]));
    return;
  default:
    break;
  }
  const Expr other = on_operation ? on_operation(node, operands) : Expr{};
  finish(old, other.valid() ? other : to_.copy(node, operands));
}

Index Rewriter::index(Index old) {
  for (const std::uint32_t data : from_.indices().data_of(old)) expr(Expr{data});
  return rebuilt_index(old);
}

// Recursion here follows divisions within one index, which simplify as they nest.
Index Rewriter::rebuilt_index(Index old) {
  if (const auto known = done_indices_.find(old.id); known != done_indices_.end())
    return known->second;
  IndexPool& pool = to_.indices();
  const IndexForm form = from_.indices().form(old);
  Index sum = pool.constant(form.constant);
  for (const IndexTerm& term : form.terms) {
    Index atom{};
    switch (term.atom.kind) {
    case AtomKind::axis: {
      const auto mapped = indices_.find(term.atom.id);
      atom = mapped != indices_.end() ? mapped->second : pool.of(axis(Axis{term.atom.id}));
      break;
    }
    case AtomKind::floor_div:
      atom = pool.floor_div(rebuilt_index(Index{term.atom.id}), term.atom.by);
      break;
    case AtomKind::mod:
      atom = pool.mod(rebuilt_index(Index{term.atom.id}), term.atom.by);
      break;
    case AtomKind::data:
      atom = index_from(to_, done_.at(term.atom.id), term.atom.by);
      break;
    }
    sum = pool.add(sum, pool.mul(atom, term.coefficient));
  }
  done_indices_[old.id] = sum;
  return sum;
}

} // namespace nnc
