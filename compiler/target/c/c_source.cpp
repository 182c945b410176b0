#include "compiler/target/c/c_source.h"

#include "compiler/aot/messages.h"
#include "compiler/plan.h"
#include "compiler/target/c/kernel_function.h"
#include "compiler/target/c/primitives.h"
#include "compiler/target/source/module_text.h"
#include "compiler/target/source/program.h"
#include "compiler/target/source/scalar.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

using namespace source;
using c::KernelFunction;

/// What the file defines besides the model's.
constexpr const char* own_names[] = {"args",      "workspace",      "workspace_size", "arena",
                                     "arguments", "bytes",          "written",        "code",
                                     "scratch",   "check_arguments"};

/// What the compiler is told about arithmetic. gcc does not know the pragma of C99; its own comes
/// behind the headers, whose functions keep the attributes that they are declared with.
constexpr std::string_view arithmetic_text =
    R"(/* Each result is rounded as it is written: no a * b + c in one, no sum in another order. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=off")
#else
#pragma STDC FP_CONTRACT OFF
#endif
#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \
    defined(__NO_SIGNED_ZEROS__) || __FINITE_MATH_ONLY__ > 0
#error "this file needs the arithmetic of IEEE 754: compile it without -ffast-math and its parts"
#endif

)";

/// A function of the module: what it checks, then its kernels in order.
class FunctionBody : public ProgramPrinter {
public:
  FunctionBody(const aot::Function& function, std::span<const KernelCall> calls,
               std::span<const SharedKernel> kernels, std::span<const KernelFunction> printed,
               const BufferNames& buffers, aot::Codes codes, Lines& lines)
      : ProgramPrinter(*function.program, lines, buffers.taken), calls_(calls), kernels_(kernels),
        printed_(printed), buffers_(buffers), codes_(codes) {}

  std::set<DType> checked; ///< dtypes of the indices that are looked at

protected:
  void call(std::uint32_t k) override {
    const KernelCall& call = calls_[k];
    std::string operands;
    for (const KernelOperand& operand : call.operands) {
      operands += (operands.empty() ? "" : ", ") + buffers_.names[operand.buffer];
      if (operand.first) operands += fmt::format(" + {}", operand.first);
    }
    if (printed_[call.function].scratch_bytes)
      operands += fmt::format(", arena + {}", padded_bytes(program_.arena_bytes));
    lines_.add(fmt::format("{}({});", kernels_[call.function].name, operands));
  }

  void check(std::span<const std::size_t> numbers) override {
    for (const std::size_t number : numbers) {
      const RangeCheck& check = program_.checks[number];
      const Type& type = program_.buffers[check.buffer].type;
      checked.insert(type.dtype);
      lines_.add(fmt::format("if (!indices_inside_{}({}, {}, {})) return {};",
                             dtype_name(type.dtype), buffers_.names[check.buffer], type.elements(),
                             check.extent, codes_.index + static_cast<int>(number)));
    }
  }

  std::string read(std::uint32_t buffer) override { return buffers_.names[buffer] + "[0]"; }
  void write(std::uint32_t buffer, const std::string& value) override {
    lines_.add(fmt::format("{}[0] = {};", buffers_.names[buffer], value));
  }

private:
  std::span<const KernelCall> calls_;
  std::span<const SharedKernel> kernels_;
  std::span<const KernelFunction> printed_;
  const BufferNames& buffers_;
  aot::Codes codes_;
};

class ModulePrinter {
public:
  ModulePrinter(const aot::Module& module, const Context* context, std::int64_t max_memory,
                std::span<const std::int64_t> at_least, std::string_view header)
      : module_(module), context_(context), max_memory_(max_memory), at_least_(at_least),
        header_(header_file(header, module, ".h")), library_(c::language()),
        taken_(module_names(module, library_.language())) {
    taken_.insert(taken_.end(), std::begin(own_names), std::end(own_names));
  }

