// NumPy's .npy files, one tensor each. The format: numpy.lib.format in NumPy's reference.
//
// Read: versions 1 to 3, little-endian, row-major or column-major (`fortran_order`, turned into
// row-major). Written: version 1. bf16, which NumPy does not have, is `<V2`, two raw bytes, as the
// ml_dtypes package writes it. Objects, structures, strings, complex and big-endian numbers and
// sizes of integers that nnc does not have are refused, never converted.
#pragma once

#include "runtime/files/file.h"
#include "runtime/tensor.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace nnc {

/// What the first part of a file says.
struct NpyHeader {
  Type type;
  bool fortran_order = false;
  std::size_t data_begin = 0; ///< where the elements begin
};

/// `bytes` may be the beginning of a file, if it holds the whole header. `name` is what errors call
/// the file. E0610 when it is malformed, E0611 when the elements are of a kind that nnc does not
/// read, E0202 when the tensor is too large to exist.
Result<NpyHeader> read_npy_header(std::span<const std::byte> bytes, std::string_view name,
                                  const FileLimits& limits = {});

/// The tensor in the whole file `bytes`. Errors as above; nothing may follow the elements.
Result<Tensor> read_npy(std::span<const std::byte> bytes, std::string_view name,
                        const FileLimits& limits = {});

/// The same bytes as NumPy writes for such an array.
Bytes write_npy(const Tensor& tensor);

/// read_file and read_npy, write_npy and write_file.
Result<Tensor> load_npy(const std::string& path, const FileLimits& limits = {});
Status save_npy(const std::string& path, const Tensor& tensor);

/// E0615 unless the types are equal; of unequal dtypes it says that `--cast` exists. `what` stands
/// at the beginning of the message ("input 'y'").
Status require_type(const Type& actual, const Type& expected, std::string_view what,
                    std::string_view file);

} // namespace nnc
