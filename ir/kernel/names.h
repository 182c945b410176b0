// What buffers are called: in the text of a program by their names, made unique, and in messages.
#pragma once

#include "ir/kernel/kernel.h"

#include <set>

namespace nnc {

/// By buffer. Empty for those that nothing uses: fusion leaves buffers behind that nothing is
/// stored in any more, and they are not shown.
std::vector<std::string> printed_names(const KernelProgram& program);
/// Of a kernel's local buffers, none of them in `taken`, which they are added to.
std::vector<std::string> local_names(const Kernel& kernel, std::set<std::string>& taken);
/// The name by which the author of a model knows a leaf or a constant. Empty for what is computed,
/// outputs included: which buffer that is in, and as what, is the compiler's affair.
std::string declared_name(const Buffer& buffer);

} // namespace nnc
