// What is dumped after a step is a program too: read again by `run`, `opt` and `compile`, it gives
// the same bits as the model it came from.
#include "dumps/tool.h"
#include "places.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nnc::dumps_test {
namespace {

struct Example {
  const char *name, *folder, *model, *function;
  std::vector<std::string> inputs;
};
void PrintTo(const Example& example, std::ostream* out) { *out << example.name; }

std::string class_ids() {
  std::string text = "y=64xi32=";
  for (int i = 0; i < 64; ++i) text += (i ? " " : "") + std::to_string(i * 7 % 10);
  return text;
}

const Example examples[] = {
    {"digits", "examples/digits", "digits_mlp.json", "train", {"--input", class_ids()}},
    {"churn", "examples/churn", "churn.json", "step", {}},
    {"table", "tests/cli/models", "table.json", "step", {"--input", "i=2xi32=3 0"}},
    {"third_derivative", "tests/runs", "third_derivative.json", "third", {}},
    {"hessian_vector_product", "tests/runs", "hessian_vector_product.json", "product", {}},
    {"naive_softmax", "tests/runs", "naive_softmax.json", "step", {}}};

class Reentry : public testing::TestWithParam<Example> {
protected:
  /// Outputs, and params and state after the call.
  std::string run(const std::string& folder, const std::string& file) {
    std::vector<std::string> words = {
        "run",    file,     "-f", GetParam().function, "--params",
        weights_, "--seed", "3",  "--random-inputs",   "--save-params",
        saved_};
    words.insert(words.end(), GetParam().inputs.begin(), GetParam().inputs.end());
    const std::string outputs = printed(folder, words);
    return outputs + file_text(saved_);
  }

  void SetUp() override {
    const Example& example = GetParam();
    // One call makes weights that differ from their initial values.
    std::vector<std::string> words = {
        "run",           example.model, "-f", example.function, "--seed", "5", "--random-inputs",
        "--save-params", weights_};
    words.insert(words.end(), example.inputs.begin(), example.inputs.end());
    printed(example.folder, words);
    expected_ = run(example.folder, example.model);
    printed(example.folder, {"opt", example.model, "-f", example.function, "--stop-after=plan",
                             "--dump-dir", steps_.path()});
  }

  Folder folder_, steps_;
  std::string weights_ = folder_ / "weights.safetensors", saved_ = folder_ / "saved.safetensors";
  std::string expected_;
};

TEST_P(Reentry, EveryStepRuns) {
  const auto files = files_in(steps_);
  EXPECT_EQ(files.size(), 14u);
  for (const std::string& file : files)
    EXPECT_TRUE(run(NNC_SOURCE, steps_ / file) == expected_) << file;
}

/// `opt` takes each step to the end, which runs to the same result.
TEST_P(Reentry, EveryStepIsOptimizedFurther) {
  for (const std::string& file : files_in(steps_)) {
    const std::string last = folder_ / "last.nnir";
    printed(NNC_SOURCE, {"opt", steps_ / file, "--stop-after=plan", "-o", last});
    EXPECT_TRUE(run(NNC_SOURCE, last) == expected_) << file;
  }
}

TEST_P(Reentry, EveryStepCompiles) {
  for (const std::string& file : files_in(steps_)) {
    const Folder out;
    printed(NNC_SOURCE, {"compile", steps_ / file, "-o", out.path()});
    const auto made = files_in(out);
    EXPECT_EQ(std::ranges::count_if(made, [](auto& name) { return name.ends_with(".o"); }), 1)
        << file;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Reentry, testing::ValuesIn(examples),
                         [](const auto& info) { return std::string(info.param.name); });

} // namespace
} // namespace nnc::dumps_test
