#include "compiler/target/cuda/cuda_source.h"

#include "compiler/aot/messages.h"
#include "compiler/plan.h"
#include "compiler/target/cuda/host_text.h"
#include "compiler/target/cuda/kernel_function.h"
#include "compiler/target/cuda/primitives.h"
#include "compiler/target/source/module_text.h"
#include "compiler/target/source/program.h"
#include "compiler/target/source/scalar.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

using namespace source;
using cuda::KernelFunction;

/// What the file defines, and names that CUDA gives a meaning to.
constexpr const char* own_names[] = {
    "args",     "workspace", "workspace_size",  "arena",    "arguments", "bytes",   "written",
    "code",     "scratch",   "stream",          "error",    "failed",    "launch",  "read",
    "set_i64",  "set_i32",   "as_is",           "blockIdx", "blockDim",  "gridDim", "threadIdx",
    "warpSize", "dim3",      "check_arguments", "of_warps"};

constexpr std::int64_t check_threads = 256, most_check_blocks = 64;

/// A function of the module: what it checks, then its kernels in order.
class FunctionBody : public ProgramPrinter {
public:
  FunctionBody(const aot::Function& function, std::span<const KernelCall> calls,
               std::span<const SharedKernel> kernels, std::span<const KernelFunction> printed,
               const BufferNames& buffers, aot::Codes codes, Lines& lines)
      : ProgramPrinter(*function.program, lines, buffers.taken), calls_(calls), kernels_(kernels),
        printed_(printed), buffers_(buffers), codes_(codes) {}

  std::set<DType> checked;      ///< dtypes of the indices that are looked at
  std::set<std::uint32_t> used; ///< buffers
  bool in_arena = false;        ///< is scratch memory used, which lies there?

protected:
  void call(std::uint32_t k) override {
    const KernelCall& call = calls_[k];
    const KernelFunction& function = printed_[call.function];
    if (function.blocks == 0) return;
    std::string operands;
    for (const KernelOperand& operand : call.operands) {
      operands += ", " + name(operand.buffer);
      if (operand.first) operands += fmt::format(" + {}", operand.first);
    }
    in_arena = in_arena || function.scratch_bytes > 0;
    if (function.scratch_bytes)
      operands += fmt::format(", arena + {}", padded_bytes(program_.arena_bytes));
    lines_.add(fmt::format("launch(error, {}, {}, {}, stream{});", kernels_[call.function].name,
                           function.blocks, function.threads, operands));
  }

  void check(std::span<const std::size_t> numbers) override {
    lines_.add("launch(error, set_i32, 1, 1, stream, failed, INT32_MAX);");
    for (const std::size_t number : numbers) {
      const RangeCheck& check = program_.checks[number];
      const Type& type = program_.buffers[check.buffer].type;
      checked.insert(type.dtype);
      const std::int64_t blocks = (type.elements() + check_threads - 1) / check_threads;
      lines_.add(fmt::format("launch(error, check_indices_{}, {}, {}, stream, {}, {}, {}, {}, "
                             "failed);",
                             dtype_name(type.dtype), std::min(blocks, most_check_blocks),
                             check_threads, name(check.buffer), type.elements(), check.extent,
                             codes_.index + static_cast<int>(number)));
    }
    lines_.add("code = read(error, stream, failed);");
    lines_.add("if (error == cudaSuccess && code != INT32_MAX) return code;");
  }

  std::string read(std::uint32_t buffer) override {
    return fmt::format("read(error, stream, {})", name(buffer));
  }
  void write(std::uint32_t buffer, const std::string& value) override {
    lines_.add(fmt::format("launch(error, set_i64, 1, 1, stream, {}, {});", name(buffer), value));
  }

private:
  const std::string& name(std::uint32_t buffer) {
    used.insert(buffer);
    return buffers_.names[buffer];
  }

  std::span<const KernelCall> calls_;
  std::span<const SharedKernel> kernels_;
  std::span<const KernelFunction> printed_;
  const BufferNames& buffers_;
  aot::Codes codes_;
};

class ModulePrinter {
public:
  ModulePrinter(const aot::Module& module, const Context* context, std::int64_t max_memory,
                std::string_view header)
      : module_(module), context_(context), max_memory_(max_memory),
        header_(header_file(header, module, ".cuda.h")), library_(cuda::language()),
        taken_(module_names(module, library_.language())) {
    taken_.insert(taken_.end(), std::begin(own_names), std::end(own_names));
  }

