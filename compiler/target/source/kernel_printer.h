// The frame of a kernel's function: its name and parameters, its locals, and what its loops print
// with. The loops are the target's.
#pragma once

#include "compiler/target/source/kernel_names.h"
#include "compiler/target/source/stage.h"

namespace nnc::source {

class KernelPrinter {
public:
  KernelPrinter(const KernelPrinter&) = delete;
  KernelPrinter& operator=(const KernelPrinter&) = delete;

protected:
  /// How a language writes the head of a kernel.
  struct Head {
    std::string_view before, restrict_word;
    std::string_view local_storage = {};  ///< "__shared__ "
    std::string_view scratch_offset = {}; ///< of what this call has of scratch memory: " + i * 64"
    bool in_scratch = false;              ///< are the locals in scratch memory?
  };

  KernelPrinter(const SharedKernel& function, Library& library, const aot::Names& taken);
  ~KernelPrinter() = default;
  /// The head with parameters named after the buffers, then the locals.
  void open(const Head& head);
  DTypeOf dtypes() const { return dtypes_of(buffers_, kernel_); }

  const SharedKernel& function_;
  const std::vector<Buffer>& buffers_;
  const Kernel kernel_; ///< prepared
  Lines lines_;
  ExpressionPrinter printer_;
  KernelNames names_;
  std::vector<Expr> order_;   ///< all expressions, operands first
  std::vector<bool> written_; ///< loads_of_written of these
};

} // namespace nnc::source
