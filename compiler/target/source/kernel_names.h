// What the buffers and locals of a kernel are called in its function.
#pragma once

#include "compiler/target/source/expression_printer.h"
#include "compiler/target/source/shared_kernels.h"

namespace nnc::source {

/// All functions stand in a source as calls.
inline bool in_source(ScalarOp) { return true; }

struct KernelNames {
  std::vector<std::string> operands, locals;
  std::vector<std::string> unused; ///< operands that nothing depends on
};
/// Names after those of the model, none of `taken`; the printer knows the operands by them.
KernelNames name_kernel(const SharedKernel& function, const Kernel& prepared,
                        ExpressionPrinter& printer, const aot::Names& taken);

/// "const float *restrict x, float *restrict y".
std::string parameters(const SharedKernel& function, const KernelNames& names,
                       std::string_view restrict_word);

/// Declares the locals: variables and arrays, with `storage` in front ("__shared__ "), or where
/// `scratch` says that there is memory for them ("scratch + 64"), addresses in it.
void declare_locals(ExpressionPrinter& printer, const Kernel& kernel, const KernelNames& names,
                    std::string_view storage, std::string_view scratch);

} // namespace nnc::source
