#include "style/tree.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>

namespace nnc::style {
namespace {

namespace fs = std::filesystem;

bool skipped_folder(const std::string& name) {
  return (name.starts_with('.') && name != ".ci") || name == "build" ||
         name.starts_with("build-") || name == "__pycache__";
}

/// The licence, and what a work tree of git has in place of its folder.
bool skipped_file(const fs::path& path) {
  return path.filename() == "LICENSE" || path.filename() == ".git";
}

/// Nothing for data: CSV and whatever holds a zero byte.
std::optional<std::string> read_text(const fs::path& path) {
  if (path.extension() == ".csv") return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (text.find('\0') != std::string::npos) return std::nullopt;
  return text;
}

bool has_extension(std::string_view path, std::span<const std::string_view> extensions) {
  return std::any_of(extensions.begin(), extensions.end(),
                     [&](std::string_view extension) { return path.ends_with(extension); });
}

} // namespace

SourceFile make_file(std::string path, std::string_view text) {
  SourceFile file{std::move(path), {}};
  while (!text.empty()) {
    const auto end = text.find('\n');
    file.lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return file;
}

std::vector<SourceFile> read_tree(const fs::path& root) {
  std::vector<SourceFile> files;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::end(entry); ++entry) {
    if (entry->is_directory() && skipped_folder(entry->path().filename().string())) {
      entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file() || skipped_file(entry->path())) continue;
    if (auto text = read_text(entry->path())) {
      files.push_back(make_file(fs::relative(entry->path(), root).generic_string(), *text));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

bool is_cpp(const SourceFile& file) {
  static constexpr std::array<std::string_view, 3> extensions = {".cpp", ".h", ".c"};
  return has_extension(file.path, extensions);
}

bool is_code(const SourceFile& file) {
  static constexpr std::array<std::string_view, 6> extensions = {
      ".cu", ".py", ".sh", ".cmake", "CMakeLists.txt", ".ci/run"};
  return is_cpp(file) || has_extension(file.path, extensions);
}

bool is_below(const SourceFile& file, std::string_view folder) {
  return file.path.starts_with(folder);
}

} // namespace nnc::style
