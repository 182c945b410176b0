// Graphs and kernels as text (.nnir) given to commands that may expect a model.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

namespace nnc::cli_test {
namespace {

/// smooth.json at two later stages: with its `grad` nodes, and as kernels.
struct Stages {
  Folder folder;
  std::string graph = folder / "smooth.nnir", kernels = folder / "smooth.kernels.nnir";
  Stages() {
    write_text(graph, nnc({"opt", "smooth.json", "-f", "f", "--stop-after=inline"}).out);
    write_text(kernels, nnc({"opt", "smooth.json", "-f", "f", "--stop-after=plan"}).out);
  }
};

TEST(Stages, CheckTakesGraphs) {
  const Stages stages;
  const Outcome model = nnc({"check", "smooth.json", "-f", "f"});
  const Outcome graph = nnc({"check", stages.graph});
  EXPECT_EQ(graph.code, 0) << graph.err;
  EXPECT_NE(graph.out.find("\n1 derivative agrees"), std::string::npos) << graph.out;
  EXPECT_NE(model.out.find("\n1 derivative agrees"), std::string::npos) << model.out;
  const Outcome wrong =
      run_program({NNC_BUILD "/nnc_faulty", "wrong-gradient", "check", stages.graph});
  EXPECT_EQ(wrong.code, 3) << wrong.out << wrong.err;
}

TEST(Stages, BenchTakesGraphs) {
  const Stages stages;
  const Outcome bench = nnc({"bench", stages.graph, "--seconds", "0", "--warm-up", "0"});
  EXPECT_EQ(bench.code, 0) << bench.err;
  EXPECT_TRUE(bench.out.starts_with("f of ")) << bench.out;
}

TEST(Stages, WhatMakesNoSenseIsOneClearError) {
  const Stages stages;
  const std::vector<std::vector<std::string>> lines = {
      {"check", stages.kernels},
      {"bench", stages.kernels},
      {"train", stages.graph, "--data", "none.csv"},
      {"train", stages.kernels, "--data", "none.csv"}};
  for (const auto& line : lines) {
    const Outcome wrong = nnc(line);
    EXPECT_EQ(wrong.code, 1) << line[0] << " " << line[1];
    EXPECT_EQ(wrong.out, "");
    EXPECT_NE(wrong.err.find("error[E0626]: "), std::string::npos) << wrong.err;
    EXPECT_NE(wrong.err.find("\n  help: "), std::string::npos) << wrong.err;
    EXPECT_EQ(line_count(wrong.err), 2) << wrong.err;
  }
}

} // namespace
} // namespace nnc::cli_test
