// Sources by the command: where they go, what does not go together, and that they run.
#include "testing/process.h"

#include <gtest/gtest.h>

namespace nnc::cli_test {
namespace {

TEST(Sources, StandBesideTheObjectAndShareItsHeader) {
  const Folder folder;
  const Outcome made =
      nnc_on_churn({"compile", "churn.json", "--emit=obj,c,cuda", "-o", folder.path() + "/"});
  ASSERT_EQ(made.code, 0) << made.err;
  for (const char* file : {"churn.o", "churn.c", "churn.h", "churn.cu", "churn.cuda.h"})
    EXPECT_NE(file_text(folder / file), "") << file;
  const Folder alone;
  ASSERT_EQ(nnc_on_churn({"compile", "churn.json", "--emit=c", "-o", alone / "churn.c"}).code, 0);
  const Outcome compiled =
      run_program({"gcc", "-std=c99", "-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Wpedantic",
                   "-Werror", "-c", alone / "churn.c", "-o", alone / "c.o"});
  EXPECT_EQ(compiled.code, 0) << compiled.err;
  const Outcome undefined = run_program({"nm", "-u", alone / "c.o"});
  EXPECT_EQ(undefined.out, "") << "it needs nothing else";
}

TEST(Sources, IncludeTheHeaderThatIsWritten) {
  const Folder folder;
  for (const char* name : {"xor", "a-b"}) {
    const std::string source = folder / (std::string(name) + ".c");
    ASSERT_EQ(nnc_on_churn({"compile", "churn.json", "--emit=c", "-o", source}).code, 0);
    const Outcome compiled = run_program({"gcc", "-std=c99", "-fsyntax-only", source});
    EXPECT_EQ(compiled.code, 0) << compiled.err;
  }
}

TEST(Sources, GoToStandardOutputByThemselves) {
  const Outcome printed = nnc_on_churn({"compile", "churn.json", "--emit=c"});
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_NE(printed.out.find("int churn_step(const churn_step_args *args"), std::string::npos);
  EXPECT_EQ(nnc_on_churn({"compile", "churn.json", "--emit=c", "-o", "-"}).out, printed.out);
}

TEST(Sources, TakeParamsFromTheirCaller) {
  const Outcome wrong = nnc_on_churn({"compile", "churn.json", "--emit=c", "--embed"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("--params and --embed are for object files"), std::string::npos)
      << wrong.err;
}

TEST(Sources, AreWithinTheMemoryThatIsAllowed) {
  const Outcome wrong =
      nnc_on_churn({"compile", "churn.json", "--emit=cuda", "--max-memory", "1000"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("error[E0501]"), std::string::npos) << wrong.err;
}

TEST(Sources, RunOnTheEmulatedDevice) {
  const Folder folder;
  const std::vector<std::string> run = {"run", "churn.json", "--random-inputs", "--seed", "7"};
  std::vector<std::string> on_cpu = run, on_device = run;
  on_cpu.insert(on_cpu.end(), {"--output-dir", folder.path()});
  ASSERT_EQ(nnc_on_churn(on_cpu).code, 0);
  on_device.push_back("--backend=cuda-host");
  for (const char* name : {"loss", "gw", "gb"})
    on_device.insert(on_device.end(),
                     {"--expect", std::string(name) + "=@" + folder.path() + "/" + name + ".npy"});
  const Outcome same = nnc_on_churn(on_device);
  EXPECT_EQ(same.code, 0) << same.err;
}

TEST(Sources, CheckIndicesOnTheEmulatedDevice) {
  const Outcome wrong = nnc({"run", "table.json", "-f", "look", "--backend=cuda-host", "--input",
                             "i=2xi32=3 9", "--input", "v=2x3xf32=1 2 3 4 5 6"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("error[E0621]"), std::string::npos) << wrong.err;
}

} // namespace
} // namespace nnc::cli_test
