// What the fuzz targets share. A target reads the bytes it is given as a user's file; it stops the
// fuzzer when a law of the reader does not hold, and the sanitizers when memory is misused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace nnc::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline std::span<const std::byte> bytes(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

inline void show(const char* what, std::string_view value) {
  std::fprintf(stderr, "--- %s\n%.*s\n", what, static_cast<int>(value.size()), value.data());
}

/// What is written reads back: `again` was printed from what `once` was read as.
inline void require_equal(std::string_view once, std::string_view again) {
  if (once == again) return;
  show("printed once", once);
  show("printed again", again);
  std::abort();
}

inline void require(bool holds, const char* law) {
  if (holds) return;
  show("broken", law);
  std::abort();
}

} // namespace nnc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
