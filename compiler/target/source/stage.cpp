#include "compiler/target/source/stage.h"

namespace nnc::source {
namespace {

class StagePrinter {
public:
  StagePrinter(ExpressionPrinter& printer, const Stage& stage, const DTypeOf& dtype_of)
      : printer_(printer), stage_(stage), dtype_of_(dtype_of),
        order_(topological_order(printer.pool, stage_roots(printer.pool, stage))),
        written_(loads_of_written(printer.pool, order_, std::span(&stage, 1))) {}

  void print(std::size_t depth) {
    const ExpressionPrinter::Scope scope(printer_);
    while (depth < stage_.axes.size() && printer_.bound(stage_.axes[depth])) ++depth;
    if (depth == stage_.axes.size()) return point();
    printer_.emit(order_, &written_);
    printer_.open_loop(stage_.axes[depth]);
    print(depth + 1);
    printer_.close_loop(stage_.axes[depth]);
  }

private:
  /// All values of a point are computed before the first is stored.
  void point() {
    std::set<std::uint32_t> stored;
    if (stage_.stores.size() > 1)
      for (const Store& store : stage_.stores) stored.insert(store.buffer);
    printer_.load_first(std::move(stored));
    printer_.emit(order_);
    printer_.load_first({});
    for (const Store& store : stage_.stores) printer_.store(store, dtype_of_(store.buffer));
  }

  ExpressionPrinter& printer_;
  const Stage& stage_;
  const DTypeOf& dtype_of_;
  std::vector<Expr> order_;
  std::vector<bool> written_;
};

} // namespace

DTypeOf dtypes_of(std::span<const Buffer> buffers, const Kernel& kernel) {
  return [buffers, &kernel](std::uint32_t buffer) {
    return buffer < local_buffer ? buffers[buffer].type.dtype
                                 : kernel.locals[buffer - local_buffer].type.dtype;
  };
}

void expect_kernel(ExpressionPrinter& printer, const Kernel& kernel) {
  const std::vector<Expr> roots = kernel_roots(kernel);
  printer.expect(topological_order(kernel.pool, roots), roots);
}

void print_stage(ExpressionPrinter& printer, const Stage& stage, const DTypeOf& dtype_of) {
  StagePrinter(printer, stage, dtype_of).print(0);
}

} // namespace nnc::source
