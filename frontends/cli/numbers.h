// Numbers on the command line, and the options with numbers that several commands have.
#pragma once

#include "frontends/cli/command.h"

namespace nnc::cli {

/// The option with what its number may be.
Option within(double least, double most, Option option);

Option seed_option(std::int64_t& seed, std::string help);
Option threads_option(std::int64_t& threads);
/// `--max-memory`: bytes, or K, M, G for 2^10, 2^20, 2^30 of them.
Option memory_option(std::int64_t& bytes);

/// Sets the target of an option to the number that `text` is. What is expected instead when it is
/// none, or not within the limits.
std::optional<std::string> read_number(const Option& option, const std::string& text);

} // namespace nnc::cli
