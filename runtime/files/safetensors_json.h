// The JSON header of a safetensors file as it stands there, before offsets and lengths are checked.
#pragma once

#include "ir/types.h"
#include "runtime/files/safetensors.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

struct SafetensorsEntry {
  std::string name;
  std::string dtype; ///< "F32"
  Shape shape;
  std::uint64_t begin = 0, end = 0;
};

struct SafetensorsJson {
  std::vector<SafetensorsEntry> entries; ///< in the order of the text; names differ
  Metadata metadata;
};

/// The header, or why `text` is none (for the end of a sentence). Each entry has its three keys.
struct SafetensorsJsonResult {
  SafetensorsJson json;
  std::string fault; ///< empty = fine
};
SafetensorsJsonResult parse_safetensors_json(std::string_view text);

/// `text` as a JSON string with its quotes; nullopt when it is not UTF-8.
std::optional<std::string> json_string(const std::string& text);

} // namespace nnc
