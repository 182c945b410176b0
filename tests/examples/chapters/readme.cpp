#include "examples/chapters/readme.h"

#include "places.h"

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
  bool full = false; ///< a command that takes long
  std::string lines; ///< as they stand; of a command those that are typed
  std::string output;
};

std::vector<Part> parts_of(const std::string& text) {
  std::vector<Part> parts;
  bool inside = false, typed = false, full = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      full = line == "```console full";
      parts.push_back({.lines = line + "\n", .output = {}});
      typed = false;
    } else if (inside && (typed || line.starts_with("$ "))) {
      if (!typed) parts.push_back({.command = true, .full = full, .lines = {}, .output = {}});
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

/// The tables, graphs and pictures in a folder, by name.
std::map<std::string, std::string> texts_in(const fs::path& folder) {
  std::map<std::string, std::string> texts;
  if (!fs::exists(folder)) return texts;
  for (const auto& file : fs::directory_iterator(folder)) {
    const std::string kind = file.path().extension();
    if (kind == ".csv" || kind == ".dot" || kind == ".svg")
      texts[file.path().filename()] = file_text(file.path());
  }
  return texts;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::vector<double> column_of(const std::string& table, const std::string& name) {
  const auto lines = split(table, '\n');
  if (lines.empty()) return {};
  const auto names = split(lines[0], ',');
  const auto at = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  std::vector<double> values;
  for (std::size_t row = 1; row < lines.size(); ++row)
    if (const auto fields = split(lines[row], ','); at < fields.size())
      values.push_back(std::strtod(fields[at].c_str(), nullptr));
  return values;
}

} // namespace

FolderCopy::FolderCopy(const std::string& folder, const Change& change) : path_(scratch_ / folder) {
  const fs::path from = fs::path(NNC_SOURCE) / folder, to = path_;
  fs::create_directories(to.parent_path());
  fs::copy(from, to);
  for (const std::string beside : {"examples", "examples/data"})
    if (!fs::exists(scratch_ / beside))
      fs::create_directory_symlink(fs::path(NNC_SOURCE) / beside, scratch_ / beside);
  if (change.first.empty()) return;
  const std::string model = to / (from.filename().string() + ".json");
  std::string text = file_text(model);
  const auto at = text.find(change.first);
  EXPECT_NE(at, std::string::npos) << change.first;
  EXPECT_EQ(text.find(change.first, at + 1), std::string::npos) << change.first;
  if (at == std::string::npos) return;
  cli_test::write_text(model, text.replace(at, change.first.size(), change.second));
}

Command FolderCopy::run(const std::string& line) const {
  const auto run =
      cli_test::run_program({"sh", "-c", "PATH=" NNC_BUILD ":$PATH; " + line}, {}, path_);
  return {line, run.out, run.err, run.code};
}

void FolderCopy::keep(const std::string& place) const { fs::rename(path_, place); }

Readme Readme::run(const std::string& folder, const Change& change) {
  return run_page(folder + "/README.md", folder, change);
}

Readme Readme::run_and_keep(const std::string& folder, const std::string& place) {
  Readme readme;
  const FolderCopy copy(folder);
  readme.run_commands(folder + "/README.md", copy);
  copy.keep(place);
  return readme;
}

Readme Readme::run_page(const std::string& page, const std::string& folder, const Change& change) {
  Readme readme;
  readme.run_commands(page, FolderCopy(folder, change));
  return readme;
}

void Readme::run_commands(const std::string& page, const FolderCopy& place) {
  const bool full = std::getenv("NNC_FULL") != nullptr;
  for (const Part& part : parts_of(file_text(NNC_SOURCE "/" + page))) {
    text_ += part.lines;
    if (!part.command) continue;
    const std::string line = part.lines.substr(2);
    commands_.push_back(part.full && !full
                            ? Command{.line = line, .out = part.output, .err = {}, .code = 0}
                            : place.run(line));
    const std::string& out = commands_.back().out;
    const bool same = alike(out, part.output);
    as_shown_ = as_shown_ && same;
    text_ += same ? part.output : out;
  }
  files_ = texts_in(place.path() + "/out");
  files_.merge(texts_in(place.path()));
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

std::vector<double> Readme::said(std::size_t command, const std::string& name) const {
  std::vector<double> values;
  std::istringstream lines(command < commands_.size() ? commands_[command].out : "");
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t at = (" " + line).find(" " + name + " "); at != std::string::npos)
      values.push_back(std::strtod(line.c_str() + at + name.size(), nullptr));
  return values;
}

std::string Readme::file(const std::string& name) const {
  const auto found = files_.find(name);
  EXPECT_NE(found, files_.end()) << name;
  return found == files_.end() ? std::string() : found->second;
}

std::vector<double> Readme::column(const std::string& table, const std::string& name) const {
  return column_of(file(table), name);
}

std::vector<double> Readme::column(std::size_t command, const std::string& name) const {
  return command < commands_.size() ? column_of(commands_[command].out, name)
                                    : std::vector<double>();
}

} // namespace nnc::examples_test
