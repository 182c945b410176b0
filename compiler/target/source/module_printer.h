// A module as one source file, whatever the language: kernels, functions that call them in order,
// constants, and what a host can ask for. What one of these looks like is the target's.
#pragma once

#include "compiler/aot/messages.h"
#include "compiler/target/source/module_text.h"
#include "compiler/target/source/program.h"
#include "compiler/target/source/shared_kernels.h"

#include <set>

namespace nnc::source {

/// A function of the module, with what is known before it is printed.
struct FunctionParts {
  std::size_t number; ///< in the module
  const aot::Function& function;
  const KernelProgram& program;
  std::span<const KernelCall> calls;      ///< by kernel of the program
  std::span<const SharedKernel> kernels;  ///< what the calls are of,
  std::span<const PrintedKernel> printed; ///< and their texts
  const BufferNames& buffers;
  aot::Codes codes;
  std::int64_t scratch_bytes = 0; ///< of the kernel that takes most
};

/// The statements of a function: checks, and kernels in order.
class FunctionBody : public ProgramPrinter {
public:
  FunctionBody(const FunctionParts& parts, Lines& lines)
      : ProgramPrinter(parts.program, lines, parts.buffers.taken), parts_(parts) {}

  std::set<DType> checked;      ///< dtypes of the indices that are looked at
  std::set<std::uint32_t> used; ///< buffers
  bool in_arena = false;        ///< is scratch memory used, which lies there?

protected:
  const std::string& name(std::uint32_t buffer);
  /// "x, y + 4, arena + 64": what the function of a kernel is called with.
  std::string operands(const KernelCall& call);

  const FunctionParts& parts_;
};

class ModulePrinter {
public:
  ModulePrinter(const ModulePrinter&) = delete;
  ModulePrinter& operator=(const ModulePrinter&) = delete;

protected:
  /// `own_names`: what the file defines besides the model's. `weights`: the values of the module's,
  /// where it embeds them.
  ModulePrinter(const aot::Module& module, const Context* context, std::int64_t max_memory,
                std::span<const NamedTensor> weights, const Language& language,
                std::span<const char* const> own_names);
  virtual ~ModulePrinter() = default;

  /// Kernels, functions and constants. E0501 when a function needs more than is allowed.
  Status print_parts();
  virtual PrintedKernel print_kernel(const SharedKernel& kernel) = 0;
  /// The text of a function, and the bytes of the workspace that it asks for.
  virtual std::string print_function(const FunctionParts& parts, std::int64_t& workspace_bytes) = 0;
  virtual std::string_view constant_suffix() const { return ""; }

  const aot::Module& module_;
  std::span<const NamedTensor> weights_;
  Library library_;
  aot::Names taken_; ///< names of the file
  aot::Messages messages_;
  std::set<DType> checked_; ///< dtypes of the indices that functions look at
  std::vector<std::int64_t> workspaces_;
  std::string kernels_, functions_, constants_;

private:
  Status print_function(std::size_t i, const SharedKernels& shared,
                        std::span<const PrintedKernel> printed);

  const Context* context_;
  std::int64_t max_memory_;
};

/// What begins at the first multiple of the alignment in the workspace.
std::string aligned_workspace();
/// "float *const x = (float *)(arena + 64); /* f32[4] */"
std::string arena_pointer(const Buffer& buffer, const std::string& name, std::int64_t offset);
/// A loop over indices that finds one outside of 0..extent-1: its condition, of `index[i]`.
std::string outside_condition(DType dtype);

} // namespace nnc::source
