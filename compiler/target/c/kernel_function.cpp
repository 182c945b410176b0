#include "compiler/target/c/kernel_function.h"

#include "compiler/target/source/kernel_printer.h"
#include "ir/kernel/locals.h"

namespace nnc::c {
namespace {

using namespace source;

constexpr std::int64_t stack_bytes = 16 * 1024; ///< local buffers beyond this are in scratch memory

class FunctionPrinter : KernelPrinter {
public:
  FunctionPrinter(const SharedKernel& function, Library& library, const aot::Names& taken)
      : KernelPrinter(function, library, taken) {}

  PrintedKernel print() {
    const std::int64_t bytes = local_bytes(kernel_);
    const bool in_scratch = bytes > stack_bytes;
    open({.before = "static void", .restrict_word = "restrict", .in_scratch = in_scratch});
    rows(0);
    lines_.close();
    return {lines_.take(), in_scratch ? bytes : 0};
  }

private:
  void rows(std::size_t depth) {
    const ExpressionPrinter::Scope scope(printer_);
    printer_.emit(order_, &written_);
    if (depth < kernel_.axes.size()) {
      printer_.open_loop(kernel_.axes[depth]);
      rows(depth + 1);
      return printer_.close_loop(kernel_.axes[depth]);
    }
    for (const Stage& stage : kernel_.stages) print_stage(printer_, stage, dtypes());
  }
};

} // namespace

PrintedKernel kernel_function(const SharedKernel& function, Library& library,
                              const aot::Names& taken) {
  return FunctionPrinter(function, library, taken).print();
}

} // namespace nnc::c
