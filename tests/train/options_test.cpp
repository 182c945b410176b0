// The options of `nnc train` through the process: what is printed, what is left in files, what is
// refused and what is suggested instead.
#include "frontends/host/train/search_space.h"
#include "places.h"
#include "testing/process.h"
#include "train/blobs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace nnc::train_test {
namespace {

constexpr const char* momentum = R"({ "kind": "sgd", "lr": 0.3, "momentum": 0.9 })";

struct Files {
  Folder folder;
  explicit Files(const std::string& optimizer = momentum, int rows = 120) {
    folder.write("model.json", blobs_model(optimizer));
    folder.write("data.csv", blobs_csv(rows));
  }

  cli_test::Outcome train(std::vector<std::string> words) const {
    words.insert(words.begin(),
                 {NNC_BUILD "/nnc", "train", folder / "model.json", "--data", folder / "data.csv"});
    return cli_test::run_program(words, {}, folder / ".");
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Options, EveryOneIsInTheHelpAndInThePage) {
  const auto help = cli_test::run_program({NNC_BUILD "/nnc", "train", "--help"}, {}, "/");
  EXPECT_LT(std::ranges::count(help.out, '\n'), 40);
  const std::string page = file_text(NNC_SOURCE "/docs/training.md");
  int options = 0;
  for (std::size_t at = 0; (at = help.out.find("--", at)) != std::string::npos; ++at) {
    const std::size_t end = help.out.find_first_of(" ,\n)", at);
    const std::string name = help.out.substr(at, end - at);
    if (name == "--help" || name.size() < 4) continue;
    EXPECT_TRUE(has(page, name)) << name << " is not in docs/training.md";
    ++options;
  }
  EXPECT_GE(options, 25);
}

TEST(Options, EveryMetricAndDistributionIsInThePage) {
  const std::string page = file_text(NNC_SOURCE "/docs/training.md");
  for (const Metric& metric : metrics())
    EXPECT_TRUE(has(page, fmt::format("| `{}` | {} |", metric.name, metric.formula)))
        << metric.name << ": " << metric.formula;
  for (const Distribution& one : distributions())
    EXPECT_TRUE(has(page, fmt::format("`{}(a,b)`", one.name)) && has(page, std::string(one.doc)))
        << one.name;
}

TEST(Options, AWholeRunWithEverything) {
  const Files files;
  const std::vector<std::string> words = {"--validation",
                                          "0.2",
                                          "--test",
                                          "0.1",
                                          "--epochs",
                                          "40",
                                          "--seed",
                                          "3",
                                          "--normalize",
                                          "--early-stop",
                                          "5",
                                          "--save",
                                          "best",
                                          "--metrics",
                                          "accuracy,f1",
                                          "--confusion",
                                          "--checkpoint",
                                          "w.safetensors",
                                          "--log",
                                          "log.csv",
                                          "--log-layers",
                                          "layers.csv"};
  const auto first = files.train(words);
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_TRUE(has(first.out, ", best ") && has(first.out, ", f1 ")) << first.out;
  EXPECT_TRUE(has(first.out, "; weights in w.safetensors\ntest loss ")) << first.out;
  EXPECT_TRUE(has(first.out, "\nrows by label (down) and prediction (across)\nlabel "))
      << first.out;
  const std::string weights = file_text(files.folder / "w.safetensors");
  EXPECT_TRUE(file_text(files.folder / "log.csv")
                  .starts_with("epoch,loss,valid_loss,valid_accuracy,valid_f1,ms\n"));
  EXPECT_TRUE(has(file_text(files.folder / "layers.csv"), "\n1,h,"));
  auto threads = words;
  threads.insert(threads.end(), {"--threads", "3"});
  const auto second = files.train(threads);
  EXPECT_EQ(second.out, first.out);
  EXPECT_EQ(file_text(files.folder / "w.safetensors"), weights);
}

TEST(Options, TheTestRowsMayBeFiles) {
  const Files files;
  files.folder.write("test.csv", blobs_csv(30));
  const auto run = files.train({"--epochs", "20", "--normalize", "--test", "test.csv"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(has(run.out, "\ntest loss ") && has(run.out, ", accuracy ")) << run.out;
}

TEST(Options, RunNormalizesInputsAsTheCheckpointSays) {
  const Files files;
  ASSERT_EQ(files.train({"--epochs", "3", "--normalize", "--checkpoint", "w.safetensors"}).code, 0);
  const auto plain = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {NNC_BUILD "/nnc", "run",     "model.json",       "-f",
                                      "predict",        "--input", "x=1x4xf32=1 2 3 4"};
    words.insert(words.end(), more.begin(), more.end());
    return cli_test::run_program(words, {}, files.folder / ".");
  };
  const auto run = plain({"--params", "w.safetensors"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "note: x is normalized as w.safetensors says\n");
}

TEST(Options, SizesOfParamsMayBeOthersThanTheModels) {
  const Files files;
  const auto trained =
      files.train({"--size", "hidden=5", "--epochs", "2", "--checkpoint", "w.safetensors"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const auto predict = [&](const std::string& size) {
    return cli_test::run_program({NNC_BUILD "/nnc", "run", "model.json", "-f", "predict", "--size",
                                  size, "--params", "w.safetensors", "--input",
                                  "x=1x4xf32=1 2 3 4"},
                                 {}, files.folder / ".");
  };
  EXPECT_EQ(predict("hidden=5").code, 0) << predict("hidden=5").err;
  EXPECT_TRUE(has(predict("hidden=8").err, "'w1' is f32[4,8]")) << predict("hidden=8").err;
}

TEST(Options, AGridIsRankedTheSameForAnyNumberOfThreads) {
  const Files files;
  const std::vector<std::string> words = {"--validation",    "0.2",
                                          "--test",          "0.1",
                                          "--epochs",        "5",
                                          "--grid",          "lr=0.3,1e-5,1e300",
                                          "hidden=4,9",      "--checkpoint",
                                          "best.safetensors"};
  const auto first = files.train(words);
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_TRUE(first.out.starts_with("rank     lr  hidden")) << first.out;
  EXPECT_EQ(std::ranges::count(first.out, '\n'), 1 + 6 + 2) << first.out;
  EXPECT_TRUE(has(first.out, "not finite\n") && has(first.out, "\ntest loss ")) << first.out;
  EXPECT_TRUE(first.out.ends_with("weights of rank 1 in best.safetensors\n")) << first.out;
  const std::string weights = file_text(files.folder / "best.safetensors");
  auto threads = words;
  threads.insert(threads.end(), {"--threads", "3"});
  EXPECT_EQ(files.train(threads).out, first.out);
  EXPECT_EQ(file_text(files.folder / "best.safetensors"), weights);
}

TEST(Options, RandomSettingsAreThoseOfTheSeed) {
  const Files files;
  const auto draw = [&](const std::string& seed) {
    return files.train({"--random", "4", "lr=loguniform(1e-4,1)", "batch=uniform(8,40)", "--seed",
                        seed, "--epochs", "2"});
  };
  const auto first = draw("1");
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(std::ranges::count(first.out, '\n'), 5) << first.out;
  EXPECT_EQ(draw("1").out, first.out);
  EXPECT_NE(draw("2").out, first.out);
}

TEST(Options, RowsAreLearntByHeartOrNot) {
  const Files able(R"({ "kind": "adam", "lr": 0.05 })");
  const auto learnt = able.train({"--overfit", "5", "--seed", "1"});
  EXPECT_EQ(learnt.code, 0) << learnt.out << learnt.err;
  EXPECT_TRUE(learnt.out.starts_with("5 rows learnt by heart: loss ")) << learnt.out;
  const Files unable(R"({ "kind": "sgd", "lr": 1e-7 })");
  const auto missed = unable.train({"--overfit", "50", "--epochs", "3"});
  EXPECT_EQ(missed.code, 3) << missed.err;
  EXPECT_TRUE(missed.out.starts_with("50 rows not learnt by heart: loss ")) << missed.out;
  EXPECT_TRUE(has(missed.out, "\nlayer  gradient norm  saturated  saturated units\n"))
      << missed.out;
  EXPECT_TRUE(has(missed.out, "  0 of 8\nno unit is saturated: ")) << missed.out;
  std::string zeros = blobs_model(momentum);
  for (std::size_t at = 0; (at = zeros.find("\"glorot_uniform\"")) != std::string::npos;)
    zeros.replace(at, 16, "0");
  unable.folder.write("model.json", zeros);
  const auto still = unable.train({"--overfit", "50", "--epochs", "3"});
  EXPECT_TRUE(has(still.out, "\nno gradient reaches w1, b1, w2, h: ")) << still.out << still.err;
}

TEST(Options, LbfgsEndsAtTheMinimum) {
  const Files files(R"({ "kind": "lbfgs", "gradient_norm": 1e-3 })");
  const auto run = files.train({"--epochs", "300"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(run.err.starts_with("ended: ")) << run.err;
}

struct Refused {
  std::vector<std::string> words;
  int code;
  std::string err;
};

TEST(Options, WhatIsRefusedSaysWhatWouldBeRight) {
  const Files files;
  const std::vector<Refused> all = {
      {{"--early-stop", "3"}, 1, "stopping early goes by the validation loss, and there is none"},
      {{"--save", "best"}, 1, "keeping the best weights goes by the validation loss"},
      {{"--save", "bets"}, 2, "did you mean 'best'?"},
      {{"--metrics", "f1"}, 2, "--validation 0.1 or --test 0.1"},
      {{"--metrics", "f2", "--validation", "0.2"}, 1, "there is no metric 'f2'"},
      {{"--size", "hiden=3"}, 1, "did you mean 'hidden'?"},
      {{"--test", "1.5"}, 2, "'1.5' is no fraction for --test"},
      {{"--test", "0.5", "--validation", "0.5"}, 2, "leave no rows to train on"},
      {{"--grid", "hiden=1,2"}, 1, "did you mean 'hidden'?"},
      {{"--grid", "lr=-1"}, 1, "lr=-1: sgd: "},
      {{"--grid", "lr"}, 1, "'lr' is no setting with values"},
      {{"--random", "lr=uniform(0,1)"}, 1, "--random 20 lr=loguniform(1e-4,1)"},
      {{"--random", "3", "lr=uniform(1,0)"}, 1, "uniform(a,b) with a < b"},
      {{"--grid", "lr=1", "--log", "x.csv"}, 2, "--log does not go with --grid"},
      {{"--overfit", "5", "--validation", "0.1"}, 2, "--validation does not go with --overfit"},
      {{"--overfit", "0"}, 2, "'0' is no value of --overfit"}};
  for (const Refused& one : all) {
    const auto run = files.train(one.words);
    EXPECT_EQ(run.code, one.code) << one.err << "\n" << run.err;
    EXPECT_TRUE(has(run.err, one.err)) << one.err << "\n" << run.err;
  }
}

} // namespace
} // namespace nnc::train_test
