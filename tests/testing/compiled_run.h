// Runs a graph compiled for the CPU and by the interpreter on the same data, and compares.
#pragma once

#include "compiler/executable.h"
#include "compiler/pipeline.h"
#include "ir/builder.h"
#include "ir/interpret/interpreter.h"
#include "ir/ops/rows.h"

#include <gtest/gtest.h>

#include <random>

namespace nnc::test {

/// A function under test: leaves are made by `input` and friends, results named by `output`.
struct Program {
  OpTable ops = standard_ops();
  Context context{ops};
  Graph graph{context, "f"};
  Builder b{graph};

  Value input(const std::string& name, const std::string& type, Role role = Role::input);
  void output(const std::string& name, Value value) { graph.outputs.push_back({name, value}); }
  void update(const std::string& name, Value value) { graph.updates.push_back({name, value}); }
};

/// Random data for the leaves: floats in [-2, 2), integers in -5..5 (0..5 if unsigned).
std::vector<Literal> random_inputs(const Graph& graph, unsigned seed);

struct RunOptions {
  CpuOptions cpu = {};
  int threads = 1;
};
/// The values of outputs, then of updated leaves. Every argument is surrounded by canary bytes at
/// an odd distance from any alignment beyond the element's; they must survive.
Result<std::vector<Literal>> run_compiled(const Graph& graph, std::span<const Literal> inputs,
                                          const RunOptions& options = {});

KernelProgram compile_to_kernels(const Graph& graph);

/// Compiled = interpreted: integers bit by bit, floats within `ulps` units in the last place of the
/// larger of the value and `scale` (testing/compare.h).
void expect_same(Program& program, double ulps = 4, double scale = 1, unsigned seed = 1,
                 const RunOptions& options = {});
void expect_near(const Literal& actual, const Literal& wanted, double ulps, double scale,
                 const std::string& name);

} // namespace nnc::test
