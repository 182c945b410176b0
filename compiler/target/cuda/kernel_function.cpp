#include "compiler/target/cuda/kernel_function.h"

#include "compiler/target/cuda/block_functions.h"
#include "compiler/target/cuda/mapping.h"
#include "compiler/target/cuda/points.h"
#include "compiler/target/cuda/tiles.h"
#include "compiler/target/source/kernel_printer.h"
#include "ir/kernel/locals.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cuda {
namespace {

using namespace source;

constexpr std::int64_t shared_bytes =
    40 * 1024; ///< local buffers beyond this are in scratch memory
constexpr std::int64_t most_tile_blocks = 65'535;
constexpr std::int64_t scratch_blocks = 256; ///< that are given scratch memory

class FunctionPrinter : KernelPrinter {
public:
  FunctionPrinter(const SharedKernel& function, Library& library, const aot::Names& taken)
      : KernelPrinter(function, library, taken), library_(library), tiles_(find_tiles(kernel_)),
        mapping_(map_kernel(kernel_)) {}

  KernelFunction print() {
    const std::int64_t bytes = local_bytes(kernel_);
    const bool in_scratch = bytes > shared_bytes;
    if (in_scratch) mapping_.blocks = std::min(mapping_.blocks, scratch_blocks);
    open({.before = "__global__ void",
          .restrict_word = "__restrict__",
          .local_storage = "__shared__ ",
          .scratch_offset = fmt::format(" + blockIdx.x * INT64_C({})", bytes),
          .in_scratch = in_scratch});
    if (tiles_)
      print_tiles(printer_, library_, kernel_, *tiles_, dtypes());
    else if (mapping_.kind == Mapping::Kind::points)
      points();
    else
      rows();
    lines_.close();
    Launch launch{mapping_.blocks, mapping_.threads};
    if (tiles_)
      launch = {std::min(tile_count(kernel_.pool, *tiles_), most_tile_blocks), tile_threads};
    return {{lines_.take(), in_scratch ? bytes * launch.blocks : 0}, launch};
  }

private:
  void points() {
    const ExpressionPrinter::Scope scope(printer_);
    open_points(printer_, mapping_.axes, "blockIdx.x * (int64_t)blockDim.x + threadIdx.x",
                "(int64_t)gridDim.x * blockDim.x");
    {
      const ExpressionPrinter::Scope inside(printer_);
      printer_.emit(order_, &written_);
      print_stage(printer_, kernel_.stages[0], dtypes());
    }
    close_points(printer_, mapping_.axes);
  }

  void rows() {
    printer_.other_reduction = [this](Expr expr) { return shared_reduction(expr); };
    const ExpressionPrinter::Scope scope(printer_);
    printer_.emit(order_, &written_);
    open_rows();
    {
      const ExpressionPrinter::Scope inside(printer_);
      printer_.emit(order_, &written_);
      for (const Stage& stage : kernel_.stages) {
        block_stage(stage);
        if (kernel_.stages.size() > 1 || mapping_.run > 1) lines_.add("__syncthreads();");
      }
    }
    if (!mapping_.axes.empty()) close_points(printer_, mapping_.axes);
    if (mapping_.run > 1) printer_.close();
  }

  /// A block takes a row at a time, or the rows of a run one after the other.
  void open_rows() {
    if (mapping_.axes.empty()) return;
    if (mapping_.run == 1) return open_points(printer_, mapping_.axes, "blockIdx.x", "gridDim.x");
    const std::string run = printer_.fresh("run");
    printer_.open(fmt::format("for (int64_t {0} = blockIdx.x; {0} < {1}; {0} += gridDim.x) {{", run,
                              mapping_.points));
    const Axis row = mapping_.axes[0];
    const std::int64_t rows = kernel_.pool.indices().axis(row).extent;
    const std::string name = printer_.axis_name();
    const std::string first = fmt::format("{} * {}", run, mapping_.run);
    std::string within = fmt::format("{} < {} + {}", name, first, mapping_.run);
    if (rows % mapping_.run != 0) within += fmt::format(" && {} < {}", name, rows);
    printer_.open(fmt::format("for (int64_t {0} = {1}; {2}; ++{0}) {{", name, first, within));
    printer_.bind(row, name);
  }

  /// The threads share the points; where there is one, the first thread stores.
  void block_stage(const Stage& stage) {
    const ExprPool& pool = kernel_.pool;
    const std::vector<Expr> order = topological_order(pool, stage_roots(pool, stage));
    const std::vector<bool> written = loads_of_written(pool, order, std::span(&stage, 1));
    const ExpressionPrinter::Scope scope(printer_);
    printer_.emit(order, &written);
    std::vector<Axis> axes;
    for (const Axis axis : parallel_axes(stage))
      if (!printer_.bound(axis)) axes.push_back(axis);
    if (axes.empty())
      printer_.open("if (threadIdx.x == 0) {");
    else
      open_points(printer_, axes, "threadIdx.x", "blockDim.x");
    alone_ = true;
    {
      const ExpressionPrinter::Scope inside(printer_);
      print_stage(printer_, stage, dtypes());
    }
    alone_ = false;
    if (axes.empty())
      printer_.close();
    else
      close_points(printer_, axes);
  }

  /// Each thread adds up every blockDim.x-th term, then all of them join theirs.
  std::optional<Text> shared_reduction(Expr expr) {
    const ExprNode& node = kernel_.pool.node(expr);
    if (alone_ || !is_shared(kernel_.pool, node)) return std::nullopt;
    const ExpressionPrinter::Total total = printer_.open_total(node);
    share_terms(total, node, "threadIdx.x", "blockDim.x");
    return joined(total, node);
  }

  void share_terms(const ExpressionPrinter::Total& total, const ExprNode& node,
                   const std::string& first, const std::string& step) {
    const std::span<const Axis> axes = kernel_.pool.axis_list(node);
    open_points(printer_, axes, first, step);
    alone_ = true;
    {
      const ExpressionPrinter::Scope inside(printer_);
      printer_.emit(topological_order(kernel_.pool, std::span(node.operand, 1)));
      printer_.accumulate(total, node);
    }
    alone_ = false;
    close_points(printer_, axes);
  }

  /// The total of the block, in all of its threads.
  Text joined(const ExpressionPrinter::Total& total, const ExprNode& node) {
    const std::string function =
        block_reduction(library_, node.combiner, kernel_.pool.dtype(node.operand[0]));
    const std::string& result = total.at.empty() ? total.value : total.at;
    lines_.add(fmt::format("{} = {}({}{});", result, function, total.value,
                           total.at.empty() ? "" : ", " + total.at));
    return {result};
  }

  Library& library_;
  const std::optional<Contraction> tiles_;
  Mapping mapping_;
  bool alone_ = false; ///< threads are at points of their own
};

} // namespace

KernelFunction kernel_function(const SharedKernel& function, Library& library,
                               const aot::Names& taken) {
  return FunctionPrinter(function, library, taken).print();
}

} // namespace nnc::cuda