  Result<CudaSource> print() {
    const SharedKernels shared = share_kernels(module_, taken_);
    for (const SharedKernel& kernel : shared.functions) taken_.push_back(kernel.name);
    for (const SharedKernel& kernel : shared.functions) {
      printed_.push_back(cuda::kernel_function(kernel, library_, taken_));
      kernels_ += "\n" + kernel_comment(kernel, context_, module_.source) + printed_.back().text;
    }
    for (std::size_t i = 0; i < module_.functions.size(); ++i)
      if (Status error = function(i, shared)) return *error;
    CudaSource result{.source = {}, .header = {}, .workspace_bytes = workspaces_};
    result.header = aot::header_text(module_, workspaces_, aot::Caller::of_device);
    result.source =
        head() + library_.take() + kernels_ + std::string(cuda::launch_text()) +
        cuda::check_text(checked_) + std::string(argument_check_text()) + constants_ + functions_ +
        information_text(module_, messages_, workspaces_, "cudaGetErrorString((cudaError_t)-code)");
    return result;
  }

private:
  std::string head() const {
    return fmt::format("/* {0}.cu, generated by nnc from {1}:\n"
                       "   the functions of {2} in CUDA C++. nvcc -O3 -c {0}.cu */\n"
                       "#include \"{2}\"\n\n#include <cuda_fp16.h>\n#include <cuda_runtime.h>\n"
                       "#include <math.h>\n\n",
                       module_.c_name, comment(module_.source), header_);
  }

  Status function(std::size_t i, const SharedKernels& shared) {
    const aot::Function& function = module_.functions[i];
    const KernelProgram& program = *function.program;
    const Scratch scratch = largest_scratch(program, [&](std::size_t k) {
      return printed_[shared.calls[i][k].function].scratch_bytes;
    });
    if (Status error =
            check_memory(program, max_memory_, scratch, context_ ? &context_->origins : nullptr))
      return error;
    const BufferNames buffers = name_buffers(function, taken_);
    const aot::Codes codes = messages_.add(function);
    Lines statements, pointers;
    statements.indent();
    pointers.indent();
    FunctionBody body(function, shared.calls[i], shared.functions, printed_, buffers, codes,
                      statements);
    body.print();
    checked_.insert(body.checked.begin(), body.checked.end());
    std::int64_t end = padded_bytes(program.arena_bytes) + padded_bytes(scratch.bytes);
    buffer_pointers(program, buffers, body.used, end, pointers);
    constants_ += constants_text(program, buffers, "_values");
    workspaces_.push_back(aot::workspace_for(cuda_arena + end));
    const std::string addresses = pointers.take();
    Lines lines;
    lines.open(fmt::format("int {0}(const {0}_args *args, void *workspace, size_t "
                           "workspace_size, cudaStream_t stream) {{",
                           function.c_name));
    print_argument_checks(function, codes, workspaces_.back(), lines);
    lines.add("cudaError_t error = cudaSuccess;");
    workspace_parts(!body.checked.empty(), !addresses.empty() || body.in_arena, lines);
    lines.verbatim(addresses + statements.take());
    lines.add("return error == cudaSuccess ? 0 : -(int)error;");
    lines.close();
    functions_ += fmt::format("\n/* {} */\n", comment(function.name)) + lines.take();
    return std::nullopt;
  }

  /// What begins at the first multiple of the alignment, and the arena behind it.
  static void workspace_parts(bool checks, bool arena, Lines& lines) {
    const std::string begin = fmt::format(
        "(unsigned char *)workspace + ({0} - (uintptr_t)workspace % {0}) % {0}", buffer_alignment);
    if (checks) lines.add(fmt::format("int32_t *const failed = (int32_t *)({});", begin));
    if (arena) lines.add(fmt::format("unsigned char *const arena = {} + {};", begin, cuda_arena));
  }

  /// Of the arena, and of constants, which a call copies behind it.
  static void buffer_pointers(const KernelProgram& program, const BufferNames& buffers,
                              const std::set<std::uint32_t>& used, std::int64_t& end,
                              Lines& lines) {
    for (const std::uint32_t b : used) {
      const Buffer& buffer = program.buffers[b];
      const std::string& name = buffers.names[b];
      const bool constant = buffer.role == BufferRole::constant && buffer.data; // not the caller's
      if (!constant && buffer.role != BufferRole::arena) continue;
      lines.add(fmt::format("{0} *const {1} = ({0} *)(arena + {2}); /* {3} */",
                            memory_type(buffer.type.dtype), name, constant ? end : buffer.offset,
                            to_string(buffer.type)));
      if (!constant) continue;
      lines.add(
          fmt::format("if (error == cudaSuccess) error = cudaMemcpyAsync({0}, {0}_values, {1}, "
                      "cudaMemcpyHostToDevice, stream);",
                      name, buffer.type.bytes()));
      end += padded_bytes(buffer.type.bytes());
    }
  }

  const aot::Module& module_;
  const Context* context_;
  std::int64_t max_memory_;
  std::string header_;
  Library library_;
  std::vector<std::string> taken_;
  std::vector<KernelFunction> printed_;
  aot::Messages messages_;
  std::set<DType> checked_;
  std::vector<std::int64_t> workspaces_;
  std::string kernels_, functions_, constants_;
};

} // namespace

Result<CudaSource> cuda_source(const aot::Module& module, const Context* context,
                               std::int64_t max_memory, std::string_view header) {
  return ModulePrinter(module, context, max_memory, header).print();
}

} // namespace nnc
