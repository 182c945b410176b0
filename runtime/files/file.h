// Reading a whole file into memory. Files are read, never mapped: a file that shrinks meanwhile is
// then an error and not a signal.
#pragma once

#include "ir/error.h"
#include "runtime/files/limits.h"

#include <cstddef>
#include <string>
#include <vector>

namespace nnc {

/// Owns an open file descriptor.
class FileDescriptor {
public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close(); }

  int number() const { return number_; }
  bool valid() const { return number_ >= 0; }
  int release();
  /// 0, or the errno of the failure. Closed in any case.
  int close();

private:
  int number_ = -1;
};

/// The bytes of a file. Not a std::string: data files hold bytes.
using Bytes = std::vector<std::byte>;

/// The file that the user named (the command line; files named by a model go through
/// runtime/files/model_dir.h). `-` is standard input. E0120 when it cannot be read, is a directory
/// or is larger than `limits.bytes`, a device than 64 MiB.
Result<Bytes> read_file(const std::string& path, const FileLimits& limits = {});

/// What is left to read of `file`; `name` is what errors call it.
Result<Bytes> read_descriptor(const FileDescriptor& file, const std::string& name,
                              const FileLimits& limits = {});

/// E0120: "cannot read 'x.npy': No such file or directory".
Error cannot_read(const std::string& name, const std::string& why);
Error cannot_read(const std::string& name, int error_number);

} // namespace nnc
