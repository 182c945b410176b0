#include "runtime/files/atomic_write.h"

#include "ir/messages.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <random>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace nnc {
namespace {

Error cannot_write(const std::string& path, int error_number) {
  return {.code = "E0122",
          .message = "cannot write " + quote(path, 4096) + ": " +
                     std::generic_category().message(error_number)};
}

} // namespace

Error AtomicFile::failed(int error_number) const { return cannot_write(path_, error_number); }

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  AtomicFile result;
  result.path_ = path;
  struct stat status {};
  const bool exists = stat(path.c_str(), &status) == 0;
  if (!exists && errno != ENOENT) return result.failed(errno);
  if (exists && S_ISDIR(status.st_mode)) return result.failed(EISDIR);
  if (exists && !S_ISREG(status.st_mode)) {
    result.file_ = FileDescriptor(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!result.file_.valid()) return result.failed(errno);
    return result;
  }
  std::error_code fault;
  const std::filesystem::path target =
      exists ? std::filesystem::canonical(path, fault) : std::filesystem::path(path);
  if (fault) return result.failed(fault.value());
  result.name_ = target.filename().string();
  if (result.name_.empty()) return result.failed(EISDIR);
  const std::string folder = target.has_parent_path() ? target.parent_path().string() : ".";
  result.folder_ = FileDescriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!result.folder_.valid()) return result.failed(errno);
  // An existing file that may not be written must not be replaced either.
  if (exists && faccessat(result.folder_.number(), result.name_.c_str(), W_OK, AT_EACCESS) != 0)
    return result.failed(errno);
  std::random_device random;
  for (int attempt = 0; attempt < 100 && !result.file_.valid(); ++attempt) {
    const std::string part = fmt::format(".{}.{:08x}.part", result.name_.substr(0, 200), random());
    result.file_ =
        FileDescriptor(openat(result.folder_.number(), part.c_str(),
                              O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (result.file_.valid())
      result.part_ = part;
    else if (errno != EEXIST)
      break;
  }
  if (!result.file_.valid()) return result.failed(errno);
  // It stays as readable as it was; a file system without modes is no reason to fail.
  if (exists && fchmod(result.file_.number(), status.st_mode & 07777) != 0) errno = 0;
  return result;
}

AtomicFile::~AtomicFile() {
  if (!part_.empty() && folder_.valid()) unlinkat(folder_.number(), part_.c_str(), 0);
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file_.number(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed(errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return std::nullopt;
}

Status AtomicFile::commit() {
  if (part_.empty()) {
    if (const int fault = file_.close()) return failed(fault);
    return std::nullopt;
  }
  if (fsync(file_.number()) != 0) return failed(errno);
  if (const int fault = file_.close()) return failed(fault);
  if (renameat(folder_.number(), part_.c_str(), folder_.number(), name_.c_str()) != 0)
    return failed(errno);
  part_.clear();
  if (fsync(folder_.number()) != 0) return failed(errno);
  return std::nullopt;
}

Status write_file(const std::string& path, std::span<const std::byte> bytes) {
  auto file = AtomicFile::create(path);
  if (!file) return std::move(file).error();
  if (auto error = file->write(bytes)) return error;
  return file->commit();
}

Status write_file(const std::string& path, std::string_view text) {
  return write_file(path, std::as_bytes(std::span(text)));
}

} // namespace nnc
