// What back ends that are chosen by name have to say of other options.
#pragma once

#include <string>

namespace nnc::cli {

/// A usage error where a CPU is named for a back end that compiles for none, else exit_ok.
int check_cpu(const std::string& command, const std::string& backend, const std::string& cpu);

} // namespace nnc::cli
