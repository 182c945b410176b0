// Parts of messages: text from the user made safe to print, and the name that was probably meant.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nnc {

/// `'text'`, with \xNN and \uNNNN where `printable` writes them, cut after `limit` bytes.
std::string quote(std::string_view text, std::size_t limit = 80);

/// Insertions, deletions, replacements and swaps of neighbours between the two, counted no further
/// than `limit` + 1.
int edit_distance(std::string_view a, std::string_view b, int limit);

/// The candidate that differs from `name` in case alone, else the nearest: at most 2 edits away, 1
/// for names of up to 4 letters. Of equally near ones the first.
std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> candidates);

/// "did you mean 'w1'?", or nothing: fit for Error::help.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

} // namespace nnc
