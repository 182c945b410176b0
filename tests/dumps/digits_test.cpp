// Every text of the tool for the digits model, compared with tests/golden/digits/: what a reader
// sees who follows a value from the model to the machine.
#include "dumps/tool.h"

#include <gtest/gtest.h>

#include <regex>

namespace nnc::dumps_test {
namespace {

const std::string home = "examples/digits", model = "digits_mlp.json";
const std::string golden = "golden/digits/";

TEST(Digits, EveryStepOfTraining) {
  const Folder folder;
  printed(home, {"opt", model, "-f", "train", "--stop-after=plan", "--dump-dir", folder.path()});
  const auto files = files_in(folder);
  EXPECT_EQ(files.size(), 14u);
  for (const std::string& file : files) expect_golden(golden + file, file_text(folder / file));
}

/// The text that goes to standard error is that of the files, with a title.
TEST(Digits, StepsOnStandardErrorHaveTitles) {
  const std::string all = said(home, {"opt", model, "-f", "predict", "--print-after-all"});
  expect_golden(golden + "predict.print-after-all.txt", all);
}

TEST(Digits, EmittedTexts) {
  const Folder folder;
  printed(home, {"compile", model, "--emit=json,ir,grad,opt,kernels,dot", "-o", folder.path()});
  EXPECT_EQ(files_in(folder),
            (std::vector<std::string>{"digits_mlp.canonical.json", "digits_mlp.dot",
                                      "digits_mlp.grad.nnir", "digits_mlp.ir.nnir",
                                      "digits_mlp.kernels", "digits_mlp.opt.nnir"}));
  for (const std::string& file : files_in(folder))
    expect_golden(golden + file, file_text(folder / file));
}

/// `compile` writes the model as it is, in canonical form; `opt` one function of it with
/// everything expanded.
TEST(Digits, JsonOfCompileAndOfOpt) {
  const std::string canonical = printed(home, {"compile", model, "--emit=json"});
  EXPECT_NE(canonical.find("\"minimize\": \"loss\""), std::string::npos) << canonical;
  const std::string expanded =
      printed(home, {"opt", model, "-f", "train", "--stop-after=inline", "--emit=json"});
  expect_golden(golden + "train.expanded.json", expanded);
  for (const std::string word : {"minimize", "optimizer", "softmax_cross_entropy", "linear"})
    EXPECT_EQ(expanded.find(word), std::string::npos) << word;
  EXPECT_NE(expanded.find("\"update\""), std::string::npos);
  const Folder folder;
  cli_test::write_text(folder / "again.json", expanded);
  EXPECT_EQ(printed(folder.path(), {"compile", "again.json", "--emit=json"}), expanded);
}

TEST(Digits, ObjectHeaderAndSummary) {
  const Folder folder;
  const std::string line = printed(home, {"compile", model, "-o", folder.path()});
  expect_golden(golden + "digits_mlp.h.txt", file_text(folder / "digits_mlp.h"));
  std::string text = line;
  for (std::size_t at = 0; (at = text.find(folder.path() + "/")) != std::string::npos;)
    text.erase(at, folder.path().size() + 1);
  text = std::regex_replace(masked(text), std::regex("x86-64( avx2| avx512)?"), "x86-64 ...");
  expect_golden(golden + "compile.txt", text);
}

TEST(Digits, Times) {
  const Folder folder;
  const std::string table = said(home, {"compile", model, "--time-passes", "-o", folder.path()});
  expect_golden(golden + "time-passes.txt", masked(table));
  std::smatch share;
  ASSERT_TRUE(std::regex_search(table, share, std::regex("accounted .* ms +([0-9.]+) %")));
  EXPECT_GE(std::stod(share[1]), 95) << table;
}

TEST(Digits, Inspect) { expect_golden(golden + "inspect.txt", printed(home, {"inspect", model})); }

TEST(Digits, ExplainAGradient) {
  expect_golden(golden + "explain.txt",
                printed(home, {"explain", model, "grad.loss.w1", "-f", "train"}));
}

TEST(Digits, DerivativesAsFormulas) {
  expect_golden(golden + "grad.math.txt", printed(home, {"grad", model, "--of", "loss", "--wrt",
                                                         "w1,b1,w2,b2", "--emit=math"}));
}

int matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  return static_cast<int>(
      std::distance(std::sregex_iterator(text.begin(), text.end(), regex), std::sregex_iterator()));
}

const std::string libm = "(expf?|logf?|tanhf?|powf?|sqrtf?|fmaf?|memcpy|memset)";

TEST(Digits, LlvmIsVectorCodeWithoutCalls) {
  const std::string text = printed(home, {"compile", model, "--emit=llvm", "--cpu=x86-64-v3"});
  // 16 lanes on every machine, so that results do not depend on it; the assembly has registers
  // of 8.
  EXPECT_GT(matches(text, "call <16 x float> @llvm\\.fma\\.v16f32"), 20);
  EXPECT_EQ(matches(text, "@" + libm + "\\("), 0);
  for (const std::string function : {"predict", "evaluate", "train"})
    EXPECT_EQ(matches(text, "define i32 @digits_mlp_" + function + "\\("), 1) << function;
}

TEST(Digits, AssemblyIsVectorCodeWithoutCalls) {
  const std::string text = printed(home, {"compile", model, "--emit=asm", "--cpu=x86-64-v3"});
  EXPECT_GT(matches(text, "\tvfn?m(add|sub)[0-9]{3}ps\t[^\n]*%ymm"), 20);
  EXPECT_EQ(matches(text, "%zmm"), 0);
  EXPECT_EQ(matches(text, "\tcallq?\t[^\n]*\\b" + libm + "\\b"), 0);
  EXPECT_EQ(matches(text, "@PLT"), 0) << "calls into the process";
}

} // namespace
} // namespace nnc::dumps_test
