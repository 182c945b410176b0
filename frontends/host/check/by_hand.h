// Derivatives that a model computes by hand, against those that it could have asked for.
#pragma once

#include "frontends/host/check/derivative_check.h"

namespace nnc {

/// The "file" that errors in a claim name; its lines are the claims.
inline constexpr const char* by_hand_option = "--by-hand";

/// What values of a model are said to be: "gw, gb = grad(loss, [w, b])", or any other derivative of
/// any order. In the model that is made of it, the right side is a node with names of its own.
struct ByHand {
  std::string is;                      ///< the right side, as it was written
  std::vector<std::string> by_hand;    ///< names of the model
  std::vector<std::string> derivative; ///< the names for what they should be
};

/// Adds the derivatives to the model. E0110 for what is no assignment, E0312 for a name on its left
/// that the model lacks, E0309 for a right side that asks for no derivative.
OrErrors<std::vector<ByHand>> add_by_hand(ModelDoc& doc, const std::vector<std::string>& claims);

struct ByHandRow {
  std::string name, is;
  /// Relative to the element, or to a thousandth of the largest one, of what is differentiated, or
  /// of 1: what is left where a derivative vanishes is rounding.
  double apart = 0;
  std::string where;      ///< the element of that
  std::uint32_t seed = 0; ///< of the point of that
  bool equal = true;
  /// Of one that is not: the element, what makes it, and what makes the derivative.
  std::string explanation = {};
};

/// One row for each value by hand, the worst of all points. The derivative that it is held against
/// is that of the rules: check_derivatives compares it with dual numbers. E0309 for another type,
/// and for one that is no float.
OrErrors<std::vector<ByHandRow>> check_by_hand(const ModelDoc& doc,
                                               const std::vector<ByHand>& claims,
                                               const DerivativeCheckOptions& options);

} // namespace nnc
