// nnc run: inputs, params, comparisons and files, by both backends.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

namespace nnc::cli_test {
namespace {

const std::vector<std::string> table_inputs = {"--input", "i=2xi32=3 0", "--input",
                                               "v=2x3xf32=1 2 3 4 5 6"};

std::vector<std::string> with(std::vector<std::string> words,
                              const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// As docs/model.md says: by one mask on layouts and reductions, by two around a product.
TEST(Run, WhatAMaskThrowsAwayIsInNoGradient) {
  const Outcome masked = nnc({"run", "-", "-f", "f", "--input", "x=2x2xf32=1 2 -1 0", "--input",
                              "w=2xf32=1 1", "--input", "ok=2xbool=true false"},
                             R"json({ "nnc": 1,
    "inputs": { "x": "f32[2,2]", "w": "f32[2]", "ok": "bool[2]" },
    "nodes": [
      "a = sum(where(ok, sum(log(x), axes=[1]), 0))", "ga = grad(a, x)",
      "gga = grad(sum(ga*ga), x)",
      "t = sum(where(ok, log(transpose(x))[0], 0))", "gt = grad(t, x)",
      "p = sum(where(ok, log(where(reshape(ok, shape=[2,1]), x, 1)) @ w, 0))", "gp = grad(p, w)" ],
    "functions": { "f": { "in": ["x", "w", "ok"], "out": ["ga", "gga", "gt", "gp"] } } })json");
  EXPECT_EQ(masked.code, 0) << masked.err;
  EXPECT_EQ(masked.out, "ga=2x2xf32=1 0.5 0 0\ngga=2x2xf32=-2 -0.25 0 0\ngt=2x2xf32=1 0 0 0\n"
                        "gp=2xf32=0 0.6931472\n");
}

TEST(Run, AllBackendsPrintTheOutputs) {
  for (const std::string backend : {"cpu", "interpreter", "c", "cuda-host"}) {
    const Outcome run =
        nnc(with({"run", "table.json", "-f", "look", "--backend", backend}, table_inputs));
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.out, "s=f32=21\n");
    EXPECT_EQ(run.err, "");
  }
}

/// Rewrites after `differentiate` are for both: as the rules leave it, the slope is 0 from 17 on.
TEST(Run, BothBackendsRunTheSimplifiedGraph) {
  const std::string model = R"json({ "nnc": 1, "inputs": { "z": "f32[2]", "y": "f32[2]" },
    "nodes": ["loss = sum(binary_cross_entropy_logits(z, y, reduction=\"none\"))",
              "g = grad(loss, z)"] })json";
  for (const std::string backend : {"cpu", "interpreter"}) {
    const Outcome run = nnc(
        {"run", "-", "--backend", backend, "--input", "z=2xf32=20 -20", "--input", "y=2xf32=1 0"},
        model);
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.out, "g=2xf32=-2.0611537e-09 2.0611537e-09\n"); // g alone is read by no other
  }
}

TEST(Run, AModelWithoutFunctionsRunsTheOneResultThatItHas) {
  const auto model = [](const std::string& more) {
    return R"json({ "nnc": 1, "inputs": { "x": "f64[]" }, "nodes": ["y = 2*x", "z = y + 1")json" +
           more + "] }";
  };
  EXPECT_EQ(nnc({"run", "-", "--input", "x=f64=3"}, model("")).out, "z=f64=7\n");
  const Outcome two = nnc({"run", "-", "--input", "x=f64=3"}, model(R"(, "w = y - 1")"));
  EXPECT_EQ(two.code, 1);
  EXPECT_NE(two.err.find("which function?"), std::string::npos) << two.err;
}

TEST(Run, ParamsAndStateGoFromCallToCall) {
  const Folder folder;
  for (const std::string backend : {"cpu", "interpreter", "c", "cuda-host"}) {
    const Outcome run = nnc(with({"run", "table.json", "-f", "step", "--repeat", "3", "--backend",
                                  backend, "--save-params", folder / "w.safetensors"},
                                 table_inputs));
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.out, "s=f32=84\n"); // t is 4 before the third call
    const Outcome next = nnc(with({"run", "table.json", "-f", "look", "--backend", backend,
                                   "--params", folder / "w.safetensors"},
                                  table_inputs));
    EXPECT_EQ(next.out, "s=f32=168\n") << next.err;
    const Outcome count =
        nnc({"run", "table.json", "-f", "more", "--params", folder / "w.safetensors"});
    EXPECT_EQ(count.out, "more=i32=4\n") << count.err;
  }
}

TEST(Run, OutputsAsFilesReadBackAsInputs) {
  const Folder folder;
  EXPECT_EQ(nnc({"run", "table.json", "-f", "rows", "--input", "i=2xi32=3 0", "--output-dir",
                 folder / "new/out"})
                .code,
            0);
  const Outcome again = nnc({"run", "table.json", "-f", "look", "--input", "i=2xi32=1 2", "--input",
                             "v=@" + (folder / "new/out/rows.npy")});
  EXPECT_EQ(again.out, "s=f32=6\n") << again.err;
}

