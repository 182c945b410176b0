// nnc bench: a line for each kernel, which add up to the whole. Times themselves are not tested.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace nnc::cli_test {
namespace {

/// The numbers behind each `"key": ` of a JSON text.
std::vector<double> numbers(const std::string& json, const std::string& key) {
  const std::string before = "\"" + key + "\": ";
  std::vector<double> found;
  for (std::size_t at = json.find(before); at != std::string::npos; at = json.find(before, at + 1))
    found.push_back(std::strtod(json.c_str() + at + before.size(), nullptr));
  return found;
}

TEST(Bench, EveryKernelHasALine) {
  const Outcome bench = nnc_on_churn({"bench", "churn.json", "--seconds", "0", "--warm-up", "0"});
  EXPECT_EQ(bench.code, 0) << bench.err;
  const std::size_t table =
      bench.out.find("\nkernel      time us    GF/s  % of limit    GB/s  what");
  ASSERT_NE(table, std::string::npos) << bench.out;
  for (const std::string line :
       {"\nstep_0 ", "\nstep_3 ", "\nsum ", " row reduction 20 over 32 -> gw"})
    EXPECT_NE(bench.out.find(line, table), std::string::npos) << bench.out;
  EXPECT_NE(bench.out.find(" % of the median call; entering the code takes "), std::string::npos);
}

/// Positions that no random numbers would be.
TEST(Bench, InputsMayBeGiven) {
  const std::string model = R"json({ "nnc": 1, "sizes": { "N": 2 },
    "inputs": { "table": "f32[9]", "i": "i32[N]" }, "nodes": ["y = take(table, i, axis=0)"] })json";
  const std::vector<std::string> words = {"bench", "-", "--seconds", "0", "--warm-up", "0"};
  const auto with = [&](const std::string& i) {
    std::vector<std::string> all = words;
    all.insert(all.end(), {"--input", "i=" + i});
    return nnc(all, model);
  };
  const Outcome bench = with("3xi32=8 0 4");
  EXPECT_EQ(bench.code, 0) << bench.err;
  EXPECT_NE(bench.out.find("y of -, 1 thread"), std::string::npos) << bench.out;
  EXPECT_NE(with("3xi32=9 0 4").err.find("E0621"), std::string::npos);
  EXPECT_NE(with("3xf32=8 0 4").err.find("E0615"), std::string::npos);
}

TEST(Bench, ALoopIsOneLineWithTheWorkOfItsSteps) {
  const Folder folder;
  write_text(folder / "loop.nnir", R"(
func @cell(%h: f32[8], %x: f32[8]) -> (%n, %y) {
  %n = add(mul(%h, %x), %x) : f32[8]
  %y = sum %n {axes = [0]} : f32[]
}
func @f(%h0: f32[8], %xs: f32[50,8]) -> (%h, %ys) {
  %h, %ys = scan %h0, %xs {body = @cell, carries = 1, over = 1} : f32[8], f32[50]
})");
  const std::vector<std::string> words{"bench", folder / "loop.nnir", "--seconds",
                                       "0",     "--warm-up",          "0"};
  const Outcome table = nnc(words);
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_NE(table.out.find("\nf_1..f_2 "), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("  loop of 50, 2 kernels: pointwise 8 -> h; row reduction 50 over 8"),
            std::string::npos)
      << table.out;
  auto with_json = words;
  with_json.push_back("--json");
  const Outcome json = nnc(with_json);
  EXPECT_EQ(numbers(json.out, "kernels"), std::vector<double>{3}) << json.out;
  const auto flop = numbers(json.out, "flop"), bytes = numbers(json.out, "bytes");
  EXPECT_EQ(flop, (std::vector<double>{50 * 24, 0, 50 * 24}));
  // h and a slice of xs in, h out; h and the slice's number in, a sum out
  const double step = 3 * 32 + 8 + 32 + 8 + 4;
  EXPECT_EQ(bytes, (std::vector<double>{64 + 50 * step, 64, 50 * step}));
}

TEST(Bench, TheKernelsAddUp) {
  const Outcome bench =
      nnc_on_churn({"bench", "churn.json", "--seconds", "0", "--warm-up", "0", "--json"});
  EXPECT_EQ(bench.code, 0) << bench.err;
  const auto us = numbers(bench.out, "us"), flop = numbers(bench.out, "flop");
  const auto bytes = numbers(bench.out, "bytes"), limit = numbers(bench.out, "limit_percent");
  ASSERT_EQ(numbers(bench.out, "kernels"), std::vector<double>{4}) << bench.out;
  ASSERT_EQ(us.size(), 4u) << bench.out;
  ASSERT_EQ(flop.size(), 5u) << "of the call, then of the kernels";
  ASSERT_EQ(bytes.size(), 5u);
  EXPECT_EQ(flop[0], flop[1] + flop[2] + flop[3] + flop[4]);
  EXPECT_EQ(bytes[0], bytes[1] + bytes[2] + bytes[3] + bytes[4]);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_GE(us[i], 0);
    EXPECT_GT(limit[i], 0);
  }
}

TEST(Bench, TheModelsOfTheTableAreModels) {
  int models = 0;
  for (const auto& file : std::filesystem::directory_iterator(NNC_SOURCE "/benchmarks")) {
    if (file.path().extension() != ".json") continue;
    ++models;
    const Outcome inspect = nnc({"inspect", file.path()});
    EXPECT_EQ(inspect.code, 0) << inspect.err;
    EXPECT_NE(inspect.out.find(" a call\n"), std::string::npos) << inspect.out;
  }
  EXPECT_GT(models, 10);
}

} // namespace
} // namespace nnc::cli_test