  Result<CSource> print() {
    const SharedKernels shared = share_kernels(module_, taken_);
    for (const SharedKernel& kernel : shared.functions) taken_.push_back(kernel.name);
    for (const SharedKernel& kernel : shared.functions) {
      printed_.push_back(c::kernel_function(kernel, library_, taken_));
      kernels_ += "\n" + kernel_comment(kernel, context_, module_.source) + printed_.back().text;
    }
    for (std::size_t i = 0; i < module_.functions.size(); ++i)
      if (Status error = function(i, shared)) return *error;
    CSource result{.source = {}, .header = {}, .workspace_bytes = workspaces_};
    result.header = aot::header_text(module_, workspaces_);
    result.source = head() + library_.take() + checks() + constants_ + kernels_ + functions_ +
                    information_text(module_, messages_, workspaces_);
    return result;
  }

private:
  std::string head() const {
    return fmt::format("/* {0}.c, generated by nnc from {1}:\n"
                       "   the functions of {2} in C99, without a library.\n"
                       "   Denormal numbers are computed with; `host` is not used. */\n"
                       "#include \"{2}\"\n\n#include <math.h>\n#include <stdbool.h>\n"
                       "#ifdef __SSE2__\n#include <emmintrin.h>\n#endif\n\n{3}",
                       module_.c_name, comment(module_.source), header_, arithmetic_text);
  }

  std::string checks() const {
    std::string text(argument_check_text());
    for (const DType dtype : checked_)
      text += fmt::format(
          "\nstatic bool indices_inside_{0}(const {1} *index, int64_t count, int64_t extent) {{\n"
          "  for (int64_t i = 0; i < count; ++i) {{\n"
          "    if ({2}(int64_t)index[i] >= extent) return false;\n  }}\n  return true;\n}}\n",
          dtype_name(dtype), memory_type(dtype), is_signed(dtype) ? "index[i] < 0 || " : "");
    return text;
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
    workspaces_.push_back(
        std::max(aot::workspace_for(padded_bytes(program.arena_bytes) + scratch.bytes),
                 at_least_.empty() ? std::int64_t{0} : at_least_[i]));
    const BufferNames buffers = name_buffers(function, taken_);
    constants_ += constants_text(program, buffers);
    Lines lines;
    lines.open(fmt::format("int {0}(const {0}_args *args, void *workspace, size_t workspace_size) "
                           "{{",
                           function.c_name));
    const aot::Codes codes = messages_.add(function);
    print_argument_checks(function, codes, workspaces_.back(), lines);
    if (program.arena_bytes + scratch.bytes > 0)
      lines.add(fmt::format("unsigned char *const arena = (unsigned char *)workspace + "
                            "({0} - (uintptr_t)workspace % {0}) % {0};",
                            buffer_alignment));
    arena_buffers(program, buffers, lines);
    FunctionBody body(function, shared.calls[i], shared.functions, printed_, buffers, codes, lines);
    body.print();
    checked_.insert(body.checked.begin(), body.checked.end());
    lines.add("return 0;");
    lines.close();
    functions_ += fmt::format("\n/* {} */\n", comment(function.name)) + lines.take();
    return std::nullopt;
  }

  static void arena_buffers(const KernelProgram& program, const BufferNames& buffers,
                            Lines& lines) {
    for (std::size_t b = 0; b < program.buffers.size(); ++b) {
      const Buffer& buffer = program.buffers[b];
      if (buffers.names[b].empty() || buffer.role != BufferRole::arena) continue;
      lines.add(fmt::format("{0} *const {1} = ({0} *)(arena + {2}); /* {3} */",
                            memory_type(buffer.type.dtype), buffers.names[b], buffer.offset,
                            to_string(buffer.type)));
    }
  }

  const aot::Module& module_;
  const Context* context_;
  std::int64_t max_memory_;
  std::span<const std::int64_t> at_least_;
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

Result<CSource> c_source(const aot::Module& module, const Context* context, std::int64_t max_memory,
                         std::span<const std::int64_t> at_least, std::string_view header) {
  return ModulePrinter(module, context, max_memory, at_least, header).print();
}

} // namespace nnc
