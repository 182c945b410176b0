// The kernels of a program as a list that passes change: what a copy looks like, kernels put in,
// taken out and named, with regions and checks kept where they belong.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// A kernel that copies buffer `from` to `to`, which has the same type.
Kernel copy_kernel(std::span<const Buffer> buffers, std::uint32_t from, std::uint32_t to);

/// `lists[k]` in place of kernel k; regions and checks before it are before its list.
void replace_kernels(KernelProgram& program, std::vector<std::vector<Kernel>> lists);
/// Takes away kernels that nobody needs; the others keep their order and their regions.
void remove_kernels(KernelProgram& program, const std::vector<bool>& needless);
/// Puts a kernel before kernel `before`, outside of regions that begin there; checks before it run
/// later.
void insert_kernel(KernelProgram& program, std::uint32_t before, Kernel kernel);

/// Puts every check that is part of no region where its indices are known.
void place_checks(KernelProgram& program);
/// Kernels are called after the program and their place.
void name_kernels(KernelProgram& program);

} // namespace nnc
