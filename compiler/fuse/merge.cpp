#include "compiler/fuse/merge.h"

#include "compiler/fuse/row_stages.h"
#include "ir/kernel/rewrite.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr int users_tried = 8; ///< of a kernel, nearest first

const Stage& only_stage(const Kernel& kernel) { return kernel.stages[0]; }

bool contains(const std::vector<std::uint32_t>& list, std::uint32_t item) {
  return std::ranges::find(list, item) != list.end();
}

bool shares_a_read(const KernelGraph& graph, std::size_t a, std::size_t b) {
  return std::ranges::any_of(
      graph.reads(a), [&](std::uint32_t buffer) { return contains(graph.reads(b), buffer); });
}

/// Merged kernels lie where their users were, so an earlier position may read a later one.
bool reads_result(const KernelGraph& graph, std::size_t reader, std::size_t writer) {
  return std::ranges::any_of(graph.reads(reader), [&](std::uint32_t buffer) {
    return contains(graph.writes(writer), buffer);
  });
}

/// May two kernels be one loop? Reductions of both only where neither needs the other's.
bool can_merge_pointwise(const KernelGraph& graph, std::size_t first, std::size_t second,
                         bool side_by_side = false) {
  const Kernel &a = graph.kernel(first), &b = graph.kernel(second);
  const KernelFacts &fa = graph.facts(first), &fb = graph.facts(second);
  if (!fa.plain || !fb.plain || fa.nodes + fb.nodes > expression_limit) return false;
  if (graph.completed_elsewhere(first)) return false;
  if (fa.reduces && fb.reduces && !side_by_side) return false;
  if (graph.checked_between(first, second)) return false;
  const std::vector<Axis>& axes = only_stage(b).axes;
  if (extents(a, only_stage(a).axes) != extents(b, axes)) return false;
  const bool own_indices =
      every_load(b, graph.writes(first), [&](const ExprNode& node, const Stage&) {
        return !node.guard.valid() && leads_with(b, b.pool.index_list(node), axes, axes.size());
      });
  return own_indices && !graph.path_around(first, second);
}

/// `first`'s stores before those of `second`, whose loads of `first`'s results become its values.
Kernel join_pointwise(const Kernel& first, const Kernel& second) {
  Kernel merged;
  merged.origin = second.origin;
  Stage stage;
  Rewriter from_first(first.pool, merged.pool), from_second(second.pool, merged.pool);
  for (std::size_t i = 0; i < only_stage(second).axes.size(); ++i) {
    const Axis axis = from_second.axis(only_stage(second).axes[i]);
    stage.axes.push_back(axis);
    from_first.map_axis(only_stage(first).axes[i], merged.pool.indices().of(axis));
  }
  stage.serial.assign(stage.axes.size(), false);
  std::unordered_map<std::uint32_t, Expr> values;
  for (const Store& store : only_stage(first).stores) {
    Store copy{.buffer = store.buffer};
    for (const Index index : store.at) copy.at.push_back(from_first.index(index));
    copy.value = values[store.buffer] = from_first.expr(store.value);
    stage.stores.push_back(std::move(copy));
  }
  from_second.on_leaf = [&](const ExprNode& node, std::span<const Index>, Expr) {
    const auto found = values.find(node.source);
    return found == values.end() ? Expr{} : found->second;
  };
  for (const Store& store : only_stage(second).stores) {
    Store copy{.buffer = store.buffer};
    for (const Index index : store.at) copy.at.push_back(from_second.index(index));
    copy.value = from_second.expr(store.value);
    stage.stores.push_back(std::move(copy));
  }
  merged.stages.push_back(std::move(stage));
  return merged;
}

/// Removes stores of `k` to buffers nobody reads any more.
void drop_unread_of(KernelGraph& graph, std::size_t k) {
  Kernel& kernel = graph.kernel(k);
  bool changed = false;
  for (Stage& stage : kernel.stages)
    changed |= std::erase_if(stage.stores, [&](const Store& store) {
                 return store.buffer < local_buffer && !graph.kept(store.buffer) &&
                        graph.readers(store.buffer, k).empty() &&
                        !contains(graph.reads(k), store.buffer);
               }) > 0;
  std::erase_if(kernel.stages, [](const Stage& stage) { return stage.stores.empty(); });
  if (changed) graph.refresh(k);
}

