// Help, exit codes, complaints about the command line, and where output goes.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

namespace nnc::cli_test {
namespace {

const std::vector<std::string> commands = {"compile", "run",     "train",   "grad",
                                           "opt",     "inspect", "explain", "ops"};

TEST(Usage, HelpFitsAPage) {
  const Outcome help = nnc({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_LT(line_count(help.out), 40);
  EXPECT_EQ(help.err, "");
  for (const std::string& command : commands)
    EXPECT_NE(help.out.find("\n  " + command + " "), std::string::npos) << command;
}

TEST(Usage, EveryCommandShowsTwoExamples) {
  for (const std::string& command : commands) {
    const Outcome help = nnc({command, "--help"});
    EXPECT_EQ(help.code, 0) << command;
    const std::size_t examples = help.out.find("\nexamples:\n");
    ASSERT_NE(examples, std::string::npos) << command;
    const std::string rest = help.out.substr(examples + 11);
    EXPECT_GE(line_count(rest), 2) << command;
    EXPECT_TRUE(rest.starts_with("  nnc " + command)) << rest;
    EXPECT_EQ(nnc({"help", command}).out, help.out);
  }
}

TEST(Usage, NoCommandIsAnErrorWithHelp) {
  const Outcome none = nnc({});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.out, "");
  EXPECT_NE(none.err.find("usage: nnc COMMAND"), std::string::npos);
}

TEST(Usage, NearestNames) {
  Outcome wrong = nnc({"rn"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(
      wrong.err,
      "nnc: no command 'rn'\n  usage: nnc COMMAND [OPTION]...\n  help: did you mean 'run'?\n");
  wrong = nnc({"run", "churn.json", "--inptu", "x=f32=1"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(wrong.err, "nnc: run: no option '--inptu'\n  usage: nnc run MODEL [OPTION]...\n"
                       "  help: did you mean '--input'?\n");
  wrong = nnc({"opt", "churn.json", "--stop-after=simplfy"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(wrong.err, "nnc: no step 'simplfy'\n  help: did you mean 'simplify'?\n");
  wrong = nnc({"compile", "churn.json", "--emit=lllvm"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("did you mean 'llvm'?"), std::string::npos) << wrong.err;
  wrong = nnc({"run", "churn.json", "--backend=rocket"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("one of: cpu, interpreter"), std::string::npos) << wrong.err;
}

TEST(Usage, BadModelsAreShownWithTheirLines) {
  const Outcome bad = nnc({"run", "bad.json", "-f", "f"});
  EXPECT_EQ(bad.code, 1);
  EXPECT_EQ(bad.out, "");
  expect_golden("cli/golden/bad.txt", bad.err);
  const Outcome missing = nnc({"inspect", "nowhere.json"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(missing.err, "error[E0120]: cannot read 'nowhere.json': No such file or directory\n");
}

TEST(Usage, ControlBytesOfAModelDoNotReachTheTerminal) {
  const Outcome bad = nnc({"inspect", "-"}, "{ \"nnc\": 1, \"\x1b[31mred\": 2 }");
  EXPECT_EQ(bad.code, 1);
  EXPECT_EQ(bad.err.find('\x1b'), std::string::npos) << bad.err;
  EXPECT_NE(bad.err.find("\\x1b"), std::string::npos) << bad.err;
}

TEST(Usage, AFullDiskIsAnError) {
  const Outcome full = run_program({"sh", "-c", NNC_BUILD "/nnc ops > /dev/full"});
  EXPECT_EQ(full.code, 1);
  EXPECT_NE(full.err.find("error[E0122]: cannot write standard output"), std::string::npos);
}

TEST(Usage, AReaderThatGoesAwayIsNoError) {
  const Outcome cut = run_program({"sh", "-c", NNC_BUILD "/nnc ops --json | head -1"});
  EXPECT_EQ(cut.code, 0);
  EXPECT_EQ(cut.out, "[\n");
  EXPECT_EQ(cut.err, "");
}

TEST(Usage, ErrorCodesHavePages) {
  EXPECT_TRUE(nnc({"explain", "E0203"}).out.starts_with("E0203: operand types"));
  EXPECT_EQ(nnc({"explain", "E9999"}).code, 2);
}

TEST(Usage, OneOperation) {
  const Outcome tanh = nnc({"ops", "tanh"});
  EXPECT_EQ(tanh.out, "tanh(x)\n  primitive, element-wise\n  hyperbolic tangent\n"
                      "  derivative: 1 - tanh(x)^2\n");
  const Outcome none = nnc({"ops", "tanhh"});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.err, "nnc: ops: there is no operation 'tanhh'\n  help: did you mean 'tanh'?\n");
}

} // namespace
} // namespace nnc::cli_test
