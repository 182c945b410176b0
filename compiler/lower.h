// Takes away copies and clears that nobody needs (compiler/lower/copies.h, compiler/lower/clears.h)
// and settles how parameters and state take their new values.
//
// An update is written in place when the kernel that computes it reads the old value only at the
// element it writes and every other reader can run before it; else it is computed aside and copied
// at the end. All updates read old values (`a <- b, b <- a` swaps), and every index check runs
// before the first write to a parameter, so that a failed call changes nothing. A region keeps what
// is in it: it moves as a whole.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// All kernels of the result are scheduled.
KernelProgram lower(KernelProgram program);
/// What `lower` does about updates alone. A loop's body uses it for what it carries.
KernelProgram settle_updates(KernelProgram program);

} // namespace nnc
