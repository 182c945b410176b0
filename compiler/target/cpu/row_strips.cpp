#include "compiler/target/cpu/row_strips.h"

#include "ir/kernel/rewrite.h"
#include "ir/kernel/runs.h"

#include <algorithm>

namespace nnc::cpu {
namespace {

/// What rows leave for their sums has to stay in L1 beside the rows themselves.
constexpr std::int64_t strip_bytes = 4 * 1024;

/// The terms that a store of all rows of a run adds to what it finds in its place; none for any
/// other store.
std::optional<Expr> added(const Kernel& kernel, const Store& store) {
  const ExprPool& pool = kernel.pool;
  if (!sharing_a_place(pool.indices(), store.at, kernel.axes[0])) return std::nullopt;
  const ExprNode& sum = pool.node(store.value);
  if (sum.op != ScalarOp::add || store.guard.valid() || store.accumulate) return std::nullopt;
  const ExprNode& old = pool.node(sum.operand[0]);
  if (old.op != ScalarOp::load || old.source != store.buffer || old.source >= local_buffer ||
      pool.index_list(old)[0] != store.at[0])
    return std::nullopt;
  return sum.operand[1];
}

std::size_t sums_in(const Kernel& kernel, const Stage& stage) {
  return static_cast<std::size_t>(std::ranges::count_if(
      stage.stores, [&](const Store& store) { return added(kernel, store).has_value(); }));
}

/// Do all stages either add up or do nothing of that?
bool keeps_sums_apart(const Kernel& kernel) {
  return std::ranges::all_of(kernel.stages, [&](const Stage& stage) {
    const std::size_t sums = sums_in(kernel, stage);
    if (sums > 0) return sums == stage.stores.size();
    return std::ranges::none_of(stage.stores, [&](const Store& store) {
      return store.buffer < local_buffer &&
             sharing_a_place(kernel.pool.indices(), store.at, kernel.axes[0]);
    });
  });
}

std::int64_t strip_of(const Kernel& kernel) {
  const std::int64_t rows = kernel.pool.indices().axis(kernel.axes[0]).extent;
  const std::int64_t run = run_length(kernel);
  std::int64_t bytes = 0;
  for (const LocalBuffer& local : kernel.locals) bytes += local.type.bytes();
  for (const std::int64_t strip : {8, 4, 2})
    if (rows % strip == 0 && run % strip == 0 && strip * bytes <= strip_bytes) return strip;
  return 1;
}

class Strips {
public:
  Strips(Kernel& kernel, std::int64_t strip)
      : kernel_(kernel), pool_(kernel.pool), row_(kernel.axes[0]), strip_(strip),
        to_row_(pool_, pool_), to_first_(pool_, pool_) {
    IndexPool& indices = pool_.indices();
    const AxisInfo rows = indices.axis(row_);
    strips_ = indices.new_axis(rows.extent / strip, rows.name);
    within_ = indices.new_axis(strip, rows.name + "w");
    const Index first = indices.mul(indices.of(strips_), strip);
    to_first_.map_axis(row_, first);
    to_row_.map_axis(row_, indices.add(first, indices.of(within_)));
    to_row_.on_leaf = [this](const ExprNode& node, std::span<const Index> at, Expr guard) {
      if (node.source < local_buffer) return Expr{};
      const Index place = place_of_local(node.source, at[0]);
      return pool_.load(node.source, node.dtype, std::span(&place, 1), guard);
    };
  }

  void make() {
    for (Stage& stage : kernel_.stages)
      if (sums_in(kernel_, stage) > 0)
        for (Store& store : stage.stores) add_strip(store);
      else
        go_over_strip(stage);
    for (LocalBuffer& local : kernel_.locals)
      local.type.shape.insert(local.type.shape.begin(), strip_);
    kernel_.axes[0] = strips_;
  }

private:
  Index place_of_local(std::uint32_t buffer, Index at) {
    IndexPool& indices = pool_.indices();
    const std::int64_t size = kernel_.locals[buffer - local_buffer].type.elements();
    return indices.add(indices.mul(indices.of(within_), size), at);
  }

  /// All rows of a strip have one place for their sum.
  void add_strip(Store& store) {
    const Expr terms = to_row_.expr(*added(kernel_, store));
    const Expr old = to_first_.expr(pool_.node(store.value).operand[0]);
    store.at[0] = to_first_.index(store.at[0]);
    store.value = pool_.add(old, pool_.reduce(Combiner::sum, std::span(&within_, 1), terms));
  }

  void go_over_strip(Stage& stage) {
    stage.axes.insert(stage.axes.begin(), within_);
    stage.serial.insert(stage.serial.begin(), false);
    for (Store& store : stage.stores) {
      store.value = to_row_.expr(store.value);
      if (store.guard.valid()) store.guard = to_row_.expr(store.guard);
      store.at[0] = to_row_.index(store.at[0]);
      if (store.buffer >= local_buffer) store.at[0] = place_of_local(store.buffer, store.at[0]);
    }
  }

  Kernel& kernel_;
  ExprPool& pool_;
  const Axis row_;
  const std::int64_t strip_;
  Axis strips_, within_;
  Rewriter to_row_, to_first_;
};

} // namespace

void take_rows_in_strips(Kernel& kernel) {
  if (run_length(kernel) == 1 || !keeps_sums_apart(kernel)) return;
  if (const std::int64_t strip = strip_of(kernel); strip > 1) Strips(kernel, strip).make();
}

} // namespace nnc::cpu
