// Every example: each command of its README runs and prints what the README shows, the numbers are
// right, a model that is wrong in one place is found out by them, and the model and its gradient
// become object files that need nothing.
#include "examples/chapters/checks.h"
#include "places.h"
#include "testing/golden.h"
#include "testing/process.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace nnc::examples_test {
namespace {

namespace fs = std::filesystem;

std::string in_tree(const Example& example) { return "examples/" + example.folder; }

class Examples : public testing::TestWithParam<Example> {};

void expect_all_ran(const Readme& readme) {
  for (const Command& command : readme.commands())
    EXPECT_EQ(command.code, 0) << command.line << command.err;
}

TEST_P(Examples, ReadmeIsWhatHappens) {
  const Readme readme = Readme::run(in_tree(GetParam()));
  expect_all_ran(readme);
  expect_golden(NNC_SOURCE "/" + in_tree(GetParam()) + "/README.md", readme.text());
  Checks checks;
  GetParam().check(readme, checks);
  EXPECT_EQ(checks.failed(), std::vector<std::string>());
}

TEST_P(Examples, AWrongConstantIsFound) {
  const Readme readme = Readme::run(in_tree(GetParam()), GetParam().wrong);
  expect_all_ran(readme);
  Checks checks;
  GetParam().check(readme, checks);
  ASSERT_FALSE(checks.failed().empty());
  EXPECT_TRUE(checks.failed()[0].starts_with(GetParam().found)) << checks.failed()[0];
}

TEST_P(Examples, CompilesAlone) {
  const FolderCopy folder(in_tree(GetParam()));
  const std::string model = fs::path(GetParam().folder).filename().string() + ".json";
  const std::string commands[] = {
      // Beside the model, whose weights may be in files there.
      fmt::format("mkdir -p out && nnc grad {} --of {} --wrt {} -o gradient.json", model,
                  GetParam().of, GetParam().wrt),
      fmt::format("nnc compile {} -o out/model.o", model),
      "nnc compile gradient.json -o out/gradient.o"};
  for (const std::string& line : commands) {
    const Command command = folder.run(line);
    ASSERT_EQ(command.code, 0) << line << "\n" << command.err;
  }
  EXPECT_EQ(folder.run("nm -u out/model.o out/gradient.o | grep ' U '").out, "");
}

INSTANTIATE_TEST_SUITE_P(All, Examples, testing::ValuesIn(all_examples()), [](const auto& info) {
  return fs::path(info.param.folder).filename().string();
});

// A folder with a README and a model is an example, and the index knows it.
TEST(ExamplesIndex, HasEveryFolder) {
  std::set<std::string> with_row, with_readme;
  for (const Example& example : all_examples()) with_row.insert(example.folder);
  const fs::path root = NNC_SOURCE "/examples";
  for (const auto& file : fs::recursive_directory_iterator(root)) {
    const fs::path folder = file.path().parent_path();
    if (file.path().filename() == "README.md" &&
        fs::exists(folder / (folder.filename().string() + ".json")))
      with_readme.insert(fs::relative(folder, root));
  }
  EXPECT_EQ(with_row, with_readme);
  const std::string index = cli_test::file_text(root / "README.md");
  for (const std::string& folder : with_row)
    EXPECT_NE(index.find(fmt::format("[{}]({}/README.md)", folder, folder)), std::string::npos)
        << folder;
}

} // namespace
} // namespace nnc::examples_test
