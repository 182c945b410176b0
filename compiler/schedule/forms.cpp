#include "compiler/schedule/forms.h"

#include "compiler/schedule/contraction.h"

#include <algorithm>

namespace nnc {
namespace {

/// Coefficient of `axis` in the position of a load within its row-major tensor... of which only
/// the last index counts here: 1 means neighbours along the axis are neighbours in memory.
bool contiguous_along(const ExprPool& pool, const ExprNode& load, Axis axis) {
  const auto at = pool.index_list(load);
  if (at.empty()) return false;
  for (std::size_t i = 0; i + 1 < at.size(); ++i)
    if (std::ranges::find(pool.indices().axes_of(at[i]), axis) !=
        pool.indices().axes_of(at[i]).end())
      return false;
  for (const IndexTerm& term : pool.indices().form(at.back()).terms)
    if (term.atom.kind == AtomKind::axis && term.atom.id == axis.id) return term.coefficient == 1;
  return false;
}

/// A reduction runs along rows when some load below it is contiguous in its last axis.
bool reduces_rows(const ExprPool& pool, Expr reduction) {
  const ExprNode& node = pool.node(reduction);
  const Axis last = pool.axis_list(node).back();
  for (const Expr expr : topological_order(pool, std::span(&node.operand[0], 1)))
    if (pool.node(expr).op == ScalarOp::load && contiguous_along(pool, pool.node(expr), last))
      return true;
  return false;
}

} // namespace

Form form_of(const Kernel& kernel) {
  std::vector<Expr> roots;
  for (const Stage& stage : kernel.stages) {
    if (std::ranges::any_of(stage.serial, [](bool serial) { return serial; })) return Form::serial;
    for (const Store& store : stage.stores) {
      if (store.accumulate) return Form::serial;
      roots.push_back(store.value);
    }
  }
  if (!kernel.axes.empty()) return Form::staged_rows;
  if (find_contraction(kernel)) return Form::contraction;
  std::optional<Expr> reduction;
  for (const Expr expr : topological_order(kernel.pool, roots))
    if (kernel.pool.node(expr).op == ScalarOp::reduce) reduction = expr;
  if (!reduction) return Form::pointwise;
  const bool result_has_axes = !kernel.stages[0].axes.empty();
  return !result_has_axes || reduces_rows(kernel.pool, *reduction) ? Form::row_reduction
                                                                   : Form::column_reduction;
}

void set_forms(KernelProgram& program) {
  for (Kernel& kernel : program.kernels) kernel.form = form_of(kernel);
}

} // namespace nnc
