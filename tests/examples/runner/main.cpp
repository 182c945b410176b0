// Runs examples as their READMEs tell and says of each, in a line, what was checked:
//
//   run_examples [--keep DIR] [EXAMPLE]...
//
// An example is a folder, as in networks/xor; all by default. With --keep its folder is left as
// DIR/EXAMPLE. Exit status 1 if anything is not as it should be.
#include "examples/chapters/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

namespace nnc::examples_test {
namespace {

using Clock = std::chrono::steady_clock;

/// What is wrong with the example, a line each.
std::vector<std::string> faults(const Readme& readme, const Checks& checks) {
  std::vector<std::string> found;
  for (const Command& command : readme.commands())
    if (command.code != 0) found.push_back("failed: " + command.line + command.err);
  if (!readme.as_shown()) found.emplace_back("README.md shows something else than was printed");
  for (const std::string& failed : checks.failed()) found.push_back("wrong: " + failed);
  return found;
}

bool run(const Example& example, const std::string& keep) {
  const auto start = Clock::now();
  Readme readme;
  if (keep.empty()) {
    readme = Readme::run("examples/" + example.folder);
  } else {
    const std::filesystem::path place = keep + "/" + example.folder;
    std::filesystem::create_directories(place.parent_path());
    readme = Readme::run_and_keep("examples/" + example.folder, place);
  }
  Checks checks;
  example.check(readme, checks);
  const auto wrong = faults(readme, checks);
  const std::chrono::duration<double> seconds = Clock::now() - start;
  fmt::print("{:<29} {:5.1f} s  {:>2} checks {}  {}\n", example.folder, seconds.count(),
             checks.count(), wrong.empty() ? "passed" : "FAILED", checks.result());
  for (const std::string& one : wrong) fmt::print("  {}\n", one);
  std::fflush(stdout);
  return wrong.empty();
}

int run_all(std::vector<std::string> words) {
  std::string keep;
  if (words.size() >= 2 && words[0] == "--keep") {
    keep = words[1];
    words.erase(words.begin(), words.begin() + 2);
  }
  const auto examples = all_examples();
  for (const std::string& name : words)
    if (std::ranges::find(examples, name, &Example::folder) == examples.end()) {
      fmt::print(stderr, "nnc: there is no example {}\n", name);
      return 1;
    }
  std::size_t failed = 0, ran = 0;
  for (const Example& example : examples) {
    if (!words.empty() && std::ranges::find(words, example.folder) == words.end()) continue;
    ++ran;
    if (!run(example, keep)) ++failed;
  }
  fmt::print("{} of {} examples passed\n", ran - failed, ran);
  return failed == 0 ? 0 : 1;
}

} // namespace
} // namespace nnc::examples_test

int main(int argc, char** argv) {
  return nnc::examples_test::run_all({argv + std::min(argc, 1), argv + argc});
}
