// Which epoch a run ends with and whose weights it leaves: early stopping, --save best, and both
// across a resumption.
#include "runtime/checkpoint.h"
#include "train/blobs.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nnc::train_test {
namespace {

/// Steps so large that the validation loss rises and falls.
constexpr const char* restless = R"({ "kind": "sgd", "lr": 6, "momentum": 0.9 })";

struct Files {
  Folder folder;
  std::string model = folder.write("model.json", blobs_model(restless));
  std::string data = folder.write("data.csv", blobs_csv(50));

  TrainOptions options(const std::string& name, Keep keep) const {
    return {.epochs = 40,
            .validation = 0.4,
            .test = 0.1,
            .seed = 7,
            .checkpoint = folder / (name + ".safetensors"),
            .resume = true,
            .keep = keep,
            .early_stop = 3,
            .metrics = {"accuracy", "f1"},
            .log = folder / (name + ".csv")};
  }
};

/// The epoch with the least validation loss, from 1.
std::int64_t best_of(const std::vector<EpochReport>& epochs) {
  const auto least = std::ranges::min_element(
      epochs, {}, [](const EpochReport& report) { return *report.valid_loss; });
  return least->epoch;
}

TEST(EarlyStop, EndsWhenTheValidationLossHasNotFallen) {
  const Files files;
  const auto run = train_files(files.model, files.data, files.options("a", Keep::last));
  ASSERT_TRUE(run.ok()) << run.error().message;
  const TrainOutcome& outcome = run->outcome;
  ASSERT_LT(outcome.epochs.size(), 40u) << "a run this restless has to be ended";
  EXPECT_EQ(outcome.best_epoch, best_of(outcome.epochs));
  EXPECT_EQ(outcome.epochs.back().epoch, outcome.best_epoch + 3);
  EXPECT_EQ(outcome.ended, "the validation loss did not fall for 3 epochs");
}

TEST(EarlyStop, NeedsAValidation) {
  const Files files;
  for (const bool stop : {true, false}) {
    const auto run =
        train_files(files.model, files.data,
                    {.keep = stop ? Keep::last : Keep::best, .early_stop = stop ? 1 : 0});
    ASSERT_FALSE(run.ok());
    EXPECT_EQ(run.error().code, "E0625");
    EXPECT_EQ(run.error().help, "--validation 0.1");
  }
}

TEST(SaveBest, LeavesTheWeightsOfTheBestEpoch) {
  const Files files;
  auto best = train_files(files.model, files.data, files.options("best", Keep::best));
  ASSERT_TRUE(best.ok()) << best.error().message;
  // The same run, ended where it was best.
  TrainOptions until = files.options("until", Keep::last);
  until.epochs = best->outcome.best_epoch;
  until.early_stop = 0;
  auto last = train_files(files.model, files.data, until);
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(values_of(best->session), values_of(last->session));
  // The file has them under the names of params, so that `nnc run --params` uses them.
  auto session = Session::load(files.model, {});
  ASSERT_TRUE(session.ok());
  ASSERT_TRUE(session->load_weights(files.folder / "best.safetensors").ok());
  for (const std::string name : {"w1", "b1", "w2"})
    EXPECT_EQ(*session->find(name), *last->session.find(name)) << name;
}

class StoppedEarly : public testing::TestWithParam<Keep> {};

TEST_P(StoppedEarly, AndResumedGivesTheSameBits) {
  const Files files;
  const TrainOptions whole = files.options("whole", GetParam());
  auto run = train_files(files.model, files.data, whole, 1, -1, true);
  ASSERT_TRUE(run.ok()) << run.error().message;
  const std::string weights = file_text(whole.checkpoint);
  const std::string log = without_times(file_text(whole.log));
  for (std::int64_t cut = 0; cut < run->outcome.steps; ++cut) {
    const TrainOptions options = files.options("cut" + std::to_string(cut), GetParam());
    ASSERT_TRUE(train_files(files.model, files.data, options, 1, cut, true).ok());
    auto resumed = train_files(files.model, files.data, options, 2, -1, true);
    ASSERT_TRUE(resumed.ok()) << resumed.error().message;
    EXPECT_EQ(resumed->outcome.ended, run->outcome.ended);
    EXPECT_EQ(resumed->outcome.best_epoch, run->outcome.best_epoch);
    EXPECT_EQ(file_text(options.checkpoint), weights) << "cut after " << cut;
    EXPECT_EQ(without_times(file_text(options.log)), log) << "cut after " << cut;
    EXPECT_EQ(values_of(resumed->session), values_of(run->session)) << "cut after " << cut;
  }
}

TEST_P(StoppedEarly, ARunThatIsOverStaysSo) {
  const Files files;
  const TrainOptions options = files.options("a", GetParam());
  auto run = train_files(files.model, files.data, options);
  ASSERT_TRUE(run.ok());
  auto again = train_files(files.model, files.data, options);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->outcome.steps, 0);
  EXPECT_EQ(values_of(again->session), values_of(run->session));
  TrainOptions longer = options; // it goes on from where it was, not from where it was best
  longer.early_stop = 0;
  longer.epochs = run->outcome.epochs.back().epoch + 2;
  TrainOptions at_once = files.options("b", GetParam());
  at_once.early_stop = 0;
  at_once.epochs = longer.epochs;
  ASSERT_TRUE(train_files(files.model, files.data, longer).ok());
  ASSERT_TRUE(train_files(files.model, files.data, at_once).ok());
  EXPECT_EQ(file_text(longer.checkpoint), file_text(at_once.checkpoint));
}

INSTANTIATE_TEST_SUITE_P(Keeps, StoppedEarly, testing::Values(Keep::last, Keep::best),
                         [](const auto& info) {
                           return info.param == Keep::best ? "Best" : "Last";
                         });

TEST(SaveBest, IsNotResumedAsTheOther) {
  const Files files;
  TrainOptions options = files.options("a", Keep::last);
  ASSERT_TRUE(train_files(files.model, files.data, options).ok());
  options.keep = Keep::best;
  const auto other = train_files(files.model, files.data, options);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, "E0707");
}

TEST(TestRows, AreLookedAtByNothingButTheirOwnScore) {
  const Files files;
  const TrainOptions options = files.options("a", Keep::best);
  auto run = train_files(files.model, files.data, options);
  ASSERT_TRUE(run.ok());
  const auto function = training_function(run->session.source(), "");
  auto data = load_dataset(run->session.source(), **function, {.files = {files.data}});
  const auto score = test_score(run->session, **function, *data, options);
  ASSERT_TRUE(score.ok()) << score.error().message;
  EXPECT_EQ(score->metrics.size(), 2u);
  // With other features in the test rows the run is the same, the score is not.
  const RowOrder order = row_order(*data, options);
  for (const std::int64_t row : order.test())
    for (float& x :
         data->inputs[0].tensor.as<float>().subspan(static_cast<std::size_t>(row) * 4, 4))
      x += 10;
  TrainOptions apart = options;
  apart.checkpoint = apart.log = {};
  auto session = Session::load(files.model, {.seed = options.seed});
  ASSERT_TRUE(train(*session, **training_function(session->source(), ""), *data, apart).ok());
  EXPECT_EQ(values_of(*session), values_of(run->session));
  EXPECT_NE(test_score(*session, **function, *data, apart)->loss, score->loss);
}

} // namespace
} // namespace nnc::train_test
