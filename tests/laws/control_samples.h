// Functions with loops and branches, as text, each with the types of its inputs.
#pragma once

#include <string_view>
#include <vector>

namespace nnc {

struct ControlSample {
  std::string_view name;
  std::string_view text; ///< functions that @f calls, then @f; floats are f64
};

std::vector<ControlSample> control_samples();

} // namespace nnc
