// Loops and branches among kernels: their text, what is wrong with some, and how long buffers live.
#include "ir/kernel/parse.h"
#include "ir/kernel/print.h"
#include "ir/kernel/verify_memory.h"
#include "ir/kernel/work.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

constexpr std::string_view good = R"(program @f (n, x, ids) -> (y, k) {
  input    n    : i64[]
  input    x    : f32[5,3]
  input    ids  : i32[2]
  output   y    : f32[3]
  output   k    : i64[]
  arena    t    : i64[] at 0
  arena    more : bool[] at 64
  arena    a    : f32[3] at 128
  arena    b    : f32[3] at 192
  arena    big  : bool[] at 256
  workspace 320 bytes

  kernel f_0 () -> (y): pointwise {  // 0 FLOP, 12 B
    for i in 0..3
      y[i] = 0.0
  }

  loop slice t in 0..5 steps k while more {

    kernel f_1 (y) -> (more): pointwise {  // 1 FLOP, 13 B
      once
        more = y[0] < 9.0
    }
  } do {

    kernel f_2 (y) -> (a): pointwise {  // 3 FLOP, 24 B
      for i in 0..3
        a[i] = y[i] + 1.0
    }

    kernel f_3 (a) -> (b, big): pointwise {  // 4 FLOP, 25 B
      for i in 0..3
        b[i] = a[i] * 2.0
      once
        big = a[0] > 3.0
    }

    branch big {
      check ids in 0..3 for picked

      kernel f_4 (ids, b) -> (y): pointwise {  // 0 FLOP, 24 B
        for i in 0..3
          y[i] = b[{ids[1] in 0..3}]
      }
    } else {

      loop in 0..2 reverse count n {

        kernel f_5 (x, y, t) -> (y): pointwise {  // 3 FLOP, 44 B
          for i in 0..3
            y[i] = y[i] + x[{t in 0..5},i]
        }
      }
    }
  }
)"
                                  "}\n";

KernelProgram program_of(std::string_view text) {
  auto program = parse_program(text, "regions.kernels");
  if (!program)
    throw InternalError(std::to_string(program.error().place.line) + ": " +
                        program.error().message);
  return std::move(*program);
}

TEST(Regions, ArePrintedAsTheyAreRead) {
  const KernelProgram program = program_of(good);
  EXPECT_EQ(print_program(program), good);
  ASSERT_EQ(program.regions.size(), 3u);
  const Region &loop = program.regions[0], &branch = program.regions[1];
  EXPECT_EQ(loop.first, 1u);
  EXPECT_EQ(loop.middle, 2u);
  EXPECT_EQ(loop.last, 6u);
  EXPECT_EQ(branch.middle, 5u);
  EXPECT_EQ(program.checks[0].region, 1u);
  EXPECT_EQ(program.checks[0].before_kernel, 4u);
}

TEST(Regions, AreUnitsOfUnits) {
  const KernelProgram program = program_of(good);
  const std::vector<Unit> all = units(program);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].region, 0u);
  EXPECT_EQ(all[1].next_region, 3u);
  const std::vector<Unit> body = units_of_part(program, 0, 2, 6);
  ASSERT_EQ(body.size(), 3u);
  EXPECT_EQ(body[2].region, 1u);
  EXPECT_EQ(body[2].first, 4u);
  EXPECT_EQ(body[2].last, 6u);
  EXPECT_EQ(units_of_part(program, 1, 5, 6).at(0).region, 2u);
}

TEST(Regions, BuffersOfAStepLiveInItAndOthersInAllOfTheLoop) {
  const KernelProgram program = program_of(good);
  const std::vector<Life> lives = buffer_lives(program);
  const auto life = [&](std::string_view name) {
    for (std::size_t b = 0; b < lives.size(); ++b)
      if (program.buffers[b].name == name) return std::pair(lives[b].first, lives[b].last);
    return std::pair<std::size_t, std::size_t>();
  };
  EXPECT_EQ(life("y"), std::pair(std::size_t{0}, std::size_t{5}));
  EXPECT_EQ(life("n"), std::pair(std::size_t{5}, std::size_t{5}));
  EXPECT_EQ(life("t"), std::pair(std::size_t{1}, std::size_t{5}));
  EXPECT_EQ(life("a"), std::pair(std::size_t{2}, std::size_t{3}));
  EXPECT_EQ(life("b"), std::pair(std::size_t{3}, std::size_t{4}));
}

