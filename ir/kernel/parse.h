// Reads kernel text: exactly what `print_program` prints. The first error ends it, with its place:
// E0130 for what cannot be read or does not fit together, E0313 for a program that breaks a rule of
// ir/kernel/verify.h.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

Result<KernelProgram> parse_program(std::string_view text, const std::string& file);

} // namespace nnc
