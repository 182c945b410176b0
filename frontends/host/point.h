// The point at which a function is looked at: values of its leaves, given or made up.
#pragma once

#include "frontends/host/source.h"

namespace nnc {

struct Point {
  std::vector<NamedTensor> given = {}; ///< inputs, params and state that are not made up
  std::uint32_t seed = 0;
};

/// Values for an input that was not given: floats uniform in [-1, 1), others 0 or 1. They depend
/// on (seed, name, type) alone.
Result<Tensor> random_tensor(const std::string& name, const Type& type, std::uint32_t seed);

/// The values of the leaves of a function of `source`, in their order: what is given, else random
/// inputs, and params, state and constants as the model begins with this seed. E0615 for a tensor
/// of another type, and the errors of Source::leaf_value.
Result<std::vector<Literal>> values_at(const Point& point, const Graph& function,
                                       const Source& source);

/// The params and state of these functions in a file of weights; state may be missing there. The
/// errors of load_checkpoint.
Result<std::vector<NamedTensor>> read_weights(const std::string& path,
                                              std::span<const Graph> functions);

} // namespace nnc
