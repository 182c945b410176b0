// Lays out the workspace: every arena buffer gets a fixed offset for its lifetime.
#pragma once

#include "ir/kernel/kernel.h"

#include <functional>

namespace nnc {

/// Offsets and sizes are multiples of buffer_alignment. Errors are those of `check_memory`.
Result<KernelProgram> plan(KernelProgram program, std::int64_t max_memory,
                           const OriginPool* origins = nullptr);

/// Memory that the code of a kernel takes besides buffers, for packed operands.
struct Scratch {
  std::string kernel = {};
  std::int64_t bytes = 0;
};

/// Of the kernel whose scratch, `bytes_of(k)` for kernel k, is largest.
template <class BytesOf>
Scratch largest_scratch(const KernelProgram& program, BytesOf bytes_of) {
  Scratch largest;
  for (std::size_t k = 0; k < program.kernels.size(); ++k)
    if (const std::int64_t bytes = bytes_of(k); bytes > largest.bytes)
      largest = {program.kernels[k].name, bytes};
  return largest;
}

/// Finds the kernel of a planned program that takes most.
using ScratchOf = std::function<Scratch(const KernelProgram& program)>;

/// Bytes of all buffers a call touches, the workspace counted once.
std::int64_t peak_bytes(const KernelProgram& program);

/// E0501, naming the five largest buffers, when all memory of a call (workspace, inputs,
/// parameters, outputs, `scratch`) would exceed `max_memory` bytes. `origins` (may be null) says
/// where they stand.
Status check_memory(const KernelProgram& program, std::int64_t max_memory,
                    const Scratch& scratch = {}, const OriginPool* origins = nullptr);

/// "6.1 KB", of 1024 bytes each.
std::string size_text(std::int64_t bytes);

/// Something that takes memory: "param 'w' f32[20]".
struct MemoryUse {
  std::int64_t bytes = 0;
  std::string what;
  Place place = {}; ///< in the model
};
/// E0501 for the function `name`, with the five largest of `uses`, at the place of the largest.
Error too_large(const std::string& name, std::vector<MemoryUse> uses, std::int64_t bytes,
                std::int64_t max_memory);

} // namespace nnc
