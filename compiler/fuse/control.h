// Loops and branches: the kernels of their bodies, put into the program around them.
#pragma once

#include "ir/control.h"
#include "ir/kernel/kernel.h"

namespace nnc {

/// A loop or branch of a program, and the buffers that it works on.
struct ControlUnit {
  Control control;
  std::vector<std::uint32_t> operands, results;
  OriginId origin;
};

/// Appends a region to `program`. What a loop carries is copied to the buffers of its results
/// before it, and stays in them; slices are read and written where they lie, in the buffers of the
/// operands and results. `body`: of a loop, updates its leaves with what is carried on, and has the
/// other results as outputs. `other`: a loop's condition, or what a branch runs instead of `body`.
void append_control(KernelProgram& program, const ControlUnit& unit, KernelProgram body,
                    KernelProgram other);

} // namespace nnc
