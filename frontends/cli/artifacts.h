// Everything that `nnc compile` can write, and where it goes.
#pragma once

#include "compiler/aot/object.h"
#include "frontends/cli/dumps.h"
#include "frontends/cli/functions.h"

namespace nnc::cli {

struct ArtifactSettings {
  FunctionSettings functions;
  DumpSettings dumps;
  std::string output, emit = "obj", params, cpu = "host", denormals;
  bool embed = false;
  std::int64_t seed = 0, max_memory = default_max_memory;
};

/// What --emit may name, the ending of its file, and that of the header which a source has.
struct ArtifactKind {
  std::string_view name, ending;
  bool binary = false;
  std::string_view header = {};
};
std::span<const ArtifactKind> artifact_kinds();

/// Where artifacts go. One: FILE of -o, else beside the model; texts without -o go to standard
/// output. Several: the folder of -o, else beside the model.
class Destination {
public:
  Destination(const ArtifactSettings& settings, std::vector<const ArtifactKind*> kinds);

  /// E0122 when the folder cannot be made.
  Status prepare() const;
  /// "-" for standard output.
  std::string path(const ArtifactKind& kind) const;
  /// A companion of the object or library: NAME.h, NAME.weights.
  std::string beside(std::string_view ending) const;

private:
  std::string model_, output_;
  bool folder_ = false, to_stdout_ = false;
};

struct WrittenFile {
  std::string path;
  std::int64_t bytes = 0;
};
/// For an object or library by itself, in one line: "churn.o 6.1 KB, churn.h: step(x, y; w, b) ->
/// loss   (x86-64-v3, 1 kernel, 0 B workspace, 38 ms)".
std::string summary_line(const aot::Object& built, std::span<const WrittenFile> files,
                         const std::string& cpu, double milliseconds);
/// For one among other files: a line for each function, and what stands in parentheses above.
std::string summary_block(const aot::Object& built, const std::string& cpu, double milliseconds);
/// Paths and sizes, one below the other.
std::string file_lines(std::span<const WrittenFile> files);

} // namespace nnc::cli