/// Number of leading axes over which `b` needs `a`'s results only within a row; 0 = not row-local.
std::size_t shared_rows(const KernelGraph& graph, std::size_t first, std::size_t second) {
  const Kernel &a = graph.kernel(first), &b = graph.kernel(second);
  std::size_t rows = SIZE_MAX;
  for (const Kernel* kernel : {&a, &b}) {
    if (!kernel->axes.empty()) rows = std::min(rows, kernel->axes.size());
    for (const Stage& stage : kernel->stages) rows = std::min(rows, loops(*kernel, stage).size());
  }
  for (const Stage& stage : a.stages)
    for (const Store& store : stage.stores) {
      while (rows > 0 && store.buffer < local_buffer &&
             !leads_with(a, store.at, loops(a, stage), rows))
        --rows;
    }
  every_load(b, graph.writes(first), [&](const ExprNode& node, const Stage& stage) {
    while (rows > 0 && !leads_with(b, b.pool.index_list(node), loops(b, stage), rows)) --rows;
    return rows > 0;
  });
  for (const Kernel* kernel : {&a, &b})
    if (!kernel->axes.empty() && kernel->axes.size() != rows) return 0;
  const auto row_extents = [&](const Kernel& kernel) {
    std::vector<std::int64_t> all = extents(kernel, loops(kernel, kernel.stages[0]));
    all.resize(rows);
    return all;
  };
  return rows > 0 && row_extents(a) == row_extents(b) ? rows : 0;
}

bool can_merge_rows(const KernelGraph& graph, std::size_t first, std::size_t second) {
  const KernelFacts &a = graph.facts(first), &b = graph.facts(second);
  if (a.serial || b.serial || a.contracts || b.contracts) return false;
  if (a.nodes + b.nodes > expression_limit || (!a.reduces && !b.reduces)) return false;
  if (graph.completed_elsewhere(first) || graph.checked_between(first, second)) return false;
  const std::size_t rows = shared_rows(graph, first, second);
  return rows > 0 && !reads_columns(graph.kernel(first), rows) &&
         !reads_columns(graph.kernel(second), rows) && !graph.path_around(first, second);
}

Kernel join_rows(const Kernel& first, const Kernel& second, std::size_t rows) {
  Kernel merged = over_rows(first, rows);
  merged.origin = second.origin;
  append_stages(merged, first);
  append_stages(merged, second);
  return merged;
}

/// Tries to merge each kernel into the first of its users that allows it, until none does.
template <class Can, class Join>
void merge_all(KernelGraph& graph, Can can, Join join) {
  for (std::size_t k = 0; k < graph.count(); ++k) {
    bool again = graph.alive(k);
    while (again) {
      again = false;
      int tried = 0;
      for (const std::size_t user : graph.users(k)) {
        if (++tried > users_tried) break;
        if (!can(user)(k)) continue;
        join(k, user);
        again = graph.alive(k);
        break;
      }
    }
  }
}

/// The extents that all reductions of a kernel go over; empty where they differ.
std::vector<std::int64_t> reduced_extents(const Kernel& kernel) {
  std::vector<std::int64_t> found;
  const std::vector<Expr> roots = stage_roots(kernel.pool, only_stage(kernel));
  for (const Expr expr : topological_order(kernel.pool, roots)) {
    const ExprNode& node = kernel.pool.node(expr);
    if (node.op != ScalarOp::reduce) continue;
    const auto axes = kernel.pool.axis_list(node);
    const auto over = extents(kernel, {axes.begin(), axes.end()});
    if (!found.empty() && over != found) return {};
    found = over;
  }
  return found;
}

/// Loops over the same elements that read the same tensor are one loop with more results: those
/// that do not reduce, and reductions of as many elements down columns, which share their loops.
bool belong_together(const KernelGraph& graph, std::size_t first, std::size_t second) {
  const KernelFacts &a = graph.facts(first), &b = graph.facts(second);
  if (!shares_a_read(graph, first, second)) return false;
  if (!a.reduces && !b.reduces) return true;
  if (!a.reduces || !b.reduces || a.contracts || b.contracts || !a.plain || !b.plain) return false;
  const auto over = reduced_extents(graph.kernel(first));
  const auto down = [&](const Kernel& kernel) {
    return reads_columns(kernel, only_stage(kernel).axes.size());
  };
  return !over.empty() && over == reduced_extents(graph.kernel(second)) &&
         down(graph.kernel(first)) && down(graph.kernel(second));
}

} // namespace

