// A folder for files that only another program reads: made empty, readable by no one else, and
// removed with all that is in it when the object goes.
#pragma once

#include "ir/error.h"

#include <string>

namespace nnc {

class TemporaryFolder {
public:
  /// In the folder that TMPDIR names, else /tmp. E0122 when it cannot be made.
  static Result<TemporaryFolder> make();
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  /// The path of a file in it.
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}

  std::string path_; ///< empty when moved from
};

} // namespace nnc
