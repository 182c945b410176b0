// What the tests of the readers share: fixtures, bytes made by hand, a folder that goes away, and
// the check that wrong input gives the error it should.
#pragma once

#include "places.h"
#include "runtime/files/file.h"
#include "runtime/tensor.h"
#include "runtime/tensor_text.h"

#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace nnc {

inline Bytes bytes_of(std::string_view text) {
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  return Bytes(begin, begin + text.size());
}

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::string fixture(const std::string& name) {
  return std::string(NNC_TESTS "/data/") + name;
}

inline Bytes fixture_bytes(const std::string& name) { return *read_file(fixture(name)); }

/// The tensor of a literal like `2xf32=1 2`.
inline Tensor tensor(std::string_view literal) { return *parse_tensor(literal); }

/// `value` in `bytes` bytes, little-endian.
inline std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

inline std::string big(std::uint64_t value, int bytes) {
  const std::string text = little(value, bytes);
  return {text.rbegin(), text.rend()};
}

/// Wrong input, the code of its error, and a part of the message or help.
struct Malformed {
  std::string what;
  std::string bytes;
  std::string code;
  std::string message;
};

template <class T>
void expect_error(const Result<T>& result, const std::string& code, const std::string& message,
                  const std::string& what = {}) {
  ASSERT_FALSE(result) << what;
  const Error& error = result.error();
  EXPECT_EQ(error.code, code) << what << ": " << error.message;
  const std::string text = error.message + "\n" + error.help;
  EXPECT_NE(text.find(message), std::string::npos) << what << ": " << text;
}

inline void expect_error(const Status& status, const std::string& code,
                         const std::string& message) {
  ASSERT_TRUE(status);
  expect_error(Result<int>(*status), code, message);
}

/// A folder of its own for a test.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nnc-test-XXXXXX").string();
    if (!mkdtemp(pattern.data())) ADD_FAILURE() << "mkdtemp";
    path_ = pattern;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  /// How many entries it has.
  std::ptrdiff_t count() const {
    return std::distance(std::filesystem::directory_iterator(path_),
                         std::filesystem::directory_iterator());
  }

private:
  std::string path_;
};

} // namespace nnc
