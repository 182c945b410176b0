// --max-memory: what a call takes is known, and refused, before anything is taken.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

#include <charconv>

#include <fmt/format.h>

namespace nnc::cli_test {
namespace {

/// The number behind `before` in a text.
std::int64_t number_after(const std::string& text, const std::string& before) {
  const std::size_t at = text.find(before);
  EXPECT_NE(at, std::string::npos) << text;
  std::int64_t value = -1;
  if (at != std::string::npos)
    std::from_chars(text.data() + at + before.size(), text.data() + text.size(), value);
  return value;
}

std::vector<std::string> line(const std::string& command, std::int64_t bytes) {
  std::vector<std::string> words = {
      command, "gemm.json", "-f", "f", "--cpu=x86-64-v3", "--max-memory", std::to_string(bytes)};
  words.push_back(command == "run" ? "--random-inputs" : "--emit=asm");
  return words;
}

TEST(Memory, TheScratchOfContractionsCounts) {
  constexpr std::int64_t buffers = 4 * (96 * 200 + 300 + 1 + 200 * 300 + 96 * 300);
  for (const std::string command : {"run", "compile"}) {
    const Outcome refused = nnc(line(command, buffers));
    EXPECT_EQ(refused.code, 1) << refused.out;
    expect_golden("cli/golden/memory.txt", refused.err);
    const std::int64_t needs = number_after(refused.err, "'f' needs ");
    const std::int64_t scratch = number_after(refused.err, "scratch of kernel 'f_0', ");
    EXPECT_EQ(needs, buffers + scratch);
    EXPECT_EQ(nnc(line(command, needs)).code, 0);
    EXPECT_EQ(nnc(line(command, needs - 1)).code, 1);
  }
}

// The factor that lies along its sum is packed in whole squares, whatever is left of the last run;
// the workspace is what the heap guards here.
TEST(Memory, PackedPanelsStayInTheWorkspace) {
  for (const int channels : {2, 3, 4, 5, 6})
    for (const int taps : {2, 3, 5}) {
      const std::string model = fmt::format(
          R"json({{ "nnc": 1, "inputs": {{ "x": "f32[18,9,{0}]", "w": "f32[{1},6,{0}]" }},
    "nodes": [ "y = conv_transpose(x, w)" ] }})json",
          channels, taps);
      const auto values = [&](const std::string& backend) {
        return nnc({"run", "-", "-f", "y", "--random-inputs", "--backend=" + backend}, model);
      };
      const Outcome compiled = values("cpu");
      EXPECT_EQ(compiled.code, 0) << channels << " " << taps << " " << compiled.err;
      EXPECT_EQ(values("interpreter").code, 0);
    }
}

TEST(Memory, BuffersAreRefusedBeforeAnythingIsCompiled) {
  const Outcome refused = nnc({"run", "-", "--random-inputs", "--max-memory", "1000000000"},
                              R"json({ "nnc": 1, "inputs": { "x": "f32[1000000,1000000]" },
    "nodes": [ "y = x * x", "z = exp(y) + x" ],
    "functions": { "f": { "in": ["x"], "out": ["y", "z"] } } })json");
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("E0501"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("'x' f32[1000000,1000000], 4000000000000 bytes"), std::string::npos)
      << refused.err;
}

} // namespace
} // namespace nnc::cli_test
