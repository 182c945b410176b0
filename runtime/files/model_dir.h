// The one way to open a file that a model names: inside the folder of the model, and nowhere else.
//
// A model may come from anybody. The path it gives is relative, has no `..`, passes through no
// symbolic link, and leads to a regular file with a single name (a second, hard link could be to a
// file from outside). The kernel resolves the path below the folder's descriptor in one step
// (openat2), so nothing can be exchanged between a check and the opening.
#pragma once

#include "runtime/files/file.h"

#include <string>
#include <string_view>
#include <vector>

namespace nnc {

class ModelDir {
public:
  /// How paths are resolved: by openat2, or where the kernel does not have it by opening one
  /// folder after the other, none of them through a link. Both refuse the same.
  enum class Resolve { automatic, folder_by_folder };

  /// The folder that holds the model file; the current one when the path has no folder. The user
  /// named it, so links on the way to it are followed.
  static Result<ModelDir> of_model(const std::string& model_path,
                                   Resolve resolve = Resolve::automatic);

  /// E0121 when the path or the file is not of the kind above, E0120 when it cannot be opened.
  Result<FileDescriptor> open(std::string_view path) const;

  /// open() and read. The errors of reading name the path as the model does.
  Result<Bytes> read(std::string_view path, const FileLimits& limits = {}) const;

  /// Names of the files in the folder where `path` would be, spelled as a model spells them: to say
  /// which was meant. Empty where that folder cannot be read.
  std::vector<std::string> beside(std::string_view path) const;

private:
  ModelDir(FileDescriptor folder, Resolve resolve)
      : folder_(std::move(folder)), resolve_(resolve) {}

  FileDescriptor folder_;
  Resolve resolve_;
};

} // namespace nnc
