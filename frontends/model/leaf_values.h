// First values of a function's params, state and constants: from the model (`init`, `value`, or
// the file that it names), of `rng` and of what optimisers keep.
#pragma once

#include "frontends/model/resolve.h"
#include "runtime/files/model_dir.h"
#include "runtime/tensor.h"

namespace nnc {

/// The value of the leaf `name` of type `type` before the first call. `folder` (may be null) is the
/// model's, for files that it names. Errors have the place of the leaf: E0204 and E0203 for initial
/// values that do not fit, E0107 for literals, E0121 and those of readers for files.
Result<Tensor> leaf_value(const Model& model, std::string_view name, const Type& type,
                          std::uint32_t seed, const ModelDir* folder);

/// A tensor with the elements of a literal, and the reverse.
Result<Tensor> to_tensor(const Literal& literal);
Literal to_literal(const Tensor& tensor);

} // namespace nnc
