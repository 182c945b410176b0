// nnc compile: files, and C programs linked to what it writes.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

#include <sstream>

namespace nnc::cli_test {
namespace {

const std::string models = NNC_TESTS "/cli/models/";

/// Compiles a C program of the test models beside table.h, strictly, and runs it.
Outcome run_c(const Folder& folder, const std::string& source, const std::string& object,
              const std::vector<std::string>& words = {}) {
  const Outcome built =
      run_program({"cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I",
                   folder.path(), models + source, object, "-o", folder / "program"});
  EXPECT_EQ(built.code, 0) << built.err;
  std::vector<std::string> line = {folder / "program"};
  line.insert(line.end(), words.begin(), words.end());
  return run_program(line);
}

TEST(Object, ACProgramCallsIt) {
  const Folder folder;
  const Outcome compiled = nnc({"compile", "table.json", "-o", folder.path() + "/"});
  EXPECT_EQ(compiled.code, 0) << compiled.err;
  EXPECT_EQ(line_count(compiled.out), 1);
  EXPECT_EQ(compiled.err, "");
  const Outcome run = run_c(folder, "table_check.c", folder / "table.o");
  EXPECT_EQ(run.out, "fine\n");
  EXPECT_EQ(run.code, 0);
  const Outcome undefined = run_program({"nm", "-u", folder / "table.o"});
  EXPECT_EQ(undefined.out, "");
}

TEST(Object, TheSameAsASharedLibrary) {
  const Folder folder;
  const Outcome compiled = nnc({"compile", "table.json", "--emit=lib", "-o", folder.path() + "/"});
  EXPECT_EQ(compiled.code, 0) << compiled.err;
  EXPECT_EQ(run_c(folder, "table_check.c", folder / "table.so").out, "fine\n");
  const Outcome symbols = run_program({"nm", "-D", folder / "table.so"});
  EXPECT_EQ(symbols.out.find("nnc_"), std::string::npos) << symbols.out;
  EXPECT_EQ(symbols.out.find(" U "), std::string::npos) << symbols.out;
  EXPECT_EQ(run_program({"readelf", "-d", folder / "table.so"}).out.find("NEEDED"),
            std::string::npos);
}

TEST(Object, NothingInItIsWritable) {
  const Folder folder;
  EXPECT_EQ(nnc({"compile", "table.json", "--embed", "-o", folder.path() + "/"}).code, 0);
  const Outcome symbols = run_program({"nm", folder / "table.o"});
  for (const std::string_view kind : {" d ", " D ", " b ", " B ", " C "})
    EXPECT_EQ(symbols.out.find(kind), std::string::npos) << symbols.out;
}

TEST(Object, HeaderIsStable) {
  const Folder folder;
  EXPECT_EQ(nnc({"compile", "table.json", "--embed", "-o", folder.path() + "/"}).code, 0);
  expect_golden("cli/golden/table.h.txt", file_text(folder / "table.h"));
}

TEST(Object, WeightsEmbeddedOrInAFile) {
  const Folder folder;
  EXPECT_EQ(nnc({"run", "table.json", "-f", "step", "--input", "i=2xi32=0 0", "--input",
                 "v=2x3xf32=1 2 3 4 5 6", "--save-params", folder / "w.safetensors"})
                .code,
            0);
  EXPECT_EQ(nnc({"compile", "table.json", "--embed", "-o", folder.path() + "/"}).code, 0);
  EXPECT_EQ(run_c(folder, "table_weights.c", folder / "table.o").out, "ok 21\n");
  EXPECT_EQ(nnc({"compile", "table.json", "--params", folder / "w.safetensors", "-o",
                 folder.path() + "/"})
                .code,
            0);
  EXPECT_EQ(run_c(folder, "table_weights.c", folder / "table.o", {folder / "table.weights"}).out,
            "ok 42\n");
  const Outcome without = run_c(folder, "table_weights.c", folder / "table.o");
  EXPECT_EQ(without.out, "look: 't' is NULL 0\n");
}

TEST(Object, ANamedFileHasItsHeaderBeside) {
  const Folder folder;
  EXPECT_EQ(nnc({"compile", "table.json", "-o", folder / "x.o"}).code, 0);
  EXPECT_NE(file_text(folder / "x.h"), "");
  const Outcome text = nnc({"compile", "table.json", "-f", "look", "--emit=opt"});
  EXPECT_TRUE(text.out.starts_with("func @look(")) << text.out;
}

TEST(Object, EveryKindIntoAFolder) {
  const Folder folder;
  const Outcome all =
      nnc_on_churn({"compile", "churn.json", "--cpu=x86-64-v3", "-o", folder / "all",
                    "--emit=obj,lib,ir,grad,opt,kernels,llvm,asm,dot,json"});
  EXPECT_EQ(all.code, 0) << all.err;
  for (const std::string ending : {".o", ".so", ".h", ".ir.nnir", ".grad.nnir", ".opt.nnir",
                                   ".kernels", ".ll", ".s", ".dot", ".canonical.json"})
    EXPECT_NE(file_text(folder / ("all/churn" + ending)), "") << ending;
  EXPECT_NE(file_text(folder / "all/churn.ll").find("define i32 @churn_step("), std::string::npos);
  EXPECT_NE(file_text(folder / "all/churn.s").find("vfmadd"), std::string::npos);
  EXPECT_EQ(file_text(folder / "all/churn.s").find("%zmm"), std::string::npos);
}

/// The files, each with its size, then functions and totals.
TEST(Object, EveryFileHasALine) {
  const Folder folder;
  const Outcome some = nnc_on_churn({"compile", "churn.json", "--cpu=x86-64-v3", "-o",
                                     folder / "all", "--emit=obj,lib,grad,kernels"});
  EXPECT_EQ(some.code, 0) << some.err;
  const std::string path = folder / "all/churn";
  std::istringstream lines(some.out);
  for (const std::string ending : {".o", ".h", ".so", ".grad.nnir", ".kernels"}) {
    std::string line;
    std::getline(lines, line);
    // As wide as the longest path, two blanks, and the size to the right.
    EXPECT_EQ(line.size(), path.size() + std::string(".grad.nnir").size() + 2 + 9) << line;
    EXPECT_TRUE(line.starts_with(path + ending + " ")) << line;
    EXPECT_TRUE(line.ends_with("B")) << line;
  }
  std::string function, totals, more;
  std::getline(lines, function);
  std::getline(lines, totals);
  EXPECT_EQ(function, "step(x, y; w, b) -> loss, gw, gb");
  EXPECT_TRUE(totals.starts_with("x86-64-v3, 4 kernels, ")) << totals;
  EXPECT_FALSE(std::getline(lines, more)) << more;
}

TEST(Object, ATextInAFileHasALine) {
  const Folder folder;
  const Outcome one =
      nnc_on_churn({"compile", "churn.json", "--emit=kernels", "-o", folder / "k.kernels"});
  EXPECT_TRUE(one.out.starts_with(folder / "k.kernels ")) << one.out;
  EXPECT_EQ(line_count(one.out), 1);
}

TEST(Object, AnUnknownCpuIsAnError) {
  const Outcome wrong = nnc_on_churn({"compile", "churn.json", "--emit=llvm", "--cpu=z80"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("error[E0502]"), std::string::npos) << wrong.err;
}

} // namespace
} // namespace nnc::cli_test
