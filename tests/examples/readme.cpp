#include "examples/readme.h"

#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <regex>
#include <sstream>

namespace nnc::examples_test {
namespace {

namespace fs = std::filesystem;
using cli_test::file_text;

/// Some lines of a README: text, or a command with its output.
struct Part {
  bool command = false;
  std::string lines; ///< as they stand; of a command those that are typed
  std::string output;
};

std::vector<Part> parts_of(const std::string& text) {
  std::vector<Part> parts;
  bool inside = false, typed = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      parts.push_back({.lines = line + "\n", .output = {}});
      typed = false;
    } else if (inside && (typed || line.starts_with("$ "))) {
      if (!typed) parts.push_back({.command = true, .lines = {}, .output = {}});
      parts.back().lines += line + "\n";
      typed = line.ends_with("\\");
    } else if (inside && parts.back().command) {
      parts.back().output += line + "\n";
    } else if (parts.empty() || parts.back().command) {
      parts.push_back({.lines = line + "\n", .output = {}});
    } else {
      parts.back().lines += line + "\n";
    }
  }
  return parts;
}

/// Equal but for sizes of files, times and the name of the CPU, and for numbers in their fourth
/// digit or, where they are nothing but rounding, altogether.
bool alike(const std::string& a, const std::string& b) {
  static const std::regex machine(R"([0-9.]+ (ms|B|KB|MB)\b|x86-64[^,]*)");
  static const std::regex number(R"([-+]?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?)");
  const std::string texts[] = {std::regex_replace(a, machine, "#"),
                               std::regex_replace(b, machine, "#")};
  if (std::regex_replace(texts[0], number, "#") != std::regex_replace(texts[1], number, "#"))
    return false;
  const std::sregex_iterator end;
  for (std::sregex_iterator i(texts[0].begin(), texts[0].end(), number),
       k(texts[1].begin(), texts[1].end(), number);
       i != end && k != end; ++i, ++k) {
    const double x = std::stod(i->str()), y = std::stod(k->str());
    const double size = std::max(std::abs(x), std::abs(y));
    if (size > 1e-7 && std::abs(x - y) > 1e-3 * size) return false;
  }
  return true;
}

/// The example beside the data, as in the source tree.
void copy_example(const std::string& folder, const fs::path& to, const Change& change) {
  const fs::path from = fs::path(NNC_SOURCE "/examples") / folder;
  fs::create_directories(to.parent_path());
  fs::copy(from, to);
  fs::create_directory_symlink(NNC_SOURCE "/examples/data",
                               to.parent_path().parent_path() / "data");
  if (change.first.empty()) return;
  const std::string model = to / (from.filename().string() + ".json");
  std::string text = file_text(model);
  const auto at = text.find(change.first);
  EXPECT_NE(at, std::string::npos) << change.first;
  EXPECT_EQ(text.find(change.first, at + 1), std::string::npos) << change.first;
  if (at == std::string::npos) return;
  cli_test::write_text(model, text.replace(at, change.first.size(), change.second));
}

Command run_command(const std::string& line, const std::string& folder) {
  const auto run =
      cli_test::run_program({"sh", "-c", "PATH=" NNC_BUILD ":$PATH; " + line}, {}, folder);
  return {line, run.out, run.err, run.code};
}

} // namespace

Readme Readme::run(const std::string& folder, const Change& change) {
  Readme readme;
  const cli_test::Folder scratch;
  const std::string place = scratch / ("examples/" + folder);
  copy_example(folder, place, change);
  for (const Part& part : parts_of(file_text(place + "/README.md"))) {
    readme.text_ += part.lines;
    if (!part.command) continue;
    readme.commands_.push_back(run_command(part.lines.substr(2), place));
    const std::string& out = readme.commands_.back().out;
    readme.text_ += alike(out, part.output) ? part.output : out;
  }
  return readme;
}

std::vector<double> Readme::numbers(std::size_t command, const std::string& name) const {
  std::vector<double> values;
  std::istringstream lines(command < commands_.size() ? commands_[command].out : "");
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + "=")) continue;
    values.clear();
    std::istringstream text(line.substr(line.rfind('=') + 1));
    for (std::string word; text >> word;) values.push_back(std::strtod(word.c_str(), nullptr));
  }
  return values;
}

double Readme::number(std::size_t command, const std::string& name) const {
  const auto values = numbers(command, name);
  return values.size() == 1 ? values[0] : std::numeric_limits<double>::quiet_NaN();
}

} // namespace nnc::examples_test
