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
    std::vector<Stage> stages;
    for (Stage& stage : kernel_.stages) {
      if (sums_in(kernel_, stage) > 0) {
        for (Store& store : stage.stores) add_strip(store);
      } else {
        if (auto first = take_reductions(stage)) stages.push_back(std::move(*first));
        go_over_strip(stage);
      }
      stages.push_back(std::move(stage));
    }
    kernel_.stages = std::move(stages);
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

  /// What `stage` reduces once a row goes into locals, in a stage before it: what is left then has
  /// a strip for its vector, instead of one chain of dependent operations after the other.
  std::optional<Stage> take_reductions(Stage& stage) {
    if (!stage.axes.empty()) return std::nullopt;
    std::vector<Expr> reductions = topological_order(pool_, stage_roots(pool_, stage));
    std::erase_if(reductions, [&](Expr expr) { return !is_reduction(expr); });
    if (reductions.empty() ||
        std::ranges::any_of(reductions, [&](Expr expr) { return reduces_within(expr); }))
      return std::nullopt;
    Stage first;
    Rewriter apart(pool_, pool_);
    for (const Expr reduction : reductions) {
      first.stores.push_back(put_into_local(reduction));
      apart.redirect(reduction, local_of(first.stores.back().buffer));
    }
    for (Store& store : stage.stores) {
      store.value = apart.expr(store.value);
      if (store.guard.valid()) store.guard = apart.expr(store.guard);
      for (Index& at : store.at) at = apart.index(at);
    }
    go_over_strip(first);
    return first;
  }

  bool is_reduction(Expr expr) const { return pool_.node(expr).op == ScalarOp::reduce; }
  bool reduces_within(Expr reduction) const {
    const auto body = topological_order(pool_, std::span(pool_.node(reduction).operand, 1));
    return std::ranges::any_of(body, [&](Expr expr) { return is_reduction(expr); });
  }

  Store put_into_local(Expr reduction) {
    const auto buffer = static_cast<std::uint32_t>(local_buffer + kernel_.locals.size());
    const DType dtype = pool_.node(reduction).dtype;
    kernel_.locals.push_back({.name = "row", .type = {.dtype = dtype, .shape = {}}});
    return {.buffer = buffer, .at = {pool_.indices().constant(0)}, .value = reduction};
  }

  Expr local_of(std::uint32_t buffer) {
    const Index at = pool_.indices().constant(0);
    const DType dtype = kernel_.locals[buffer - local_buffer].type.dtype;
    return pool_.load(buffer, dtype, std::span(&at, 1), Expr{});
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
