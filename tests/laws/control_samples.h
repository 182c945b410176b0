// Functions with loops and branches, as text, each with the types of its inputs.
#pragma once

#include <ostream>
#include <string_view>
#include <vector>

namespace nnc {

struct ControlSample {
  std::string_view name;
  std::string_view text; ///< functions that @f calls, then @f; floats are f64
};
inline void PrintTo(const ControlSample& sample, std::ostream* out) { *out << sample.name; }

std::vector<ControlSample> control_samples();

} // namespace nnc
