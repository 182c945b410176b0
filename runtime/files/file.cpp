#include "runtime/files/file.h"

#include "ir/messages.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace nnc {
namespace {

constexpr std::int64_t most_of_a_device = 64 << 20; ///< /dev/zero has no end

Error too_large(const std::string& name, std::int64_t limit) {
  return {.code = "E0120",
          .message = fmt::format("cannot read {}: it is larger than the limit of {} bytes",
                                 quote(name), limit),
          .help = "raise --max-memory if the machine has room for it"};
}

// Fills `bytes` up to its size, or to where the file ends; nullopt or errno.
std::optional<int> fill(const FileDescriptor& file, Bytes& bytes, std::size_t& filled) {
  while (filled < bytes.size()) {
    const ssize_t got = read(file.number(), bytes.data() + filled, bytes.size() - filled);
    if (got == 0) return std::nullopt;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    filled += static_cast<std::size_t>(got);
  }
  return std::nullopt;
}

// A file of known size, which must not change meanwhile.
Result<Bytes> read_regular(const FileDescriptor& file, std::int64_t size, const std::string& name) {
  Bytes bytes(static_cast<std::size_t>(size) + 1); // one more, to see that it ends there
  std::size_t filled = 0;
  if (const auto fault = fill(file, bytes, filled)) return cannot_read(name, *fault);
  if (filled != static_cast<std::size_t>(size))
    return cannot_read(name, "it changed while it was read");
  bytes.resize(filled);
  return bytes;
}

// A pipe or terminal, whose end shows only when it comes. (So do files below /proc, of "size" 0.)
Result<Bytes> read_stream(const FileDescriptor& file, const std::string& name, std::int64_t limit) {
  Bytes bytes;
  std::size_t filled = 0;
  const auto most = static_cast<std::size_t>(limit) + 1;
  do {
    bytes.resize(std::min(most, std::max<std::size_t>(64 * 1024, 2 * filled)));
    if (const auto fault = fill(file, bytes, filled)) return cannot_read(name, *fault);
    if (filled == most) return too_large(name, limit);
  } while (filled == bytes.size());
  bytes.resize(filled);
  return bytes;
}

} // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  close();
  number_ = other.release();
  return *this;
}

int FileDescriptor::release() { return std::exchange(number_, -1); }

int FileDescriptor::close() {
  const int number = release();
  return number >= 0 && ::close(number) != 0 ? errno : 0;
}

Error cannot_read(const std::string& name, const std::string& why) {
  return {.code = "E0120", .message = "cannot read " + quote(name, 4096) + ": " + why};
}

Error cannot_read(const std::string& name, int error_number) {
  return cannot_read(name, std::generic_category().message(error_number));
}

Result<Bytes> read_descriptor(const FileDescriptor& file, const std::string& name,
                              const FileLimits& limits) {
  struct stat status {};
  if (fstat(file.number(), &status) != 0) return cannot_read(name, errno);
  if (S_ISDIR(status.st_mode)) return cannot_read(name, EISDIR);
  if (S_ISREG(status.st_mode) && status.st_size > limits.bytes)
    return too_large(name, limits.bytes);
  try {
    if (S_ISREG(status.st_mode) && status.st_size > 0)
      return read_regular(file, status.st_size, name);
    const std::int64_t most = S_ISCHR(status.st_mode) ? most_of_a_device : limits.bytes;
    return read_stream(file, name, std::min(most, limits.bytes));
  } catch (const std::exception&) { // bad_alloc, length_error
    return Error{.code = "E0602", .message = "there is no memory for " + quote(name, 4096)};
  }
}

Result<Bytes> read_file(const std::string& path, const FileLimits& limits) {
  if (path == "-") {
    FileDescriptor input(STDIN_FILENO);
    auto bytes = read_descriptor(input, "standard input", limits);
    input.release(); // it is not ours to close
    return bytes;
  }
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.valid()) return cannot_read(path, errno);
  return read_descriptor(file, path, limits);
}

} // namespace nnc
