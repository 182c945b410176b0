// Contractions by register tiles: packing, micro-kernel, and the stores as an epilogue.
#pragma once

#include "compiler/target/cpu/tile_plan.h"

namespace nnc::cpu {

llvm::Function* emit_contraction(llvm::Module& module, const Kernel& kernel, const TilePlan& plan,
                                 std::span<const Buffer> buffers,
                                 std::span<const KernelOperand> operands, const std::string& name,
                                 bool flush_denormals);

} // namespace nnc::cpu
