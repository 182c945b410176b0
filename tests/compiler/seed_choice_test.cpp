// How many seeds are taken at a time: as many as fit, by what the plan really needs.
#include "compiler/seeds/choice.h"

#include "compiler/seeds/limits.h"
#include "compiler/target/cpu/cpu_target.h"
#include "ir/interpret/memory.h"
#include "ir/modes.h"
#include "testing/checked.h"
#include "testing/compiled_run.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::test {
namespace {

const ScratchOf scratch = scratch_on("x86-64-v3");

/// tanh(x w + b) sum(x), of which all is fused at once what chunks store.
struct Hessian : Program {
  Hessian() {
    const Value x = input("x", "f32[60]"), w = input("w", "f32[60,40]"), c = input("c", "f32[40]");
    const Value h = b.op("tanh", {b.add(b.dot(x, w, {{}, {}}, {{0}, {0}}), c)});
    const Value u = b.mul(b.sum(h, {0}), b.sum(x, {0}));
    output("hessian", build_hessian(b, u, {&x, 1})[0]);
  }
};

struct Gaussian : Program {
  Gaussian() {
    const Value x = input("x", "f32[2000]");
    const Value u = b.op("exp", {b.neg(b.sum(b.mul(x, x), {0}))});
    output("laplacian", build_laplacian(b, u, x));
  }
};

struct Outcome {
  std::int64_t bytes = 0; ///< 0 when refused
  std::int64_t loops = 0;
  std::string message = {};
};

/// What a call takes, scratch included, under a limit.
Outcome under(const Graph& graph, std::int64_t limit) {
  auto made = run_pipeline(copy_live(graph), {.max_memory = limit, .scratch = scratch});
  if (!made) return {.message = made.error().message};
  const KernelProgram& program = *made->program;
  return {.bytes = peak_bytes(program) + scratch(program).bytes,
          .loops = std::ssize(program.regions)};
}

TEST(SeedChoice, ALargerLimitIsNeverRefusedWhereASmallerOneIsNot) {
  const Hessian net;
  const std::int64_t whole = under(net.graph, default_max_memory).bytes;
  const std::int64_t one = under(limit_seeds(net.graph, 1), default_max_memory).bytes;
  ASSERT_LT(one, whole);
  int fitting = 0;
  for (std::int64_t limit = one - 1000; limit < whole + 2000; limit += (whole - one) / 25) {
    const Outcome outcome = under(net.graph, limit);
    EXPECT_EQ(outcome.bytes > 0, limit >= one) << limit << ": " << outcome.message;
    EXPECT_LE(outcome.bytes, limit);
    fitting += outcome.bytes > 0;
  }
  EXPECT_GT(fitting, 20);
}

TEST(SeedChoice, AnInterpretedGraphTakesAsManyAsFitTheInterpreter) {
  const Hessian net;
  const std::vector<Literal> inputs = random_inputs(net.graph, 1);
  const auto graph_under = [&](std::int64_t limit) {
    return checked(run_pipeline(copy_live(net.graph), {.stop_after = last_graph_step(),
                                                       .max_memory = limit,
                                                       .bytes_of_run = bytes_of_run}))
        .graph;
  };
  const Graph all = graph_under(default_max_memory), one = graph_under(1);
  const std::int64_t most = bytes_of_run(all), least = bytes_of_run(one);
  ASSERT_LT(least, most / 2);
  const auto wanted = checked(interpret(all, inputs, {.max_bytes = most}));
  for (const std::int64_t limit : {least, (least + most) / 2, most - 1}) {
    const Graph some = graph_under(limit);
    EXPECT_LE(bytes_of_run(some), limit);
    const auto got = checked(interpret(some, inputs, {.max_bytes = limit}));
    expect_near(got[0], wanted[0], 4, 1, std::to_string(limit));
  }
}

/// What the caller owns is no workspace: there is nothing to try.
TEST(SeedChoice, LargeInputsOfAnInterpretedGraphTakeNoMoreTries) {
  Program program;
  const Value x = program.input("x", "f64[64]"), w = program.input("w", "f64[200000]");
  const Value u = program.b.sum(program.b.op("sin", {program.b.mul(x, x)}), {0});
  program.output("laplacian", build_laplacian(program.b, u, x));
  program.output("sum", program.b.sum(w, {0}));
  static int tries = 0;
  const auto counting = [](const Graph& graph) {
    ++tries;
    return bytes_of_run(graph);
  };
  checked(run_pipeline(copy_live(program.graph),
                       {.stop_after = last_graph_step(), .bytes_of_run = counting}));
  EXPECT_EQ(tries, 1);
}

TEST(SeedChoice, OneSeedAtATimeIsWhatARefusalNames) {
  const Hessian net;
  const std::int64_t one = under(limit_seeds(net.graph, 1), default_max_memory).bytes;
  EXPECT_GT(under(net.graph, one).bytes, 0);
  const Outcome refused = under(net.graph, one - 1);
  EXPECT_EQ(refused.bytes, 0);
  EXPECT_NE(refused.message.find(fmt::format("needs {} bytes", one)), std::string::npos)
      << refused.message;
}

/// Values that fusion leaves in no memory count for nothing.
TEST(SeedChoice, WhatIsNotStoredDoesNotCount) {
  const Gaussian gaussian;
  const Outcome outcome = under(gaussian.graph, 100'000);
  EXPECT_GT(outcome.bytes, 0) << outcome.message;
}

/// The largest number of seeds that fits, found in few tries.
TEST(SeedChoice, BisectsTheHalves) {
  const Hessian net;
  const auto choose = [&](std::int64_t limit) {
    int tries = 0;
    const SeedTry chosen = choose_seeds(copy_live(net.graph), limit, [&](Graph asked) -> SeedTry {
      ++tries;
      const std::int64_t bytes = 1000 + 10 * most_seeds(asked);
      return {.asked = std::move(asked), .made = {}, .workspace = bytes, .call = bytes};
    });
    EXPECT_LE(tries, 5);
    return most_seeds(chosen.asked);
  };
  EXPECT_EQ(choose(10'000), 60);
  EXPECT_EQ(choose(1600), 60);
  EXPECT_EQ(choose(1599), 30);
  EXPECT_EQ(choose(1150), 15);
  EXPECT_EQ(choose(1010), 1);
  EXPECT_EQ(choose(1000), 1); // too much as well, and the least
}

/// Sums over seeds keep to a small workspace without being told to.
TEST(SeedChoice, SumsHaveALimitOfTheirOwn) {
  Program program;
  const Value x = program.input("x", "f64[64]");
  const Value u = program.b.sum(program.b.op("sin", {program.b.mul(x, x)}), {0});
  program.output("laplacian", build_laplacian(program.b, u, x));
  const auto choose = [&](std::int64_t fixed, std::int64_t each) {
    const SeedTry chosen =
        choose_seeds(copy_live(program.graph), max_bytes, [&](Graph asked) -> SeedTry {
          const std::int64_t bytes = fixed + each * most_seeds(asked);
          return {.asked = std::move(asked), .made = {}, .workspace = bytes, .call = bytes};
        });
    return most_seeds(chosen.asked);
  };
  EXPECT_EQ(choose(0, 15'000), 64);
  EXPECT_EQ(choose(0, 40'000), 16);
  EXPECT_EQ(choose(10'000'000, 40'000), 64); // what is there anyway may be doubled
  EXPECT_EQ(choose(0, 3'000'000), 2);
}

} // namespace
} // namespace nnc::test
