#include "dumps/tool.h"

#include "places.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>

namespace nnc::dumps_test {
namespace {

Outcome tool(const std::string& folder, std::vector<std::string> words) {
  words.insert(words.begin(), NNC_BUILD "/nnc");
  const std::string place = folder.starts_with("/") ? folder : NNC_SOURCE "/" + folder;
  Outcome outcome = cli_test::run_program(words, {}, place);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return outcome;
}

} // namespace

std::string printed(const std::string& folder, std::vector<std::string> words) {
  return tool(folder, std::move(words)).out;
}

std::string said(const std::string& folder, std::vector<std::string> words) {
  return tool(folder, std::move(words)).err;
}

std::vector<std::string> files_in(const Folder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::string masked(const std::string& text) {
  static const std::regex number("( *)\\b[0-9]+(\\.[0-9]+)?(?= (B|KB|MB|ms|%|kernels?)(\\W|$))");
  std::string result;
  std::size_t at = 0;
  for (std::sregex_iterator found(text.begin(), text.end(), number), end; found != end; ++found) {
    result += text.substr(at, static_cast<std::size_t>(found->position()) - at);
    result += found->length(1) ? " #" : "#";
    at = static_cast<std::size_t>(found->position() + found->length());
  }
  return result + text.substr(at);
}

} // namespace nnc::dumps_test
