// What a search over settings may change of a training run, by name: attributes of the optimiser
// (`lr`, `momentum`, ...; of its schedule `lr.every`, ...), size symbols of the model but the one
// that counts rows, and `batch`.
#pragma once

#include "frontends/host/train/training_function.h"

namespace nnc {

struct HyperParameter {
  std::string name;
  bool whole = false; ///< takes whole numbers only
};
std::vector<HyperParameter> hyper_parameters(const Source& source, const FunctionDoc& function);

/// A value as it is written on a command line.
struct Setting {
  std::string name, value;
};

/// A run with settings: a model with another optimiser and other sizes, and a batch size.
struct Configured {
  ModelDoc doc;
  std::int64_t batch = 0; ///< 0: not set
};
/// E0625 for a name that is none of hyper_parameters(), with the nearest or all of them, and for a
/// value that is no number where one is wanted; E0204 for what the optimiser refuses.
Result<Configured> configure(const Source& source, const FunctionDoc& function,
                             std::span<const Setting> settings);

} // namespace nnc
