// How a model writes what runs its functions: `scan`, `while` and `cond`. Functions and values go
// by name, under what they are for.
#pragma once

#include "frontends/model/written.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace nnc {

/// Names of arguments; empty where there are fewer.
struct ControlForm {
  std::string_view name; ///< of the row
  bool branch = false;   ///< else a loop
  /// Of a loop: the body and the condition; of a branch: its sides.
  std::array<std::string_view, 2> functions;
  /// Of a loop: what is carried, gone over, passed on, and the number of steps; of a branch: the
  /// bool.
  std::array<std::string_view, 4> values;
  std::array<std::string_view, 4> value_docs;
  std::array<std::string_view, 3> settings; ///< attributes of the row, by the same names
  std::string_view usage;
};

std::span<const ControlForm> control_forms();
/// Null when `name` is not one of them.
const ControlForm* find_control_form(std::string_view name);

/// Which of `names` an argument has; their number where it is none of them.
template <std::size_t count>
std::size_t place_of(const Argument& argument, const std::array<std::string_view, count>& names) {
  if (argument.name.empty()) return count;
  return static_cast<std::size_t>(std::ranges::find(names, argument.name) - names.begin());
}

} // namespace nnc
