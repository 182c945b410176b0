// What `nnc bench` says about the kernels of a call.
#pragma once

#include "frontends/host/measure/measure_kernels.h"

namespace nnc::cli {

/// How near a kernel comes to what the machine takes at least; over 100 where the limit was
/// measured too low.
double percent_of_limit(const KernelTime& kernel);

/// A line for each kernel that takes long, in the order in which they run, and their sum beside
/// `call`, the microseconds of a whole call. A remark where a kernel beats the limit.
std::string kernel_table(const KernelTimes& times, double call);

} // namespace nnc::cli
