#include "ir/kernel/runs.h"

#include <algorithm>

namespace nnc {

namespace {

/// Iterations of `axis` that have one quotient; all of them where that does not go by the axis
/// alone.
std::int64_t sharing_a_quotient(const IndexPool& indices, const Atom& quotient, Axis axis) {
  const IndexForm& inside = indices.form(Index{quotient.id});
  const bool alone = inside.constant == 0 && inside.terms.size() == 1 &&
                     inside.terms[0].atom.kind == AtomKind::axis &&
                     inside.terms[0].coefficient == 1;
  return alone ? quotient.by : indices.axis(axis).extent;
}

} // namespace

std::optional<std::int64_t> sharing_a_place(const IndexPool& indices, std::span<const Index> at,
                                            Axis axis) {
  std::optional<std::int64_t> length;
  for (const Index index : at)
    for (const IndexTerm& term : indices.form(index).terms) {
      const Atom& atom = term.atom;
      if (atom.kind == AtomKind::axis && Axis{atom.id} == axis) return std::nullopt;
      if (atom.kind == AtomKind::axis || atom.kind == AtomKind::data) continue;
      const std::vector<Axis>& inside = indices.axes_of(Index{atom.id});
      if (std::ranges::find(inside, axis) == inside.end()) continue;
      if (atom.kind == AtomKind::mod || inside.size() > 1) return std::nullopt;
      length = std::max(length.value_or(0), sharing_a_quotient(indices, atom, axis));
    }
  return length;
}

namespace {

/// index(axis % n) > 0?
bool is_later_in_run(const ExprPool& pool, Expr guard, Axis axis, std::int64_t n) {
  if (!guard.valid() || pool.node(guard).op != ScalarOp::gt) return false;
  const ExprNode& number = pool.node(pool.node(guard).operand[0]);
  if (number.op != ScalarOp::index || pool.as_integer(pool.node(guard).operand[1]) != 0)
    return false;
  const IndexForm& form = pool.indices().form(Index{number.source});
  if (form.constant != 0 || form.terms.size() != 1) return false;
  const Atom& atom = form.terms[0].atom;
  return atom.kind == AtomKind::mod && atom.by == n &&
         sharing_a_quotient(pool.indices(), atom, axis) == n;
}

} // namespace

bool begins_with_each_run(const Kernel& kernel, const Store& store) {
  if (kernel.axes.size() != 1 || store.accumulate || store.buffer >= local_buffer) return false;
  const Axis axis = kernel.axes[0];
  const auto sharing = sharing_a_place(kernel.pool.indices(), store.at, axis);
  if (!sharing) return false;
  const std::vector<Expr> roots = store_roots(kernel.pool, store);
  return std::ranges::all_of(topological_order(kernel.pool, roots), [&](Expr expr) {
    const ExprNode& node = kernel.pool.node(expr);
    return node.op != ScalarOp::load || node.source != store.buffer ||
           is_later_in_run(kernel.pool, node.guard, axis, *sharing);
  });
}

std::int64_t run_length(const Kernel& kernel) {
  std::int64_t length = 1;
  if (kernel.axes.size() != 1) return length;
  for (const Stage& stage : kernel.stages)
    for (const Store& store : stage.stores)
      if (store.buffer < local_buffer)
        length = std::max(
            length, sharing_a_place(kernel.pool.indices(), store.at, kernel.axes[0]).value_or(1));
  return length;
}

} // namespace nnc
