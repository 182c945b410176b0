// Lines of 80 columns.
#pragma once

#include <string>

namespace nnc::formula {

/// The line "name = value" broken after operators and commas, those within the fewest brackets
/// first; further lines have `margin` blanks in front. With an end of line.
std::string wrapped(const std::string& line, std::size_t margin);

} // namespace nnc::formula
