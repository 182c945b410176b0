// How texts for people are laid out: in the columns of their terminal, with nouns that agree with
// their numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nnc::cli {

/// Columns of standard output: COLUMNS of the environment, else the terminal's; 0 where it is a
/// file or pipe, whose lines are for other programs and stay whole.
std::size_t output_columns();

/// `line` broken at blanks so that at most `columns` characters stand in a line (0: no limit).
/// The first `indent` characters are not broken, and the lines after the first begin with as many
/// blanks. A word that is too long for a line stands alone.
std::string hanging(std::string_view line, std::size_t indent, std::size_t columns);

} // namespace nnc::cli
