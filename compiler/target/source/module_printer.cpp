#include "compiler/target/source/module_printer.h"

#include "compiler/plan.h"
#include "compiler/target/source/scalar.h"

#include <fmt/format.h>

namespace nnc::source {

const std::string& FunctionBody::name(std::uint32_t buffer) {
  used.insert(buffer);
  return parts_.buffers.names[buffer];
}

std::string FunctionBody::operands(const KernelCall& call) {
  std::string text;
  const auto add = [&text](const std::string& operand) {
    text += (text.empty() ? "" : ", ") + operand;
  };
  for (const KernelOperand& operand : call.operands)
    add(name(operand.buffer) + (operand.first ? fmt::format(" + {}", operand.first) : ""));
  if (parts_.printed[call.function].scratch_bytes > 0) {
    in_arena = true;
    add(fmt::format("arena + {}", padded_bytes(program_.arena_bytes)));
  }
  return text;
}

ModulePrinter::ModulePrinter(const aot::Module& module, const Context* context,
                             std::int64_t max_memory, std::span<const NamedTensor> weights,
                             const Language& language, std::span<const char* const> own_names)
    : module_(module), weights_(weights), library_(language), context_(context),
      max_memory_(max_memory) {
  taken_.insert(module_names(module, language));
  for (const char* name : own_names) taken_.insert(name);
}

Status ModulePrinter::print_parts() {
  const SharedKernels shared = share_kernels(module_, taken_);
  for (const SharedKernel& kernel : shared.functions) taken_.insert(kernel.name);
  std::vector<PrintedKernel> printed;
  for (const SharedKernel& kernel : shared.functions) {
    printed.push_back(print_kernel(kernel));
    kernels_ += "\n" + kernel_comment(kernel, context_, module_.source) + printed.back().text;
  }
  for (std::size_t i = 0; i < module_.functions.size(); ++i)
    if (Status error = print_function(i, shared, printed)) return error;
  return std::nullopt;
}

Status ModulePrinter::print_function(std::size_t i, const SharedKernels& shared,
                                     std::span<const PrintedKernel> printed) {
  const aot::Function& function = module_.functions[i];
  const KernelProgram& program = *function.program;
  const Scratch scratch = largest_scratch(
      program, [&](std::size_t k) { return printed[shared.calls[i][k].function].scratch_bytes; });
  const auto* origins = context_ ? &context_->origins : nullptr;
  if (Status error = check_memory(program, max_memory_, scratch, origins)) return error;
  const BufferNames buffers = name_buffers(function, taken_);
  constants_ += constants_text(program, buffers, constant_suffix());
  std::int64_t& workspace = workspaces_.emplace_back();
  const std::string text = print_function({.number = i,
                                           .function = function,
                                           .program = program,
                                           .calls = shared.calls[i],
                                           .kernels = shared.functions,
                                           .printed = printed,
                                           .buffers = buffers,
                                           .codes = messages_.add(function),
                                           .scratch_bytes = scratch.bytes},
                                          workspace);
  functions_ += fmt::format("\n/* {} */\n", comment(function.name)) + text;
  return std::nullopt;
}

std::string aligned_workspace() {
  return fmt::format("(unsigned char *)workspace + ({0} - (uintptr_t)workspace % {0}) % {0}",
                     buffer_alignment);
}

std::string arena_pointer(const Buffer& buffer, const std::string& name, std::int64_t offset) {
  return fmt::format("{0} *const {1} = ({0} *)(arena + {2}); /* {3} */",
                     memory_type(buffer.type.dtype), name, offset, to_string(buffer.type));
}

std::string outside_condition(DType dtype) {
  return fmt::format("{}(int64_t)index[i] >= extent", is_signed(dtype) ? "index[i] < 0 || " : "");
}

} // namespace nnc::source
