// Lays out the workspace: every arena buffer gets a fixed offset for its lifetime.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// Offsets are multiples of 64 and sizes are padded to 64 bytes, so that kernels may read whole
/// vectors. Error E0501, naming the five largest buffers, when all memory of a call (workspace,
/// inputs, parameters, outputs) would exceed `max_memory` bytes.
Result<KernelProgram> plan(KernelProgram program, std::int64_t max_memory);

/// Bytes of all buffers a call touches, the workspace counted once.
std::int64_t peak_bytes(const KernelProgram& program);

} // namespace nnc
