#include "compiler/target/source/kernel_names.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::source {

KernelNames name_kernel(const SharedKernel& function, const Kernel& prepared,
                        ExpressionPrinter& printer, const aot::Names& taken) {
  std::vector<std::string> wanted;
  for (const KernelOperand& operand : function.operands)
    wanted.push_back(function.program->buffers[operand.buffer].name);
  for (const LocalBuffer& local : prepared.locals) wanted.push_back(local.name);
  const std::vector<std::string> made = aot::c_names(wanted, aot::Names::inside(taken));
  const auto split = made.begin() + std::ssize(function.operands);
  KernelNames names{{made.begin(), split}, {split, made.end()}, {}};
  std::vector<std::uint32_t> used = buffers_read(prepared);
  for (const std::uint32_t buffer : buffers_written(prepared)) used.push_back(buffer);
  for (std::size_t i = 0; i < names.operands.size(); ++i) {
    const std::uint32_t buffer = function.operands[i].buffer;
    printer.name_buffer(buffer, names.operands[i]);
    if (std::ranges::find(used, buffer) == used.end()) names.unused.push_back(names.operands[i]);
  }
  return names;
}

std::string parameters(const SharedKernel& function, const KernelNames& names,
                       std::string_view restrict_word) {
  std::string text;
  const std::vector<std::uint32_t> written = buffers_written(*function.kernel);
  for (std::size_t i = 0; i < names.operands.size(); ++i) {
    const std::uint32_t buffer = function.operands[i].buffer;
    const bool constant = std::ranges::find(written, buffer) == written.end();
    text += fmt::format("{}{}{} *{} {}", i ? ", " : "", constant ? "const " : "",
                        memory_type(function.program->buffers[buffer].type.dtype), restrict_word,
                        names.operands[i]);
  }
  return text;
}

void declare_locals(ExpressionPrinter& printer, const Kernel& kernel, const KernelNames& names,
                    std::string_view storage, std::string_view scratch) {
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < kernel.locals.size(); ++i) {
    const Type& type = kernel.locals[i].type;
    const std::string& name = names.locals[i];
    const std::int64_t elements = std::max<std::int64_t>(type.elements(), 1);
    const std::string_view of = memory_type(type.dtype);
    const bool single = elements == 1 && scratch.empty();
    printer.name_buffer(local_buffer + static_cast<std::uint32_t>(i), name, single);
    if (!scratch.empty())
      printer.lines.add(
          fmt::format("{0} *const {1} = ({0} *)({2} + {3});", of, name, scratch, offset));
    else
      printer.lines.add(single ? fmt::format("{}{} {};", storage, of, name)
                               : fmt::format("{}{} {}[{}];", storage, of, name, elements));
    offset += padded_bytes(type.bytes());
  }
}

} // namespace nnc::source
