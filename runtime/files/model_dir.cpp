#include "runtime/files/model_dir.h"

#include "ir/messages.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nnc {
namespace {

// A FIFO must not block, a terminal must not become ours; both are refused once they are open.
constexpr int file_flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;
constexpr int folder_flags = O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;

Error refused(std::string_view path, const std::string& why) {
  return {.code = "E0121",
          .message = "the model names the file " + quote(path) + ", which " + why,
          .help = "put a plain file into the model's folder, and name it relative to that"};
}

// The faults that show in the text alone, so that the message can say which it is. What the kernel
// refuses does not depend on this.
std::optional<std::string> fault_in_text(std::string_view path) {
  if (path.empty()) return "has no name";
  if (path.find('\0') != std::string_view::npos) return "has a zero byte in its name";
  if (path.front() == '/') return "is not relative to the model's folder";
  if (path.back() == '/') return "is a folder";
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (path.substr(at, end - at) == "..") return "may lie outside the model's folder ('..')";
    at = end + 1;
  }
  return std::nullopt;
}

int open_in_one_step(int folder, const std::string& path) {
  open_how how{};
  how.flags = file_flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
}

// Without `..` and links, each step stays below the one before.
int open_folder_by_folder(int folder, const std::string& path) {
  FileDescriptor step;
  std::size_t at = 0;
  for (std::size_t slash; (slash = path.find('/', at)) != std::string::npos; at = slash + 1) {
    if (slash == at) continue; // a//b
    const std::string name = path.substr(at, slash - at);
    FileDescriptor next(openat(step.valid() ? step.number() : folder, name.c_str(), folder_flags));
    if (!next.valid()) {
      // O_DIRECTORY sees a link first as "not a folder".
      struct stat status {};
      const int fault = errno;
      const bool link = fstatat(step.valid() ? step.number() : folder, name.c_str(), &status,
                                AT_SYMLINK_NOFOLLOW) == 0 &&
                        S_ISLNK(status.st_mode);
      errno = link ? ELOOP : fault;
      return -1;
    }
    step = std::move(next);
  }
  return openat(step.valid() ? step.number() : folder, path.c_str() + at, file_flags);
}

bool no_such_call(int fault) {
  // EPERM: some sandboxes answer calls that they do not know with it; E2BIG: a kernel with an
  // older form of the call.
  return fault == ENOSYS || fault == EPERM || fault == E2BIG;
}

std::optional<std::string> fault_in_kind(const struct stat& status) {
  if (S_ISDIR(status.st_mode)) return "is a folder";
  if (!S_ISREG(status.st_mode)) return "is not a plain file";
  if (status.st_nlink != 1) return "has a second name (a hard link)";
  return std::nullopt;
}

} // namespace

Result<ModelDir> ModelDir::of_model(const std::string& model_path, Resolve resolve) {
  const std::size_t slash = model_path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : model_path.substr(0, slash + 1);
  FileDescriptor opened(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid()) return cannot_read(folder, errno);
  return ModelDir(std::move(opened), resolve);
}

Result<FileDescriptor> ModelDir::open(std::string_view path) const {
  if (const auto fault = fault_in_text(path)) return refused(path, *fault);
  const std::string name(path);
  int number = -1;
  bool tried = false;
  if (resolve_ == Resolve::automatic) {
    number = open_in_one_step(folder_.number(), name);
    tried = number >= 0 || !no_such_call(errno);
  }
  if (!tried) number = open_folder_by_folder(folder_.number(), name);
  FileDescriptor file(number);
  if (!file.valid()) {
    if (errno == ELOOP) return refused(path, "is reached through a symbolic link");
    if (errno == EXDEV) return refused(path, "lies outside the model's folder");
    if (errno == ENXIO) return refused(path, "is not a plain file"); // a socket, a device
    return cannot_read(name, errno);
  }
  struct stat status {};
  if (fstat(file.number(), &status) != 0) return cannot_read(name, errno);
  if (const auto fault = fault_in_kind(status)) return refused(path, *fault);
  return file;
}

std::vector<std::string> ModelDir::beside(std::string_view path) const {
  std::vector<std::string> names;
  const std::size_t slash = path.rfind('/');
  const std::string folder(slash == std::string_view::npos ? "." : path.substr(0, slash));
  // Only one step down, so that no link on the way is followed.
  if (fault_in_text(path) || folder.find('/') != std::string::npos) return names;
  const FileDescriptor opened(
      openat(folder_.number(), folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  DIR* entries = opened.valid() ? fdopendir(dup(opened.number())) : nullptr;
  if (!entries) return names;
  while (const dirent* entry = readdir(entries)) // NOLINT: one reader of this stream
    if (entry->d_type == DT_REG)
      names.push_back(slash == std::string_view::npos ? entry->d_name
                                                      : folder + "/" + entry->d_name);
  closedir(entries);
  std::ranges::sort(names);
  return names;
}

Result<Bytes> ModelDir::read(std::string_view path, const FileLimits& limits) const {
  auto file = open(path);
  if (!file) return std::move(file).error();
  return read_descriptor(*file, std::string(path), limits);
}

} // namespace nnc