void merge_pointwise(KernelGraph& graph) {
  const auto into_user = [&](std::size_t user) {
    return [&graph, user](std::size_t k) { return can_merge_pointwise(graph, k, user); };
  };
  merge_all(graph, into_user, [&](std::size_t k, std::size_t user) {
    graph.replace(user, k, join_pointwise(graph.kernel(k), graph.kernel(user)));
    drop_unread_of(graph, user);
  });
  for (std::size_t k = 0; k < graph.count(); ++k) {
    if (!graph.alive(k)) continue;
    std::set<std::size_t> near;
    for (const std::uint32_t buffer : graph.reads(k)) {
      const auto next = graph.next_readers(buffer, k, near_tried);
      near.insert(next.begin(), next.end());
    }
    for (const std::size_t other : near) {
      if (!belong_together(graph, k, other)) continue;
      if (reads_result(graph, k, other) || graph.path_around(other, k)) continue;
      if (!can_merge_pointwise(graph, k, other, true)) continue;
      graph.replace(other, k, join_pointwise(graph.kernel(k), graph.kernel(other)));
      break;
    }
  }
}

void merge_rows(KernelGraph& graph) {
  const auto into_user = [&](std::size_t user) {
    return [&graph, user](std::size_t k) { return can_merge_rows(graph, k, user); };
  };
  merge_all(graph, into_user, [&](std::size_t k, std::size_t user) {
    const std::size_t rows = shared_rows(graph, k, user);
    graph.replace(user, k, join_rows(graph.kernel(k), graph.kernel(user), rows));
  });
}

void drop_unread(KernelGraph& graph) {
  for (std::size_t k = graph.count(); k-- > 0;) { // readers first: what they read may go with them
    if (!graph.alive(k)) continue;
    drop_unread_of(graph, k);
    if (!graph.needed(k)) graph.remove(k);
  }
}

namespace {

constexpr std::int64_t local_bytes = 64 * 1024;

/// Can `buffer`, written by kernel `k`, lose its outer axes?
bool is_row_local(const KernelGraph& graph, std::size_t k, std::uint32_t buffer,
                  const Buffer& info) {
  const Kernel& kernel = graph.kernel(k);
  const std::size_t rows = kernel.axes.size();
  if (rows == 0 || graph.kept(buffer) || !graph.readers(buffer, k).empty()) return false;
  std::int64_t bytes = static_cast<std::int64_t>(dtype_size(info.type.dtype));
  for (std::size_t i = rows; i < info.type.shape.size(); ++i) bytes *= info.type.shape[i];
  if (bytes > local_bytes) return false;
  for (const Stage& stage : kernel.stages)
    for (const Store& store : stage.stores)
      if (store.buffer == buffer && !leads_with(kernel, store.at, kernel.axes, rows)) return false;
  return every_load(kernel, {buffer}, [&](const ExprNode& node, const Stage&) {
    return leads_with(kernel, kernel.pool.index_list(node), kernel.axes, rows);
  });
}

void make_local(Kernel& kernel, std::uint32_t buffer, const Buffer& info) {
  const std::size_t rows = kernel.axes.size();
  const std::uint32_t id = local_buffer + static_cast<std::uint32_t>(kernel.locals.size());
  kernel.locals.push_back(
      {info.name,
       {info.type.dtype, Shape(info.type.shape.begin() + static_cast<std::ptrdiff_t>(rows),
                               info.type.shape.end())}});
  Rewriter rewriter(kernel.pool, kernel.pool);
  rewriter.on_leaf = [&](const ExprNode& node, std::span<const Index> at, Expr guard) {
    if (node.op != ScalarOp::load || node.source != buffer) return Expr{};
    return kernel.pool.load(id, node.dtype, at.subspan(rows), guard);
  };
  for (Stage& stage : kernel.stages)
    for (Store& store : stage.stores) {
      store.value = rewriter.expr(store.value);
      if (store.buffer != buffer) continue;
      store.buffer = id;
      store.at.erase(store.at.begin(), store.at.begin() + static_cast<std::ptrdiff_t>(rows));
    }
}

} // namespace

void localize(KernelGraph& graph, std::span<const Buffer> buffers) {
  for (std::size_t k = 0; k < graph.count(); ++k) {
    if (!graph.alive(k)) continue;
    for (const std::uint32_t buffer : std::vector(graph.writes(k)))
      if (is_row_local(graph, k, buffer, buffers[buffer]))
        make_local(graph.kernel(k), buffer, buffers[buffer]);
    graph.refresh(k);
  }
}

} // namespace nnc
