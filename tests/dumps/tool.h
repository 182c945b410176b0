// The tool run on a model of examples/ or tests/, for tests of the texts that it prints.
#pragma once

#include "testing/process.h"

namespace nnc::dumps_test {

using cli_test::file_text;
using cli_test::Folder;
using cli_test::Outcome;

/// What the tool prints when it is run in a folder, absolute or of the source tree
/// (examples/digits); exit code 0 is expected.
std::string printed(const std::string& folder, std::vector<std::string> words);
/// The same for standard error.
std::string said(const std::string& folder, std::vector<std::string> words);

/// Files of a folder, by name.
std::vector<std::string> files_in(const Folder& folder);

/// Sizes, times, shares and numbers of kernels as "#", with the blanks in front of it as one.
std::string masked(const std::string& text);

} // namespace nnc::dumps_test
