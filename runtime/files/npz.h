// NumPy's .npz files: a zip archive with one .npy file per tensor.
//
// Read: stored and deflated entries, as numpy.savez and numpy.savez_compressed write them. An entry
// may not expand to more than its own header declares, nor may all of them to more than the limit.
// Written: stored entries, with no time in them, so that equal tensors give equal files.
#pragma once

#include "runtime/files/file.h"
#include "runtime/tensor.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

/// The tensors in the order of the archive; an entry `w.npy` is named `w`. E0612 when the archive
/// is malformed, the errors of read_npy for an entry.
Result<std::vector<NamedTensor>> read_npz(std::span<const std::byte> bytes, std::string_view name,
                                          const FileLimits& limits = {});

/// E0612 when two names are equal or one is empty.
Result<Bytes> write_npz(std::span<const NamedTensor> tensors);

Result<std::vector<NamedTensor>> load_npz(const std::string& path, const FileLimits& limits = {});
Status save_npz(const std::string& path, std::span<const NamedTensor> tensors);

} // namespace nnc
