// First values of a function's params, state and constants: from the model (`init`, `value`, or
// the file that it names), of `rng` and of what optimisers keep.
#pragma once

#include "frontends/model/files.h"
#include "frontends/model/resolve.h"
#include "runtime/tensor.h"

namespace nnc {

/// The value of the leaf `name` of type `type` before the first call; `files` holds what its files
/// gave. Errors have the place of the leaf: E0204 and E0203 for initial values that do not fit,
/// E0107 for literals, E0615 for a tensor of another type.
Result<Tensor> leaf_value(const Model& model, std::string_view name, const Type& type,
                          std::uint32_t seed, const LeafFiles& files);

/// A tensor with the elements of a literal, and the reverse.
Result<Tensor> to_tensor(const Literal& literal);
Literal to_literal(const Tensor& tensor);

} // namespace nnc
