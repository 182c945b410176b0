#include "runtime/files/temporary_folder.h"

#include "ir/messages.h"

#include <cerrno>
#include <filesystem>
#include <stdlib.h> // NOLINT: mkdtemp is POSIX
#include <utility>

namespace nnc {
namespace {

namespace fs = std::filesystem;

Error cannot_make(const std::string& parent, const std::error_code& fault) {
  return {.code = "E0122",
          .message = "cannot create a folder for temporary files" +
                     (parent.empty() ? "" : " in " + quote(parent, 4096)) + ": " + fault.message(),
          .help = "TMPDIR names where they go; without it that is /tmp"};
}

} // namespace

Result<TemporaryFolder> TemporaryFolder::make() {
  std::error_code fault;
  const fs::path parent = fs::temp_directory_path(fault);
  if (fault) return cannot_make(parent.string(), fault);
  std::string path = (parent / "nnc-XXXXXX").string();
  if (!mkdtemp(path.data())) return cannot_make(parent.string(), {errno, std::generic_category()});
  return TemporaryFolder(std::move(path));
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

} // namespace nnc
