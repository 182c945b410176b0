// The repository's text files, read once, for the gates that hold the house style.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::style {

struct SourceFile {
  std::string path; ///< relative to the root, with forward slashes
  std::vector<std::string> lines;
};

/// Every text file below `root` but builds, hidden folders other than .ci, data and the licence;
/// sorted by path.
std::vector<SourceFile> read_tree(const std::filesystem::path& root);

/// Splits text into lines; for made-up files.
SourceFile make_file(std::string path, std::string_view text);

/// C, C++, CUDA, Python, shell and CMake; not documents, models or expected results.
bool is_code(const SourceFile& file);
/// C and C++ alone.
bool is_cpp(const SourceFile& file);
bool is_below(const SourceFile& file, std::string_view folder);

} // namespace nnc::style
