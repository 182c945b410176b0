#include "compiler/fuse/row_stages.h"

#include "ir/kernel/rewrite.h"

namespace nnc {

bool leads_with(const Kernel& kernel, std::span<const Index> at, const std::vector<Axis>& axes,
                std::size_t count) {
  if (at.size() < count || axes.size() < count) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const IndexForm& form = kernel.pool.indices().form(at[i]);
    if (kernel.pool.indices().axis(axes[i]).extent <= 1) {
      if (!form.terms.empty() || form.constant != 0) return false;
      continue;
    }
    if (form.constant != 0 || form.terms.size() != 1 || form.terms[0].coefficient != 1 ||
        form.terms[0].atom.kind != AtomKind::axis || form.terms[0].atom.id != axes[i].id)
      return false;
  }
  return true;
}

Kernel over_rows(const Kernel& like, std::size_t count) {
  Kernel made;
  made.origin = like.origin;
  const std::vector<Axis> all = loops(like, like.stages[0]);
  for (std::size_t i = 0; i < count; ++i) {
    const AxisInfo& info = like.pool.indices().axis(all[i]);
    made.axes.push_back(made.pool.indices().new_axis(info.extent, info.name));
  }
  return made;
}

void append_stages(Kernel& merged, const Kernel& from) {
  Rewriter rewriter(from.pool, merged.pool);
  const std::uint32_t first_local = static_cast<std::uint32_t>(merged.locals.size());
  merged.locals.insert(merged.locals.end(), from.locals.begin(), from.locals.end());
  rewriter.on_leaf = [&](const ExprNode& node, std::span<const Index> at, Expr guard) {
    if (node.source < local_buffer) return Expr{};
    return merged.pool.load(node.source + first_local, node.dtype, at, guard);
  };
  for (const Stage& stage : from.stages) {
    const std::vector<Axis> all = loops(from, stage);
    const std::size_t rows = merged.axes.size();
    for (std::size_t i = 0; i < rows; ++i)
      rewriter.map_axis(all[i], merged.pool.indices().of(merged.axes[i]));
    Stage copy;
    for (std::size_t i = rows; i < all.size(); ++i) copy.axes.push_back(rewriter.axis(all[i]));
    copy.serial.assign(copy.axes.size(), false);
    for (const Store& store : stage.stores) {
      Store moved{.buffer = store.buffer};
      if (store.buffer >= local_buffer) moved.buffer += first_local;
      for (const Index index : store.at) moved.at.push_back(rewriter.index(index));
      moved.value = rewriter.expr(store.value);
      copy.stores.push_back(std::move(moved));
    }
    merged.stages.push_back(std::move(copy));
  }
}

} // namespace nnc
