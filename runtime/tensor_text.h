// Tensors as text, as on the command line: `2x3xf32=1 2 3 4 5 6`, a scalar is `f32=1.5`, a tensor
// without elements `0x3xf32=`. What is printed reads back to the same bits (every NaN as one NaN).
#pragma once

#include "runtime/tensor.h"

#include <string>
#include <string_view>

namespace nnc {

/// E0601 with the column of the fault, E0602 when there is no memory. `name` is what the place of
/// an error calls the text.
Result<Tensor> parse_tensor(std::string_view text, std::string_view name = {});

/// At most `limit` elements are printed, then `... (N elements)`, which does not read back.
std::string to_text(const Tensor& tensor, std::int64_t limit = 1024);

/// The element at `position` in row-major order.
std::string element_text(const Tensor& tensor, std::int64_t position);

} // namespace nnc