TEST(Regions, WorkIsThatOfAllSteps) {
  const KernelProgram program = program_of(good);
  EXPECT_EQ(times_run(program, 0), 1);
  EXPECT_EQ(times_run(program, 2), 5);
  EXPECT_EQ(times_run(program, 5), 10);
  EXPECT_EQ(work_of(program).flop, 5 * (1 + 3 + 4) + 10 * 3);
}

std::string with(std::string_view from, std::string_view to) {
  std::string text(good);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Regions, WhatIsWrongIsSaid) {
  const std::array<std::array<std::string_view, 3>, 10> cases = {{
      {"slice t in 0..5 steps", "slice t steps", "a loop without a limit has slices"},
      {"in 0..5 steps k", "in 0..6 steps k", "nothing checks that an index from data is in 0..5"},
      {"steps k", "steps n", "'n' is written by a loop"},
      {"while more {", "while big {", "'big' decides before it is written"},
      {"count n", "count big", "the number of a loop's steps or slices is no i64[]"},
      {"branch big", "branch n", "a condition is no bool[]"},
      {"      check ids in 0..3 for picked\n", "",
       "nothing checks that an index from data is in 0..3"},
      {"at 192", "at 128", "'b' overlaps 'a'"},
      {"arena    a    : f32[3] at 128", "arena    a    : f32[3] at 0", "'a' overlaps 't'"},
      {"in 0..2 reverse count n {", "{", "nothing ends a loop"},
  }};
  for (const auto& [from, to, message] : cases) {
    const auto program = parse_program(with(from, to), "bad.kernels");
    ASSERT_FALSE(program) << from;
    EXPECT_EQ(program.error().code, "E0313");
    EXPECT_EQ(program.error().message, message) << from;
  }
}

TEST(Regions, AreNestedAndHoldKernels) {
  const KernelProgram program = program_of(good);
  const auto message = [&](auto damage) {
    KernelProgram broken = program;
    damage(broken.regions);
    const auto faults = verify(broken, {.planned = true});
    return faults.empty() ? std::string() : faults[0].message;
  };
  EXPECT_EQ(message([](auto&) {}), "");
  EXPECT_EQ(message([](auto& r) { r[0].last = 7; }), "a region has no kernels");
  EXPECT_EQ(message([](auto& r) { r[2].last = 5; }), "a region has no kernels");
  EXPECT_EQ(message([](auto& r) { r[0].last = 5; }), "a region begins in another and ends outside");
  EXPECT_EQ(message([](auto& r) { r[2].first = r[2].middle = 4; }),
            "a region begins in another and ends outside");
  EXPECT_EQ(message([](auto& r) { r[0].condition = Region::none; }),
            "a loop without a condition computes one");
}

/// Offsets alone, whatever `buffer_lives` says.
TEST(Regions, MemoryIsFollowedThroughTwoStepsOfALoop) {
  const KernelProgram program = program_of(good);
  const auto message = [&](std::string_view name, std::int64_t offset) {
    KernelProgram moved = program;
    for (Buffer& buffer : moved.buffers)
      if (buffer.name == name) buffer.offset = offset;
    const auto faults = memory_faults(moved, 10);
    return faults.empty() ? std::string() : faults[0].message;
  };
  const std::string text = " is read when its memory holds something else";
  EXPECT_EQ(message("a", 128), "");
  EXPECT_EQ(message("more", 128), "") << "nobody asks again before the next step makes it anew";
  EXPECT_EQ(message("big", 192), "'b'" + text);
  EXPECT_EQ(message("b", 0), "'t'" + text);
  EXPECT_EQ(message("more", 0), "") << "as above";
  KernelProgram kept = program; // a is made before the loop, b in each step after it was read
  kept.kernels[0] = program.kernels[2];
  kept.kernels[2] = program.kernels[0];
  EXPECT_TRUE(memory_faults(kept, 10).empty());
  kept.buffers[8].offset = kept.buffers[7].offset;
  const auto faults = memory_faults(kept, 10);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].message, "'a'" + text);
  EXPECT_EQ(faults[0].kernel, 3u);
}

TEST(Regions, OneMissingBraceIsAnError) {
  for (const std::string_view brace : {"      }\n    }\n  }\n}\n", "  } do {"}) {
    const auto program = parse_program(with(brace, "\n"), "bad.kernels");
    ASSERT_FALSE(program);
    EXPECT_EQ(program.error().code, "E0130");
  }
  std::string deep = "program @f () -> () {\n";
  for (int i = 0; i < 100; ++i) deep += "loop in 0..1 {";
  const auto program = parse_program(deep, "deep.kernels");
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, "E0130");
}

} // namespace
} // namespace nnc
