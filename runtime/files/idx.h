// IDX files, the format of the MNIST data: two zero bytes, a byte for the kind of elements, a byte
// for the rank, the sizes, the elements; all numbers big-endian.
#pragma once

#include "runtime/files/file.h"
#include "runtime/tensor.h"

#include <span>
#include <string>
#include <string_view>

namespace nnc {

/// u8, i8, i32, f32 or f64 as in the file. E0614 when it is malformed or holds 16-bit integers,
/// which nnc does not have.
Result<Tensor> read_idx(std::span<const std::byte> bytes, std::string_view name);

Result<Tensor> load_idx(const std::string& path, const FileLimits& limits = {});

} // namespace nnc
