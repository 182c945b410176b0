#include "compiler/fuse/column_sums.h"

#include "compiler/fuse/row_stages.h"
#include "ir/kernel/rewrite.h"

#include <map>
#include <optional>

namespace nnc {
namespace {

/// A pass that is spared costs 64 bytes 0.4 ns where they are in L2, 2 ns in L3 and 6 ns in memory;
/// adding to a partial sum costs 0.35 ns, the load and store in L1 that sums of a kernel of their
/// own keep in registers. So it has to be a pass over more than what a near cache still holds.
constexpr double far_bytes = 256 * 1024;
constexpr double partial_bytes = 32 * 1024; ///< of the sums of one run: those stay in L1
constexpr std::int64_t shortest_run = 16;   ///< rows: partial sums are 1/16 of the tensor at most
constexpr std::int64_t most_runs = 128;
constexpr std::int64_t fewest_columns = 16;

/// The sums of a kernel that adds up over rows, each over one axis of so many.
struct ColumnSums {
  std::vector<Expr> sums;
  std::int64_t rows = 0;
};

std::vector<Axis> axes_of(const ExprPool& pool, Expr sum) {
  const auto axes = pool.axis_list(pool.node(sum));
  return {axes.begin(), axes.end()};
}

/// A sum of sums, and what is found by indices from data, which may be checked on the way.
bool is_more_than_rows(const ExprPool& pool, const ExprNode& node) {
  if (node.op == ScalarOp::reduce) return true;
  return node.op == ScalarOp::load && std::ranges::any_of(pool.index_list(node), [&](Index index) {
           return !pool.indices().data_of(index).empty();
         });
}

std::optional<ColumnSums> column_sums(const KernelGraph& graph, std::size_t k) {
  const KernelFacts& facts = graph.facts(k);
  if (!facts.plain || !facts.reduces || facts.contracts || graph.completed_elsewhere(k))
    return std::nullopt;
  const Kernel& kernel = graph.kernel(k);
  ColumnSums found;
  for (const Expr expr : topological_order(kernel.pool, kernel_roots(kernel))) {
    const ExprNode& node = kernel.pool.node(expr);
    if (node.op != ScalarOp::reduce) continue;
    if (node.combiner != Combiner::sum || (node.dtype != DType::f32 && node.dtype != DType::f64))
      return std::nullopt;
    const auto over = extents(kernel, axes_of(kernel.pool, expr));
    if (over.size() != 1 || (!found.sums.empty() && over[0] != found.rows)) return std::nullopt;
    found.rows = over[0];
    found.sums.push_back(expr);
  }
  const auto below = [&](Expr sum) {
    return topological_order(kernel.pool, std::span(kernel.pool.node(sum).operand, 1));
  };
  for (const Expr sum : found.sums)
    for (const Expr expr : below(sum))
      if (is_more_than_rows(kernel.pool, kernel.pool.node(expr))) return std::nullopt;
  return found;
}

/// The axes that a sum has an element for, in the order of the kernel's loops.
std::vector<Axis> columns_of(const Kernel& kernel, Expr sum) {
  std::vector<Axis> columns;
  for (const Axis axis : kernel.stages[0].axes)
    if (std::ranges::find(kernel.pool.free_axes(sum), axis) != kernel.pool.free_axes(sum).end())
      columns.push_back(axis);
  return columns;
}

std::int64_t points(const Kernel& kernel, const std::vector<Axis>& axes) {
  std::int64_t count = 1;
  for (const std::int64_t extent : extents(kernel, axes)) count *= extent;
  return count;
}

/// Rows of a run: a multiple of 8, so that a target may take some at a time.
std::int64_t run_of(std::int64_t rows) {
  return std::max(shortest_run, ((rows + most_runs - 1) / most_runs + 7) / 8 * 8);
}

class RowsWithSums {
public:
  RowsWithSums(const KernelGraph& graph, std::size_t rows, std::size_t columns,
               const ColumnSums& sums, std::span<const Buffer> buffers)
      : graph_(graph), r_(rows), c_(columns), sums_(sums), buffers_(buffers) {}

  /// Bytes that are not gone through once more; 0 where sums cannot go along.
  double spared() const {
    if (!rows_fit() || !values_are_there()) return 0;
    const ExprPool& pool = graph_.kernel(c_).pool;
    std::map<std::uint32_t, double> passes;
    for (const Expr sum : sums_.sums) {
      const std::vector<Axis> over = axes_of(pool, sum);
      for (const Expr expr : topological_order(pool, std::span(pool.node(sum).operand, 1))) {
        const ExprNode& node = pool.node(expr);
        if (node.op == ScalarOp::load && pool.free_axes(expr).size() > over.size() &&
            leads_with(graph_.kernel(c_), pool.index_list(node), over, 1) &&
            goes_by_rows(node.source))
          passes[node.source] = bytes_spared(node.source);
      }
    }
    double bytes = 0;
    for (const auto& [buffer, pass] : passes) bytes += pass;
    return bytes;
  }

private:
  const Kernel& rows() const { return graph_.kernel(r_); }

