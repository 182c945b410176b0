// How a model asks for derivatives: `grad(of, wrt, seed)` and its kin. Operands go by name, or by
// position in this order.
#pragma once

#include "frontends/nn/scope.h"

#include <array>

namespace nnc {

/// The third operand.
enum class Directions : std::uint8_t {
  none,
  optional,    ///< one of the type of `of`, or none
  of_result,   ///< one of the type of `of`
  per_variable ///< one for each of `wrt`, of its type
};

struct DerivativeForm {
  std::string_view name;
  std::array<std::string_view, 3> operands; ///< empty where there is no third
  Directions directions = Directions::none;
  std::string_view doc, formula;
  /// The results; empty after an error in the scope.
  std::vector<Value> (*build)(Builder& b, Value of, std::span<const Value> wrt,
                              std::span<const Value> directions) = nullptr;
};

std::span<const DerivativeForm> derivative_forms();
/// Null when `name` is not one of them.
const DerivativeForm* find_derivative_form(std::string_view name);

} // namespace nnc
