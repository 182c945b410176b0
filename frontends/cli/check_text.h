// What `nnc check` finds, in words.
#pragma once

#include "frontends/host/check/by_hand.h"
#include "frontends/host/check/non_finite.h"
#include "frontends/host/check/precision.h"

#include <set>

namespace nnc::cli {

/// A line for each derivative, then how many agree; of the worst that does not, its explanation.
std::string derivative_text(const std::vector<DerivativeRow>& rows,
                            const DerivativeCheckOptions& options);

/// A line for each derivative by hand, then the first that differs explained.
std::string by_hand_text(const std::vector<ByHandRow>& rows, const DerivativeCheckOptions& options);

/// What was found in one function, each with the node explained. `told` holds what was said of
/// other functions, which is not said again.
std::string non_finite_text(const Graph& graph, const NonFiniteSearch& search,
                            std::set<std::string>& told);

/// The nodes that lose digits, and the first of them explained. `told` as above.
std::string precision_text(const Graph& graph, const PrecisionReport& report,
                           std::set<std::string>& told);

} // namespace nnc::cli
