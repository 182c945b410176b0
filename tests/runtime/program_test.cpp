// Programs made of plain functions: the runtime needs to know nothing of how code came about.
#include "runtime/program.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace nnc {
namespace {

constexpr const char* workspace_mark = "first was here";

/// y = 2 x by way of a mark in the workspace that the second step looks for.
int leave_mark(const void* const*, void* workspace, const nnc_host*) {
  if (reinterpret_cast<std::uintptr_t>(workspace) % buffer_alignment != 0) return 2;
  std::strcpy(static_cast<char*>(workspace), workspace_mark);
  return 0;
}
int double_it(const void* const* arguments, void* workspace, const nnc_host*) {
  if (std::strcmp(static_cast<const char*>(workspace), workspace_mark) != 0) return 2;
  const auto* x = static_cast<const float*>(arguments[0]);
  if (x[0] < 0) return 1;
  auto* y = static_cast<float*>(const_cast<void*>(arguments[1]));
  for (int i = 0; i < 3; ++i) y[i] = 2 * x[i];
  return 0;
}

Program twice() {
  const std::vector<IndexLimit> limits = {{"rows", "ids", 5}, {"mark", "workspace", 1}};
  return {.name = "twice",
          .arguments = {{"x", {DType::f32, {3}}}, {"y", {DType::f32, {3}}, true}},
          .steps = {{leave_mark, limits}, {double_it, limits}},
          .workspace_bytes = 20};
}

TEST(Program, RunsItsStepsInOrderOverOneWorkspace) {
  auto runner = ProgramRunner::make(twice(), nullptr);
  ASSERT_TRUE(runner.ok());
  EXPECT_EQ(runner->program().workspace_bytes, buffer_alignment);
  const std::array<float, 3> x = {1, 2, 3};
  std::array<float, 3> y{};
  const std::array<ArgumentBytes, 2> arguments = {{{x.data(), 12}, {y.data(), 12}}};
  const auto failed = runner->call(arguments);
  EXPECT_FALSE(failed) << failed->message;
  EXPECT_EQ(y, (std::array<float, 3>{2, 4, 6}));
}

TEST(Program, StepsRunAloneToo) {
  auto runner = ProgramRunner::make(twice(), nullptr);
  ASSERT_TRUE(runner.ok());
  const std::array<float, 3> x = {1, 2, 3};
  std::array<float, 3> y{};
  const std::array<const void*, 2> arguments = {x.data(), y.data()};
  EXPECT_EQ(runner->run_step(0, arguments.data()), 0);
  EXPECT_EQ(y, (std::array<float, 3>{}));
  EXPECT_EQ(runner->run_step(1, arguments.data()), 0);
  EXPECT_EQ(y, (std::array<float, 3>{2, 4, 6}));
}

TEST(Program, SaysWhichIndexWasOutOfRange) {
  auto runner = ProgramRunner::make(twice(), nullptr);
  ASSERT_TRUE(runner.ok());
  const std::array<float, 3> x = {-1, 2, 3};
  std::array<float, 3> y{};
  const std::array<ArgumentBytes, 2> arguments = {{{x.data(), 12}, {y.data(), 12}}};
  const auto failed = runner->call(arguments);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, "E0621");
  EXPECT_EQ(failed->message, "'rows': an index of 'ids' is outside 0..4");
  const std::array<const void*, 2> pointers = {x.data(), y.data()};
  EXPECT_EQ(runner->call_unchecked(pointers.data()), 1);
  EXPECT_EQ(y, (std::array<float, 3>{}));
}

TEST(Program, LooksAtArgumentsFirst) {
  const Program program = twice();
  std::array<float, 6> memory{};
  const auto code = [&](std::vector<ArgumentBytes> arguments) {
    const auto failed = check_arguments(program, arguments);
    return failed ? failed->code : std::string();
  };
  const ArgumentBytes x{memory.data(), 12}, y{memory.data() + 3, 12};
  EXPECT_EQ(code({x, y}), "");
  EXPECT_EQ(code({x}), "E0620");
  EXPECT_EQ(code({x, y, y}), "E0620");
  EXPECT_EQ(code({x, {y.data, 8}}), "E0620");
  EXPECT_EQ(code({x, {memory.data() + 2, 12}}), "E0623");
  EXPECT_EQ(code({x, x}), "E0623");
  EXPECT_EQ(code({{nullptr, 12}, y}), "E0620");
}

// What passed once is not looked at again; anything else is.
TEST(Program, LooksAtArgumentsAgainWhenTheyChange) {
  auto runner = ProgramRunner::make(twice(), nullptr);
  ASSERT_TRUE(runner.ok());
  std::array<float, 7> memory = {1, 2, 3};
  const ArgumentBytes x{memory.data(), 12}, y{memory.data() + 3, 12};
  const auto code = [&](std::vector<ArgumentBytes> arguments) {
    const auto failed = runner->call(arguments);
    return failed ? failed->code : std::string();
  };
  EXPECT_EQ(code({{nullptr, 12}, {nullptr, 12}}), "E0620");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(code({x, y}), "");
    EXPECT_EQ(memory[5], 6);
    EXPECT_EQ(code({x, {memory.data() + 2, 12}}), "E0623");
    EXPECT_EQ(code({x, {y.data, 8}}), "E0620");
    EXPECT_EQ(code({x, {nullptr, 12}}), "E0620");
    EXPECT_EQ(code({x}), "E0620");
    memory[5] = 0;
  }
  memory[0] = 10;
  EXPECT_EQ(code({x, {memory.data() + 4, 12}}), ""); // of other memory, and new elements
  EXPECT_EQ(memory[4], 20);
}

TEST(Program, WhatIsUpdatedInPlaceHasMemoryOfItsOwn) {
  const Type type{DType::f32, {3}};
  const Program program{
      .name = "step", .arguments = {{"x", type}, {"w", type, true}, {"b", type}}, .steps = {}};
  std::array<float, 6> memory{};
  const ArgumentBytes low{memory.data(), 12}, high{memory.data() + 3, 12};
  EXPECT_FALSE(check_arguments(program, std::array{low, high, low})); // both are only read
  EXPECT_TRUE(check_arguments(program, std::array{low, low, high}));
  EXPECT_TRUE(check_arguments(program, std::array{low, high, high}));
}

} // namespace
} // namespace nnc
