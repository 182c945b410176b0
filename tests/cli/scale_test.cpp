// Graphs of very many nodes: nothing recurses on their depth, and what is written is read again.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

#include <array>

namespace nnc::cli_test {
namespace {

/// A chain of so many operations, and its gradient.
std::string chain(int nodes) {
  constexpr std::array<const char*, 5> ops = {"sin", "tanh", "exp", "neg", "sigmoid"};
  std::string text = "func @f(%x0: f64[]) -> (%l, %g) {\n";
  for (int i = 0; i < nodes; ++i)
    text += "  %x" + std::to_string(i + 1) + " = " + ops[static_cast<std::size_t>(i) % ops.size()] +
            " %x" + std::to_string(i) + " : f64[]\n";
  text += "  %l = neg %x" + std::to_string(nodes) + " : f64[]\n";
  return text + "  %g = grad %l, %x0 {wrt = 1} : f64[]\n}\n";
}

/// build/nnc with a stack of 256 KiB.
Outcome with_small_stack(std::vector<std::string> words) {
  words.insert(words.begin(),
               {"sh", "-c", "ulimit -s 256 && exec \"$0\" \"$@\"", NNC_BUILD "/nnc"});
  return run_program(words);
}

/// A value of a step of which no tensor can hold one for each step is computed again.
TEST(Scale, WhatCannotBeStackedIsComputedAgain) {
  const Outcome loops = nnc({"opt", "-", "--stop-after=loops"}, R"json({ "nnc": 1,
    "inputs": { "x": "f64[1000000,2]" },
    "constants": { "c": { "type": "f64[]", "value": 0 } },
    "nodes": [ { "out": ["y"], "op": "scan", "body": "g", "over": ["x"], "init": ["c"] },
               "s = sum(y)", "d = grad(s, x)" ],
    "functions": {
      "g": { "inputs": { "c": "f64[]", "a": "f64[2]" },
             "nodes": [ "b = broadcast(a, shape=[2000000,2000000,2], axes=[2])",
                        "y = sum(sin(b)*c)+c" ], "out": ["y"] },
      "f": { "in": ["x"], "out": ["d"] } } })json");
  EXPECT_EQ(loops.code, 0) << loops.err;
}

TEST(Scale, AHundredThousandNodesDifferentiateOnASmallStack) {
  constexpr int nodes = 100'000;
  const Folder folder;
  write_text(folder / "chain.nnir", chain(nodes));
  const Outcome made = with_small_stack(
      {"opt", folder / "chain.nnir", "--stop-after=simplify.3", "-o", folder / "gradient.nnir"});
  ASSERT_EQ(made.code, 0) << made.err;
  const std::string text = file_text(folder / "gradient.nnir");
  EXPECT_GT(line_count(text), 2 * nodes);
  EXPECT_LT(line_count(text), 5 * nodes);
  // What stands there is a graph in simplest form: read and simplified again it is the same.
  const Outcome again =
      with_small_stack({"opt", folder / "gradient.nnir", "--passes=simplify", "--no-origins"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(line_count(again.out), line_count(text));
}

} // namespace
} // namespace nnc::cli_test
