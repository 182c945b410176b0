#include "testing/golden.h"

#include "places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace nnc {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t around = 2;       ///< equal lines that are shown beside others
constexpr std::size_t most = 2000;      ///< lines that are compared one with each other
constexpr std::size_t most_shown = 200; ///< lines of a report

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  if (!text.empty() && text.back() != '\n') lines.push_back("(no end of line)");
  return lines;
}

/// The lines of both texts in one list, each with ' ', '-' or '+' in front: longest common
/// subsequence.
Lines merged(const Lines& a, const Lines& b) {
  Lines result;
  if (a.size() > most || b.size() > most) { // the first difference says enough
    std::size_t i = 0;
    while (i < a.size() && i < b.size() && a[i] == b[i]) result.push_back(" " + a[i++]);
    if (i < a.size()) result.push_back("-" + a[i]);
    if (i < b.size()) result.push_back("+" + b[i]);
    return result;
  }
  std::vector<std::vector<int>> common(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;)
    for (std::size_t j = b.size(); j-- > 0;)
      common[i][j] =
          a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      result.push_back(" " + a[i]);
      ++i, ++j;
    } else if (i < a.size() && (j == b.size() || common[i + 1][j] >= common[i][j + 1])) {
      result.push_back("-" + a[i++]);
    } else {
      result.push_back("+" + b[j++]);
    }
  }
  return result;
}

std::string full(const std::string& path) {
  return path.starts_with("/") ? path : NNC_TESTS "/" + path;
}

std::string text_of(const std::string& path) {
  std::ifstream stream(full(path), std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

} // namespace

std::string golden_file(const std::string& path) {
  EXPECT_TRUE(std::filesystem::exists(full(path))) << full(path);
  return text_of(path);
}

std::string line_difference(const std::string& wanted, const std::string& got) {
  const Lines lines = merged(lines_of(wanted), lines_of(got));
  std::vector<bool> shown(lines.size(), false);
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (std::size_t j = i < around ? 0 : i - around;
         lines[i][0] != ' ' && j < std::min(i + around + 1, lines.size()); ++j)
      shown[j] = true;
  std::string text;
  std::size_t count = 0, number = 0; // `number`: of the line in the golden file
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i][0] != '+') ++number;
    if (!shown[i]) continue;
    if (i == 0 || !shown[i - 1])
      text += fmt::format("@@ line {}\n", std::max<std::size_t>(number, 1));
    if (++count > most_shown) return text + "...\n";
    text += lines[i] + "\n";
  }
  return text;
}

void expect_golden(const std::string& path, const std::string& text) {
  if (std::getenv("NNC_BLESS")) {
    std::filesystem::create_directories(std::filesystem::path(full(path)).parent_path());
    std::ofstream(full(path), std::ios::binary) << text;
    return;
  }
  const std::string wanted = text_of(path);
  if (text == wanted) return;
  ADD_FAILURE() << full(path) << " (-) differs from what came out (+); NNC_BLESS=1 writes it anew\n"
                << line_difference(wanted, text);
}

} // namespace nnc
