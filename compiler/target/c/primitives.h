// The functions that C99 without a library lacks (compiler/target/source/library.h).
#pragma once

#include "compiler/target/source/library.h"

namespace nnc::c {

/// C99 as the C target writes it.
const source::Language& language();

} // namespace nnc::c
