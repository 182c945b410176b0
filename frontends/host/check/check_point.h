// The points at which derivatives are compared: off kinks such as 0, in f64.
#pragma once

#include "frontends/host/source.h"

namespace nnc {

struct CheckPoint {
  std::uint32_t seed = 0;
  bool first = true; ///< what is given is taken as it is; else moved a little
  /// Integer inputs that are drawn are 0, not 0 or 1: they may be indices of an axis of size 1.
  bool zero_integers = false;
};

/// Values of the leaves of a function of `source`, a model in f64. Inputs are given or drawn, what
/// is drawn is added to params.
Result<std::vector<Literal>> check_point(const Graph& function, const Source& source,
                                         const std::vector<NamedTensor>& given,
                                         const CheckPoint& point);

/// Floats in f64, as the model that is checked has them.
Status widen(std::vector<NamedTensor>& tensors);

/// The sizes, and the types of the inputs that are given.
BuildOptions build_options(const Source& source, const std::vector<NamedTensor>& given,
                           const std::vector<std::pair<std::string, std::int64_t>>& sizes);

} // namespace nnc
