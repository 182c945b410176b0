// A run that is stopped at any step and resumed ends with the bits of one that was never stopped.
#include "train/blobs.h"

#include <gtest/gtest.h>

namespace nnc::train_test {
namespace {

constexpr const char* adam = R"({ "kind": "adam", "lr": 0.02 })";
constexpr const char* plateau =
    R"({ "kind": "sgd", "momentum": 0.9,
         "lr": { "kind": "halve_on_plateau", "lr": 0.8, "patience": 1 } })";

/// 50 rows, 40 of them for training: batches of 16, 16 and 8.
TrainOptions options(const Folder& folder, const std::string& name) {
  return {.epochs = 4,
          .validation = 0.2,
          .seed = 7,
          .checkpoint = folder / (name + ".safetensors"),
          .resume = true,
          .log = folder / (name + ".csv")};
}

class Resume : public testing::TestWithParam<const char*> {};

TEST_P(Resume, AtEveryStepGivesTheSameBits) {
  const Folder folder;
  const std::string model = folder.write("model.json", blobs_model(GetParam()));
  const std::string data = folder.write("data.csv", blobs_csv(50));
  const auto whole = train_files(model, data, options(folder, "whole"));
  ASSERT_TRUE(whole.ok()) << whole.error().message;
  EXPECT_EQ(whole->outcome.steps, 12);
  const std::string weights = file_text(folder / "whole.safetensors");
  const std::string log = without_times(file_text(folder / "whole.csv"));
  for (int cut = 0; cut < 12; ++cut) {
    const TrainOptions cut_run = options(folder, "cut" + std::to_string(cut));
    const auto first = train_files(model, data, cut_run, 1, cut);
    ASSERT_TRUE(first.ok()) << first.error().message;
    EXPECT_TRUE(first->outcome.interrupted);
    EXPECT_EQ(first->outcome.steps, cut);
    const auto second = train_files(model, data, cut_run);
    ASSERT_TRUE(second.ok()) << second.error().message;
    EXPECT_EQ(second->outcome.resumed_steps, cut);
    EXPECT_EQ(second->outcome.steps, 12 - cut);
    EXPECT_EQ(second->outcome.epochs.size(), 4u);
    EXPECT_EQ(file_text(cut_run.checkpoint), weights) << "cut after " << cut;
    EXPECT_EQ(without_times(file_text(cut_run.log)), log) << "cut after " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(Optimizers, Resume, testing::Values(adam, plateau));

TEST(ResumeFrom, AFinishedRunHasNothingToDo) {
  const Folder folder;
  const std::string model = folder.write("model.json", blobs_model(adam));
  const std::string data = folder.write("data.csv", blobs_csv(50));
  ASSERT_TRUE(train_files(model, data, options(folder, "a")).ok());
  const std::string weights = file_text(folder / "a.safetensors");
  const auto again = train_files(model, data, options(folder, "a"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->outcome.steps, 0);
  EXPECT_EQ(file_text(folder / "a.safetensors"), weights);
}

TEST(ResumeFrom, ALongerRunIsThatRun) {
  const Folder folder;
  const std::string model = folder.write("model.json", blobs_model(adam));
  const std::string data = folder.write("data.csv", blobs_csv(50));
  ASSERT_TRUE(train_files(model, data, options(folder, "four")).ok());
  TrainOptions six = options(folder, "four");
  six.epochs = 6;
  ASSERT_TRUE(train_files(model, data, six).ok());
  TrainOptions at_once = options(folder, "six");
  at_once.epochs = 6;
  ASSERT_TRUE(train_files(model, data, at_once).ok());
  EXPECT_EQ(file_text(folder / "four.safetensors"), file_text(folder / "six.safetensors"));
}

TEST(ResumeFrom, AnotherRunIsAnError) {
  const Folder folder;
  const std::string model = folder.write("model.json", blobs_model(adam));
  const std::string data = folder.write("data.csv", blobs_csv(50));
  const std::string other = folder.write("other.csv", blobs_csv(53));
  ASSERT_TRUE(train_files(model, data, options(folder, "a")).ok());
  TrainOptions seed = options(folder, "a"), batch = options(folder, "a");
  seed.seed = 8;
  batch.batch = 10;
  for (const auto& result : {train_files(model, data, seed), train_files(model, data, batch),
                             train_files(model, other, options(folder, "a"))}) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, "E0707") << result.error().message;
  }
}

TEST(ResumeFrom, PlainWeightsAreNoCheckpoint) {
  const Folder folder;
  const std::string model =
      folder.write("model.json", blobs_model(R"({ "kind": "sgd", "lr": 1 })"));
  const std::string data = folder.write("data.csv", blobs_csv(50));
  auto session = Session::load(model, {});
  ASSERT_TRUE(session.ok());
  ASSERT_TRUE(session->compile("train").ok());
  ASSERT_FALSE(session->save_weights(folder / "a.safetensors"));
  const auto result = train_files(model, data, options(folder, "a"));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "E0706") << result.error().message;
}

} // namespace
} // namespace nnc::train_test
