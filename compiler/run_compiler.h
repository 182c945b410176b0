// Running the compiler of C or C++ that is installed, by its words and without a shell.
#pragma once

#include <optional>
#include <span>
#include <string>

namespace nnc {

/// What went wrong, to stand behind a message: ": cc: No such file or directory", or the first
/// line of what the compiler says of an error; nullopt when all went well. What it says otherwise
/// is not shown.
std::optional<std::string> run_compiler(std::span<const std::string> words);

} // namespace nnc
