// Writing a file so that at any moment, after a crash or a power cut too, its name leads to the
// whole old content or the whole new one.
//
// The bytes go to a new file beside it (created exclusively, `.NAME.XXXXXXXX.part`), which is
// flushed to the disk and then takes the name; then the folder is flushed. Links to the name are
// followed. What exists and is not a plain file (/dev/null, a pipe) is written to as it is.
#pragma once

#include "ir/error.h"
#include "runtime/files/file.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace nnc {

/// write() as often as needed, then commit(). Without a commit nothing has happened; the new file
/// is removed when the writer goes.
class AtomicFile {
public:
  static Result<AtomicFile> create(const std::string& path);
  AtomicFile(AtomicFile&&) noexcept = default;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  /// E0122 when it fails (a full disk, for instance); the old file is untouched.
  Status write(std::span<const std::byte> bytes);
  /// E0122 likewise. (If only the last flush of the folder fails, the new file has the name.)
  Status commit();

private:
  AtomicFile() = default;
  Error failed(int error_number) const;

  std::string path_; ///< as errors call it
  std::string name_; ///< the name in the folder
  std::string part_; ///< the new file in the folder; empty when written in place
  FileDescriptor folder_;
  FileDescriptor file_;
};

Status write_file(const std::string& path, std::span<const std::byte> bytes);
Status write_file(const std::string& path, std::string_view text);

} // namespace nnc
