// Files in the safetensors format (weights and checkpoints): the length of a JSON header as 8
// little-endian bytes, the header, the tensors' bytes.
//
// Everything in a file is checked while it is read; there is no tensor whose bytes are not in the
// file. Refused are: a header over the format's limit of 100 MB or longer than the file, anything
// but the format's keys, duplicate names or keys, sizes and offsets that are not plain integers,
// a length that does not fit the type, overlaps, holes and bytes after the last tensor.
#pragma once

#include "runtime/files/file.h"
#include "runtime/tensor.h"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

/// A tensor in memory that somebody else owns.
struct TensorView {
  std::string name;
  Type type;
  std::span<const std::byte> bytes; ///< of any alignment
};

using Metadata = std::map<std::string, std::string>;

struct Safetensors {
  std::vector<TensorView> tensors; ///< in the order of their bytes
  Metadata metadata;
};

/// The views point into `bytes`. `name` is what errors call the file. E0701 when it is malformed,
/// E0702 when it holds a dtype that nnc does not have.
Result<Safetensors> read_safetensors(std::span<const std::byte> bytes, std::string_view name,
                                     const FileLimits& limits = {});

/// The file up to where the tensors' bytes begin, and the tensors in the order in which theirs
/// follow: by falling element size, then by name, so that each begins at a multiple of its element
/// size. E0703 for a name that is given twice, is empty, reserved or not UTF-8 (metadata likewise).
struct SafetensorsHeader {
  std::string text;
  std::vector<std::size_t> order; ///< indices into the tensors given
};
Result<SafetensorsHeader> safetensors_header(std::span<const TensorView> tensors,
                                             const Metadata& metadata);

/// safetensors_header and all bytes into a file, atomically.
Status save_safetensors(const std::string& path, std::span<const TensorView> tensors,
                        const Metadata& metadata);

TensorView view_of(std::string name, const Tensor& tensor);

} // namespace nnc