TEST(Run, OutputsAsATable) {
  const Folder folder;
  const std::vector<std::string> words = {"run",     "table.json",  "-f",    "rows",
                                          "--input", "i=2xi32=3 0", "--csv", folder / "rows.csv"};
  EXPECT_EQ(nnc(words).out, "");
  EXPECT_EQ(file_text(folder / "rows.csv"), "rows_0,rows_1,rows_2\n1,1,1\n1,1,1\n");
  const Outcome shown = nnc(with({"run", "table.json", "-f", "look", "--csv", "-"}, table_inputs));
  EXPECT_EQ(shown.out, "s\n21\n") << shown.err;
}

TEST(Run, MissingInputsAreListedWithTheirTypes) {
  const Outcome run = nnc({"run", "table.json", "-f", "look"});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.err, "error[E0631]: inputs without a value: i=i32[2], v=f32[2,3]\n"
                     "  help: --input NAME=@FILE.npy for each, or --random-inputs\n");
}

TEST(Run, InputsThatTheModelLacks) {
  const Outcome run =
      nnc(with({"run", "table.json", "-f", "look", "--input", "vv=f32=1"}, table_inputs));
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.err, "error[E0630]: the model has no input 'vv'\n  help: did you mean 'v'?\n");
}

TEST(Run, DtypesMatchExactlyUnlessCast) {
  const std::vector<std::string> words = {
      "run",     "table.json",  "-f",      "look",
      "--input", "i=2xi64=3 0", "--input", "v=2x3xf32=1 2 3 4 5 6"};
  const Outcome exact = nnc(words);
  EXPECT_EQ(exact.code, 1);
  EXPECT_NE(exact.err.find("--cast converts i64 to i32"), std::string::npos) << exact.err;
  EXPECT_EQ(nnc(with(words, {"--cast"})).out, "s=f32=21\n");
}

TEST(Run, ComparisonsDecideTheExitCode) {
  const auto words = with({"run", "table.json", "-f", "look"}, table_inputs);
  EXPECT_EQ(nnc(with(words, {"--expect", "s=f32=21.0001"})).code, 0);
  const Outcome differs = nnc(with(words, {"--expect", "s=f32=21.1"}));
  EXPECT_EQ(differs.code, 3);
  EXPECT_NE(differs.err.find("s: "), std::string::npos) << differs.err;
  EXPECT_EQ(nnc(with(words, {"--expect", "s=f32=21.1", "--atol", "0.2"})).code, 0);
  EXPECT_EQ(nnc(with(words, {"--expect", "t=f32=21"})).code, 1);
}

TEST(Run, AnIndexOutsideItsAxisIsAnErrorThatNamesTheNode) {
  for (const std::string backend : {"cpu", "interpreter"}) {
    const Outcome run = nnc({"run", "table.json", "-f", "look", "--backend", backend, "--input",
                             "i=2xi32=4 0", "--input", "v=2x3xf32=1 2 3 4 5 6"});
    EXPECT_EQ(run.code, 1);
    EXPECT_NE(run.err.find("error[E0621]: "), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("rows"), std::string::npos) << run.err;
  }
}

TEST(Run, RandomInputsComeWithTheLineThatRepeatsThem) {
  const Outcome run =
      nnc_on_churn({"run", "churn.json", "--random-inputs", "--seed", "7", "--size", "N=3"});
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.err, "repeat with: nnc run churn.json -f step --random-inputs --size N=3 "
                     "--seed 7\n");
  const Outcome again = nnc_on_churn(
      {"run", "churn.json", "-f", "step", "--random-inputs", "--seed", "7", "--size", "N=3"});
  EXPECT_EQ(again.out, run.out);
  const Outcome other = nnc_on_churn({"run", "churn.json", "--random-inputs", "--seed", "8"});
  EXPECT_NE(other.out, run.out);
}

TEST(Run, AModelFromStandardInput) {
  const std::string model = file_text(NNC_TESTS "/cli/models/table.json");
  EXPECT_EQ(nnc(with({"run", "-", "-f", "look"}, table_inputs), model).out, "s=f32=21\n");
}

TEST(Run, SizesComeFromInputs) {
  const Outcome run = nnc({"run", "sigmoid.json", "-f", "p", "--input", "x=1x2xf32=1 2"});
  EXPECT_EQ(run.out, "p=1xf32=0.5\n") << run.err;
  const Outcome contradiction =
      nnc({"run", "sigmoid.json", "-f", "p", "--input", "x=1x2xf32=1 2", "--size", "N=3"});
  EXPECT_EQ(contradiction.code, 1);
  EXPECT_NE(contradiction.err.find("error[E0306]"), std::string::npos) << contradiction.err;
}

TEST(Run, MemoryIsRefusedBeforeItIsTaken) {
  const Outcome run =
      nnc_on_churn({"run", "churn.json", "--random-inputs", "--max-memory", "1000"});
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find("error[E0501]"), std::string::npos) << run.err;
}

} // namespace
} // namespace nnc::cli_test
