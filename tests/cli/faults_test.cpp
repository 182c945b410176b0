// What users see when nnc itself is wrong: the command is run with rows that are broken on purpose
// (faulty/main.cpp), and finds them out.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

namespace nnc::cli_test {
namespace {

Outcome faulty(std::vector<std::string> words) {
  words.insert(words.begin(), NNC_BUILD "/nnc_faulty");
  return run_program(words, {}, NNC_TESTS "/cli/models");
}

TEST(Faults, CheckFindsAWrongGradient) {
  const Outcome right = nnc({"check", "smooth.json"});
  EXPECT_EQ(right.code, 0) << right.err;
  EXPECT_NE(right.out.find("\n1 derivative agrees"), std::string::npos) << right.out;
  const Outcome wrong = faulty({"wrong-gradient", "check", "smooth.json"});
  EXPECT_EQ(wrong.code, 3) << wrong.err;
  expect_golden("cli/golden/wrong_gradient.txt", wrong.out);
  EXPECT_EQ(wrong.err, "");
}

TEST(Faults, CheckNamesTheRuleThatIsWrong) {
  const std::string model = R"json({ "nnc": 1,
    "inputs": { "x": "f32[60,70]" }, "params": { "w": { "type": "f32[70,40]", "init": 1 } },
    "nodes": [ "h = tanh(x @ w) * 2", "loss = sum(h*h)", "gw = grad(loss, w)" ] })json";
  const Outcome wrong =
      run_program({NNC_BUILD "/nnc_faulty", "wrong-dot", "check", "-", "--points", "2"}, model);
  EXPECT_EQ(wrong.code, 3) << wrong.out << wrong.err;
  EXPECT_NE(wrong.out.find("\nthe rule of `dot` is wrong by itself (<stdin>:3:28  x @ w): for "
                           "operand 1, along a random direction, it gives "),
            std::string::npos)
      << wrong.out;
  EXPECT_EQ(wrong.out.find("`tanh` is wrong"), std::string::npos) << wrong.out;
}

/// Every row is right, but the differences of a staircase finer than their step are not its rule.
TEST(Faults, CheckSeesWhatDifferencesSay) {
  const Outcome stairs = nnc({"check", "-"}, R"json({ "nnc": 1,
    "params": { "w": { "type": "f32[3]", "init": 1 } },
    "nodes": [ "loss = sum(floor(w * 1e9) * 1e-9)", "g = grad(loss, w)" ] })json");
  EXPECT_EQ(stairs.code, 3) << stairs.out << stairs.err;
}

TEST(Faults, AnInternalErrorIsOneBlockToReport) {
  const Outcome broken = faulty({"broken-invariant", "run", "smooth.json", "-f", "loss"});
  EXPECT_EQ(broken.code, 70);
  EXPECT_EQ(broken.out, "");
  expect_golden("cli/golden/internal_error.txt", broken.err);
}

TEST(Faults, RewritesAreCheckedInValue) {
  const std::vector<std::string> words = {"smooth.json", "-f", "g", "--check-rewrites"};
  for (const std::string command : {"opt", "compile", "run"}) {
    std::vector<std::string> line = {"wrong-value", command};
    line.insert(line.end(), words.begin(), words.end());
    if (command == "run") line.push_back("--random-inputs");
    if (command == "compile") line.push_back("--emit=opt");
    const Outcome wrong = faulty(line);
    EXPECT_EQ(wrong.code, 70) << command << wrong.out << wrong.err;
    if (command == "opt") expect_golden("cli/golden/wrong_value.txt", wrong.err);
    EXPECT_TRUE(wrong.err.starts_with(
        "nnc: internal error: rewrite 'softplus-of-log' changes the value of `log` ("))
        << wrong.err;
  }
}

TEST(Faults, RewritesBeforeDifferentiateAreCheckedInGradient) {
  const Outcome wrong =
      faulty({"wrong-slope", "opt", "smooth.json", "-f", "g", "--check-rewrites"});
  EXPECT_EQ(wrong.code, 70) << wrong.out << wrong.err;
  EXPECT_TRUE(wrong.err.starts_with("nnc: internal error: rewrite 'softplus-of-log' changes the "
                                    "gradient by "))
      << wrong.err;
  const Outcome unseen = faulty({"wrong-slope", "opt", "smooth.json", "-f", "g"});
  EXPECT_EQ(unseen.code, 0) << "it is the option that looks: " << unseen.err;
}

TEST(Faults, RewritesOfGoodModelsAgree) {
  for (const std::string model : {"churn.json", "smooth.json", "table.json"}) {
    const auto tool = [&](std::vector<std::string> words) {
      return model == "churn.json" ? nnc_on_churn(std::move(words)) : nnc(std::move(words));
    };
    const Outcome opt = tool({"opt", model, "--check-rewrites"});
    EXPECT_EQ(opt.code, 0) << opt.err;
    EXPECT_TRUE(opt.err.starts_with("checked ")) << opt.err;
    EXPECT_EQ(opt.out, tool({"opt", model}).out);
  }
  const Outcome check = nnc_on_churn({"check", "churn.json", "--check-rewrites"});
  EXPECT_EQ(check.code, 0) << check.err;
  EXPECT_NE(check.err.find("rewrites: both sides agree"), std::string::npos) << check.err;
}

TEST(Faults, AStepThatBreaksARuleIsNamedWithTheLine) {
  const Outcome run =
      run_program({NNC_BUILD "/nnc_faulty", "outside", "run", "-", "--random-inputs"},
                  "func @f(%x: f32[3]) -> (%y) { %y = tanh %x : f32[3] }\n");
  EXPECT_EQ(run.code, 70);
  EXPECT_EQ(run.out, "");
  EXPECT_NE(run.err.find("after step 'fuse' @f is not well formed"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("      y[i] = tanh(x[i + 1])\n"
                         "      ^~~~~~~~~~~~~~~~~~~~~\n"
                         "      error: bounds: index 0 of 'x' is in 1..3, the size is 3\n"),
            std::string::npos)
      << run.err;
}

} // namespace
} // namespace nnc::cli_test
