#include "frontends/cli/artifacts.h"

#include "compiler/plan.h"
#include "frontends/cli/tensors.h"
#include "frontends/nn/counted.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace nnc::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array kinds = {ArtifactKind{"obj", ".o", true},
                              ArtifactKind{"lib", ".so", true},
                              ArtifactKind{"ir", ".ir.nnir"},
                              ArtifactKind{"grad", ".grad.nnir"},
                              ArtifactKind{"opt", ".opt.nnir"},
                              ArtifactKind{"kernels", ".kernels"},
                              ArtifactKind{"llvm", ".ll"},
                              ArtifactKind{"asm", ".s"},
                              ArtifactKind{"c", ".c", false, ".h"},
                              ArtifactKind{"cuda", ".cu", false, ".cuda.h"},
                              ArtifactKind{"json", ".canonical.json"},
                              ArtifactKind{"dot", ".dot"}};

std::string stem(const std::string& model) {
  return model == "-" ? "model" : fs::path(model).stem().string();
}

} // namespace

std::span<const ArtifactKind> artifact_kinds() { return kinds; }

Destination::Destination(const ArtifactSettings& settings, std::vector<const ArtifactKind*> wanted)
    : model_(settings.functions.model), output_(settings.output) {
  const bool texts = std::ranges::none_of(wanted, &ArtifactKind::binary);
  to_stdout_ = output_ == "-" || (output_.empty() && texts);
  std::error_code none;
  folder_ = wanted.size() > 1 || output_.empty() || output_.ends_with("/") ||
            fs::is_directory(output_, none);
}

Status Destination::prepare() const {
  if (to_stdout_ || output_.empty() || !folder_) return std::nullopt;
  return make_folder(output_);
}

std::string Destination::path(const ArtifactKind& kind) const {
  if (to_stdout_) return "-";
  return folder_ ? beside(kind.ending) : output_;
}

std::string Destination::beside(std::string_view ending) const {
  if (!folder_) return fs::path(output_).replace_extension(std::string(ending)).string();
  const fs::path parent = output_.empty() ? fs::path(model_).parent_path() : fs::path(output_);
  return (parent / (stem(model_) + std::string(ending))).string();
}

namespace {

/// "x86-64 avx512": the widest vectors that code for this machine uses; others by their name.
std::string cpu_text(const std::string& cpu) {
  if (cpu != "host") return cpu;
  const std::vector<std::string> widths = {"avx512f", "avx2"};
  const auto found = cpu_features(cpu, widths);
  if (!found || found->empty()) return "x86-64";
  return found->front() == "avx512f" ? "x86-64 avx512" : "x86-64 avx2";
}

/// "step(x, y; w, b) -> loss".
std::string signature_text(const aot::Function& function) {
  std::vector<std::string> in, kept, out;
  int state = 0;
  for (const aot::Argument& one : function.arguments) {
    if (one.role == BufferRole::state)
      ++state;
    else
      (one.role == BufferRole::output  ? out
       : one.role == BufferRole::input ? in
                                       : kept)
          .push_back(one.name);
  }
  if (state > 0) kept.push_back(fmt::format("{} of state", state));
  return fmt::format("{}({}{}{}) -> {}", function.name, fmt::join(in, ", "),
                     kept.empty() ? "" : "; ", fmt::join(kept, ", "),
                     out.empty() ? "updates" : fmt::format("{}", fmt::join(out, ", ")));
}

/// "x86-64-v3, 1 kernel, 0 B workspace, 38 ms".
std::string totals_text(const aot::Object& built, const std::string& cpu, double milliseconds) {
  std::int64_t kernels = 0, arena = 0;
  for (const aot::Function& function : built.module.functions)
    kernels += std::ssize(function.program->kernels);
  for (const std::int64_t bytes : built.workspace_bytes) arena = std::max(arena, bytes);
  return fmt::format("{}, {}, {} workspace, {:.0f} ms", cpu_text(cpu), counted(kernels, "kernel"),
                     size_text(arena), milliseconds);
}

std::vector<std::string> signatures(const aot::Object& built) {
  std::vector<std::string> texts;
  for (const aot::Function& function : built.module.functions)
    texts.push_back(signature_text(function));
  return texts;
}

} // namespace

std::string summary_line(const aot::Object& built, std::span<const WrittenFile> files,
                         const std::string& cpu, double milliseconds) {
  std::string text;
  for (const WrittenFile& file : files)
    text +=
        text.empty() ? fmt::format("{} {}", file.path, size_text(file.bytes)) : ", " + file.path;
  return fmt::format("{}: {}   ({})\n", text, fmt::join(signatures(built), ", "),
                     totals_text(built, cpu, milliseconds));
}

std::string summary_block(const aot::Object& built, const std::string& cpu, double milliseconds) {
  return fmt::format("{}\n{}\n", fmt::join(signatures(built), "\n"),
                     totals_text(built, cpu, milliseconds));
}

std::string file_lines(std::span<const WrittenFile> files) {
  std::size_t width = 0;
  for (const WrittenFile& file : files) width = std::max(width, file.path.size());
  std::string text;
  for (const WrittenFile& file : files)
    text += fmt::format("{:{}}  {:>9}\n", file.path, width, size_text(file.bytes));
  return text;
}

} // namespace nnc::cli
