// Conversions to and from 16-bit floats that every language writes alike.
#pragma once

#include "compiler/target/source/library.h"

namespace nnc::source {

std::span<const Primitive> half_float_primitives();

} // namespace nnc::source
