// The loops and stores of a stage, one point after the other.
#pragma once

#include "compiler/target/source/expression_printer.h"

namespace nnc::source {

/// What a target needs to know of the buffers and locals of a kernel.
using DTypeOf = std::function<DType(std::uint32_t buffer)>;
DTypeOf dtypes_of(std::span<const Buffer> buffers, const Kernel& kernel);

/// All of a kernel for `ExpressionPrinter::expect`.
void expect_kernel(ExpressionPrinter& printer, const Kernel& kernel);
/// Loops over those axes of the stage that are not bound yet, and its stores.
void print_stage(ExpressionPrinter& printer, const Stage& stage, const DTypeOf& dtype_of);

} // namespace nnc::source
