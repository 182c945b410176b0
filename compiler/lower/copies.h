// What a loop or a body of loops reads or writes is often only given another shape: rows in chunks
// or segments, some of the rows, rows one after the other. Such copies go, and what they were made
// from and what they made are one memory.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// The program without kernels that only move elements (ir/kernel/copies.h), where they can go:
/// - from what the caller or the program owns: whoever reads the copy reads that, old values of
///   params too, as updates are settled afterwards;
/// - from arena buffers that are copied as a whole, to a buffer that nothing else writes: whoever
///   uses those uses their places in it.
KernelProgram drop_copies(KernelProgram program);

} // namespace nnc
