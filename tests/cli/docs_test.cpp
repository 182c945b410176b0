// Every command line of docs/command.md works as it is written, every text of docs/text-ir.md is
// read, and the kernel of docs/cuda.md is what is printed.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

namespace nnc::cli_test {
namespace {

TEST(Docs, CommandLinesWork) {
  std::istringstream lines(file_text(NNC_SOURCE "/docs/command.md"));
  const std::string path = "PATH=" NNC_BUILD ":$PATH; ";
  const Folder folder;
  for (const std::string model : {"examples/churn/churn.json", "tests/cli/models/table.json"})
    write_text(folder / std::filesystem::path(model).filename(), file_text(NNC_SOURCE "/" + model));
  int count = 0;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) inside = line == "```" && !inside;
    if (!inside || !line.starts_with("nnc ")) continue;
    ++count;
    const Outcome run = run_program({"sh", "-c", path + line}, {}, folder.path());
    EXPECT_EQ(run.code, 0) << line << "\n" << run.err;
    EXPECT_NE(run.out, "") << line;
  }
  EXPECT_GE(count, 15);
}

/// The blocks of a page that are in a language.
std::vector<std::string> blocks(const std::string& page, const std::string& language) {
  std::istringstream lines(file_text(NNC_SOURCE "/docs/" + page));
  std::vector<std::string> found;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = line == "```" + language;
      if (inside) found.emplace_back();
    } else if (inside) {
      found.back() += line + "\n";
    }
  }
  return found;
}

// Printed, the example is read again and prints the same; and it runs.
void expect_text(const std::vector<std::string>& print, const std::string& text) {
  SCOPED_TRACE(text);
  const Outcome first = nnc(print, text);
  ASSERT_EQ(first.code, 0) << first.err;
  const Outcome again = nnc(print, first.out);
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out, first.out);
  const Outcome run = nnc({"run", "-", "--random-inputs"}, text);
  EXPECT_EQ(run.code, 0) << run.err;
}

TEST(Docs, GraphTextsAreRead) {
  const auto texts = blocks("text-ir.md", "nnir");
  EXPECT_GE(texts.size(), 2u);
  for (const std::string& text : texts)
    expect_text({"opt", "-", "--stop-after=inline", "--no-origins"}, text);
}

TEST(Docs, KernelTextsAreRead) {
  const auto texts = blocks("text-ir.md", "kernels");
  EXPECT_GE(texts.size(), 2u);
  for (const std::string& text : texts) expect_text({"compile", "-", "--emit=kernels"}, text);
}

TEST(Docs, TheCudaKernelIsTheOneThatIsPrinted) {
  const auto kernels = blocks("cuda.md", "cuda");
  ASSERT_EQ(kernels.size(), 1u);
  const Outcome printed = nnc_on_churn({"compile", "churn.json", "--emit=cuda"});
  ASSERT_EQ(printed.code, 0) << printed.err;
  EXPECT_NE(printed.out.find(kernels[0]), std::string::npos) << printed.out;
}

} // namespace
} // namespace nnc::cli_test