  /// Are there rows, as many as are summed, that lie along memory?
  bool rows_fit() const {
    const KernelFacts& facts = graph_.facts(r_);
    if (facts.serial || facts.contracts || (!facts.plain && rows().axes.size() != 1)) return false;
    if (facts.nodes + graph_.facts(c_).nodes > expression_limit) return false;
    const std::vector<std::int64_t> extent = extents(rows(), loops(rows(), rows().stages[0]));
    return !extent.empty() && extent[0] == sums_.rows && !reads_columns(rows(), 1);
  }

  /// Is all that is summed there once the row is done, and are the sums wanted later only?
  bool values_are_there() const {
    if (graph_.completed_elsewhere(r_) || graph_.checked_between(r_, c_)) return false;
    const std::vector<std::size_t> before = graph_.users(c_);
    if (std::ranges::find(before, r_) != before.end()) return false;
    if (graph_.path_around(r_, c_) || graph_.path_around(c_, r_)) return false;
    const Kernel& columns = graph_.kernel(c_);
    for (const Stage& stage : rows().stages)
      for (const Store& store : stage.stores)
        if (store.buffer < local_buffer && is_summed(store.buffer) &&
            !leads_with(rows(), store.at, loops(rows(), stage), 1))
          return false;
    return std::ranges::all_of(sums_.sums, [&](Expr sum) {
      const std::vector<Axis> over = axes_of(columns.pool, sum);
      const ExprNode& node = columns.pool.node(sum);
      return std::ranges::all_of(
          topological_order(columns.pool, std::span(node.operand, 1)), [&](Expr expr) {
            const ExprNode& load = columns.pool.node(expr);
            return load.op != ScalarOp::load || !is_written(load.source) ||
                   leads_with(columns, columns.pool.index_list(load), over, 1);
          });
    });
  }

  bool is_written(std::uint32_t buffer) const {
    return std::ranges::find(graph_.writes(r_), buffer) != graph_.writes(r_).end();
  }

  bool is_summed(std::uint32_t buffer) const {
    return std::ranges::find(graph_.reads(c_), buffer) != graph_.reads(c_).end();
  }

  /// Does the kernel over rows go through a tensor by the same rows?
  bool goes_by_rows(std::uint32_t buffer) const {
    if (is_written(buffer)) return true;
    bool found = false;
    every_load(rows(), {buffer}, [&](const ExprNode& node, const Stage& stage) {
      found = leads_with(rows(), rows().pool.index_list(node), loops(rows(), stage), 1);
      return found;
    });
    return found;
  }

  /// What only the sums read need not be stored either.
  double bytes_spared(std::uint32_t buffer) const {
    const bool needless = is_written(buffer) && !graph_.kept(buffer) &&
                          std::ranges::all_of(graph_.readers(buffer, c_),
                                              [&](std::size_t reader) { return reader == r_; });
    return static_cast<double>(buffers_[buffer].type.bytes()) * (needless ? 2 : 1);
  }

  const KernelGraph& graph_;
  std::size_t r_, c_;
  const ColumnSums& sums_;
  std::span<const Buffer> buffers_;
};

/// Builds both kernels.
class Taking {
public:
  Taking(const Kernel& rows, const Kernel& columns, const ColumnSums& sums)
      : columns_(columns), sums_(sums), merged_(over_rows(rows, 1)), joined_(columns),
        into_joined_(joined_.pool, joined_.pool) {
    append_stages(merged_, rows);
    row_ = merged_.pool.indices().of(merged_.axes[0]);
    run_ = run_of(sums.rows);
  }

  std::int64_t runs() const { return (sums_.rows + run_ - 1) / run_; }

  /// A stage for each set of columns, with partial sums that `make_buffer(sum, shape)` names.
  template <class MakeBuffer>
  void run(MakeBuffer make_buffer) {
    std::map<std::vector<Axis>, Along> stages;
    for (const Expr sum : sums_.sums) {
      const std::vector<Axis> columns = columns_of(columns_, sum);
      const auto [known, fresh] =
          stages.try_emplace(columns, Along{Rewriter(columns_.pool, merged_.pool), {}});
      if (fresh) open(known->second, columns);
      Shape shape = extents(columns_, columns);
      shape.insert(shape.begin(), runs());
      const std::uint32_t buffer = make_buffer(sum, std::move(shape));
      add_up(known->second, sum, buffer);
      join(sum, columns, buffer);
    }
    for (auto& [columns, along] : stages) merged_.stages.push_back(std::move(along.stage));
    for (Store& store : joined_.stages[0].stores) store.value = into_joined_.expr(store.value);
  }

