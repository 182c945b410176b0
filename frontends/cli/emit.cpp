#include "frontends/cli/emit.h"

#include "frontends/cli/console.h"
#include "runtime/files/atomic_write.h"

namespace nnc::cli {

Status write_text(const std::string& path, std::string_view text) {
  if (!path.empty() && path != "-") return write_file(path, text);
  print(text);
  return std::nullopt;
}

} // namespace nnc::cli
