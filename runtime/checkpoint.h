// Checkpoints and weight files: parameters, state and a few strings (epoch, seed, hash of the
// model) in one safetensors file, written atomically.
//
// Loading is all or nothing: every name and type is compared with what the program expects before
// the first byte is copied.
#pragma once

#include "runtime/files/safetensors.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

/// Where a tensor of the program lives.
struct Slot {
  std::string name;
  Type type;
  std::span<std::byte> bytes;
  bool required = true; ///< false: when the file lacks it, what is there stays
};

struct LoadedCheckpoint {
  Metadata metadata;
  std::vector<std::string> missing; ///< slots that the file lacks; none of them is required
  std::vector<std::string> unused;  ///< tensors of the file that have no slot
};

/// E0122 when the file cannot be written, E0703 for names that a file cannot hold.
Status save_checkpoint(const std::string& path, std::span<const Slot> slots,
                       const Metadata& metadata);

/// Copies the tensors of the file into the slots. E0704 when a required one is missing, E0705 when
/// a type differs; all such errors are in one, up to 20, with the nearest name where one is near.
/// E0701, E0702 when the file is malformed.
Result<LoadedCheckpoint> read_checkpoint(std::span<const std::byte> bytes, std::string_view name,
                                         std::span<const Slot> slots,
                                         const FileLimits& limits = {});

/// The same from a file that the user named; E0120 when it cannot be read.
Result<LoadedCheckpoint> load_checkpoint(const std::string& path, std::span<const Slot> slots,
                                         const FileLimits& limits = {});

/// The entry of the metadata; E0706 when it is missing or is not a whole number.
Result<std::int64_t> metadata_integer(const Metadata& metadata, const std::string& key,
                                      std::string_view file);

} // namespace nnc
