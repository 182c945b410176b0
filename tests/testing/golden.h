// Texts that are compared with files of the repository. With NNC_BLESS=1 in the environment the
// files are written anew instead: read what `git diff` then shows.
#pragma once

#include <string>

namespace nnc {

/// The whole of a file; a failed expectation when there is none.
std::string golden_file(const std::string& path);

/// Expects the text of the file `path`, absolute or below tests/. A mismatch shows the lines that
/// differ.
void expect_golden(const std::string& path, const std::string& text);

/// Lines of `wanted` with "-", lines of `got` with "+", and two lines around each difference.
std::string line_difference(const std::string& wanted, const std::string& got);

} // namespace nnc