  Kernel take_rows() { return std::move(merged_); }
  Kernel take_joined() { return std::move(joined_); }

private:
  /// A stage that adds up, with axes of its own.
  struct Along {
    Rewriter into_rows;
    Stage stage;
  };

  static void open(Along& along, const std::vector<Axis>& columns) {
    for (const Axis axis : columns) along.stage.axes.push_back(along.into_rows.axis(axis));
    along.stage.serial.assign(columns.size(), false);
  }

  /// The first row of a run begins its sums: nothing is read before it is written.
  void add_up(Along& along, Expr sum, std::uint32_t buffer) {
    auto& [into_rows, stage] = along;
    ExprPool& pool = merged_.pool;
    into_rows.map_axis(axes_of(columns_.pool, sum)[0], row_);
    const Expr value = into_rows.expr(columns_.pool.node(sum).operand[0]);
    Store store{.buffer = buffer, .at = {pool.indices().floor_div(row_, run_)}};
    for (const Axis axis : stage.axes) store.at.push_back(pool.indices().of(axis));
    const Expr within = pool.index_value(pool.indices().mod(row_, run_));
    const Expr later = pool.compare(ScalarOp::gt, within, pool.constant_int(DType::i64, 0));
    const DType dtype = columns_.pool.dtype(sum);
    store.value = pool.add(pool.load(buffer, dtype, store.at, later), value);
    stage.stores.push_back(std::move(store));
  }

  void join(Expr sum, const std::vector<Axis>& columns, std::uint32_t buffer) {
    ExprPool& pool = joined_.pool;
    const Axis run = pool.indices().new_axis(runs(), "run");
    std::vector<Index> at{pool.indices().of(run)};
    for (const Axis axis : columns) at.push_back(pool.indices().of(axis));
    const Expr part = pool.load(buffer, pool.dtype(sum), at);
    into_joined_.redirect(sum, pool.reduce(Combiner::sum, std::span(&run, 1), part));
  }

  const Kernel& columns_;
  const ColumnSums& sums_;
  Kernel merged_, joined_;
  Rewriter into_joined_;
  Index row_;
  std::int64_t run_ = 1;
};

/// Enough rows for some runs, and sums that stay in L1 beside a row.
bool is_worth_runs(const Kernel& kernel, const ColumnSums& sums) {
  std::int64_t widest = 0;
  double bytes = 0;
  for (const Expr sum : sums.sums) {
    const std::int64_t columns = points(kernel, columns_of(kernel, sum));
    bytes += static_cast<double>(columns) * static_cast<double>(dtype_size(kernel.pool.dtype(sum)));
    widest = std::max(widest, columns);
  }
  return sums.rows >= 2 * shortest_run && widest >= fewest_columns && bytes <= partial_bytes;
}

} // namespace

void take_column_sums_along(KernelGraph& graph, std::vector<Buffer>& buffers) {
  for (std::size_t c = 0; c < graph.count(); ++c) {
    const auto sums = graph.alive(c) ? column_sums(graph, c) : std::nullopt;
    if (!sums || !is_worth_runs(graph.kernel(c), *sums)) continue;
    std::optional<std::size_t> best;
    double most = far_bytes;
    std::set<std::size_t> near;
    for (const std::uint32_t buffer : graph.reads(c))
      for (const std::size_t r : graph.neighbours(buffer, c, near_tried)) near.insert(r);
    for (const std::size_t r : near) {
      const double spared = RowsWithSums(graph, r, c, *sums, buffers).spared();
      if (spared <= most) continue;
      most = spared;
      best = r;
    }
    if (!best) continue;
    Taking taking(graph.kernel(*best), graph.kernel(c), *sums);
    const Buffer& result = buffers[graph.writes(c)[0]];
    const std::string name = result.name;
    const OriginId origin = result.origin;
    int parts = 0;
    taking.run([&](Expr sum, Shape shape) {
      const DType dtype = graph.kernel(c).pool.dtype(sum);
      buffers.push_back({.name = name + ".runs" + std::to_string(parts++),
                         .type = {dtype, std::move(shape)},
                         .data = {},
                         .origin = origin});
      return graph.add_buffer();
    });
    Kernel joined = taking.take_joined();
    graph.change(*best, taking.take_rows());
    graph.change(c, std::move(joined));
  }
}

} // namespace nnc
