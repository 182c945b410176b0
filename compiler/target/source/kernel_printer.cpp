#include "compiler/target/source/kernel_printer.h"

#include <fmt/format.h>

namespace nnc::source {

KernelPrinter::KernelPrinter(const SharedKernel& function, Library& library,
                             const aot::Names& taken)
    : function_(function), buffers_(function.program->buffers),
      kernel_(prepare(*function.kernel, buffers_, function.operands, in_source)),
      printer_(kernel_.pool, library, lines_, aot::Names::inside(taken)),
      names_(name_kernel(function, kernel_, printer_, taken)),
      order_(topological_order(kernel_.pool, kernel_roots(kernel_))),
      written_(loads_of_written(kernel_.pool, order_, kernel_.stages)) {}

void KernelPrinter::open(const Head& head) {
  std::string list = parameters(function_, names_, head.restrict_word), scratch;
  if (head.in_scratch) {
    scratch = printer_.fresh("scratch");
    list += fmt::format(", unsigned char *{} {}", head.restrict_word, scratch);
    scratch += head.scratch_offset;
  }
  lines_.open(fmt::format("{} {}({}) {{", head.before, function_.name, list));
  for (const std::string& name : names_.unused) lines_.add(fmt::format("(void){};", name));
  declare_locals(printer_, kernel_, names_, head.local_storage, scratch);
  expect_kernel(printer_, kernel_);
}

} // namespace nnc::source
