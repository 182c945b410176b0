#include "compiler/target/c/kernel_function.h"

#include "compiler/target/source/kernel_names.h"
#include "compiler/target/source/stage.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::c {
namespace {

using namespace source;

constexpr std::int64_t stack_bytes = 16 * 1024; ///< local buffers beyond this are in scratch memory

class FunctionPrinter {
public:
  FunctionPrinter(const SharedKernel& function, Library& library,
                  const std::vector<std::string>& taken)
      : function_(function), buffers_(function.program->buffers),
        kernel_(prepare(*function.kernel, buffers_, function.operands, in_source)),
        printer_(kernel_.pool, library, lines_, {taken.begin(), taken.end()}),
        names_(name_kernel(function, kernel_, printer_, taken)) {}

  KernelFunction print() {
    const std::int64_t bytes = local_bytes(kernel_);
    scratch_ = bytes > stack_bytes ? bytes : 0;
    std::string head = parameters(function_, names_, "restrict");
    const std::string scratch = scratch_ ? printer_.fresh("scratch") : std::string();
    if (scratch_) head += ", unsigned char *restrict " + scratch;
    lines_.open(fmt::format("static void {}({}) {{", function_.name, head));
    for (const std::string& name : names_.unused) lines_.add(fmt::format("(void){};", name));
    declare_locals(printer_, kernel_, names_, "", scratch);
    expect_kernel(printer_, kernel_);
    order_ = topological_order(kernel_.pool, kernel_roots(kernel_));
    written_ = loads_of_written(kernel_.pool, order_, kernel_.stages);
    rows(0);
    lines_.close();
    return {lines_.take(), scratch_};
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
    for (const Stage& stage : kernel_.stages)
      print_stage(printer_, stage, dtypes_of(buffers_, kernel_));
  }

  const SharedKernel& function_;
  const std::vector<Buffer>& buffers_;
  const Kernel kernel_;
  Lines lines_;
  ExpressionPrinter printer_;
  KernelNames names_;
  std::vector<Expr> order_;
  std::vector<bool> written_;
  std::int64_t scratch_ = 0;
};

} // namespace

KernelFunction kernel_function(const SharedKernel& function, Library& library,
                               const std::vector<std::string>& taken) {
  return FunctionPrinter(function, library, taken).print();
}

} // namespace nnc::c
