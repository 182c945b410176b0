// What a training run promises: seeds, threads, the last batch, the log, schedules of the host.
#include "train/blobs.h"

#include "frontends/host/train/shuffle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace nnc::train_test {
namespace {

constexpr const char* momentum =
    R"({ "kind": "sgd", "lr": 0.3, "momentum": 0.9, "nesterov": true })";

struct Files {
  Folder folder;
  std::string model, data;
  explicit Files(const std::string& text, int rows = 50)
      : model(folder.write("model.json", text)), data(folder.write("data.csv", blobs_csv(rows))) {}
};

TEST(Train, LearnsAndIsTheSameForTheSameSeed) {
  const Files files(blobs_model(momentum), 120);
  const TrainOptions options{.epochs = 20, .validation = 0.25, .seed = 3};
  auto first = train_files(files.model, files.data, options);
  auto again = train_files(files.model, files.data, options);
  auto threads = train_files(files.model, files.data, options, 2);
  TrainOptions other = options;
  other.seed = 4;
  auto differs = train_files(files.model, files.data, other);
  ASSERT_TRUE(first.ok()) << first.error().message;
  ASSERT_TRUE(again.ok() && threads.ok() && differs.ok());
  const EpochReport& last = first->outcome.epochs.back();
  EXPECT_LT(last.loss, 0.5 * first->outcome.epochs[0].loss);
  EXPECT_GE(last.metrics.at(0).value.value_or(0), 0.9);
  EXPECT_EQ(values_of(again->session), values_of(first->session));
  EXPECT_EQ(values_of(threads->session), values_of(first->session));
  EXPECT_NE(values_of(differs->session), values_of(first->session));
}

TEST(Train, ValidationIsOfRowsHeldBackByTheirOwnOrder) {
  const RowOrder order(50, {.validation = 0.25}, 9);
  const auto first = shuffled_rows(50, 9, 0);
  EXPECT_EQ(order.validation(), std::vector(first.begin() + 38, first.end()));
  EXPECT_EQ(order.training_rows(), 38);
  for (std::uint32_t epoch : {1u, 2u}) {
    const auto rows = order.training(epoch);
    std::set<std::int64_t> seen(rows.begin(), rows.end());
    EXPECT_EQ(seen.size(), 38u);
    for (const std::int64_t row : order.validation()) EXPECT_FALSE(seen.contains(row));
  }
  EXPECT_NE(order.training(1), order.training(2));
}

/// One epoch by hand: the same rows in the same order through the same function.
TEST(Train, TheLastBatchOfAnEpochIsSmaller) {
  const Files files(blobs_model(momentum));
  auto trained = train_files(files.model, files.data, {.epochs = 1, .seed = 5});
  ASSERT_TRUE(trained.ok()) << trained.error().message;
  EXPECT_EQ(trained->outcome.steps, 4); // 16 + 16 + 16 + 2
  auto session = Session::load(files.model, {.seed = 5});
  ASSERT_TRUE(session.ok());
  const auto function = training_function(session->source(), "");
  const auto data = load_dataset(session->source(), **function, {.files = {files.data}});
  ASSERT_TRUE(data.ok());
  const auto x = data->inputs[0].tensor.as<float>();
  const auto y = data->inputs[1].tensor.as<std::int32_t>();
  const auto rows = shuffled_rows(50, 5, 1);
  double sum = 0;
  for (std::size_t at = 0; at < rows.size(); at += 16) {
    const std::size_t count = std::min<std::size_t>(16, rows.size() - at);
    std::vector<float> features;
    std::vector<std::int32_t> labels;
    for (std::size_t i = at; i < at + count; ++i) {
      const auto row = static_cast<std::size_t>(rows[i]);
      const auto four = x.subspan(row * 4, 4);
      features.insert(features.end(), four.begin(), four.end());
      labels.push_back(y[row]);
    }
    const auto step = session->compile(
        "train", {.inputs = {{"x", {DType::f32, {static_cast<std::int64_t>(count), 4}}}}});
    ASSERT_TRUE(step.ok()) << step.error().message;
    float loss = 0;
    ASSERT_FALSE((*step)->call({features, labels}, {loss}));
    sum += static_cast<double>(loss) * static_cast<double>(count);
  }
  EXPECT_EQ(trained->outcome.epochs[0].loss, sum / 50);
  EXPECT_EQ(values_of(*session), values_of(trained->session));
}

TEST(Train, TestRowsStandBeforeThoseOfValidation) {
  const RowOrder order(50, {.validation = 0.25, .test = 0.11}, 9);
  const auto first = shuffled_rows(50, 9, 0);
  EXPECT_EQ(order.validation(), RowOrder(50, {.validation = 0.25}, 9).validation());
  EXPECT_EQ(order.test(), std::vector(first.begin() + 33, first.begin() + 38));
  EXPECT_EQ(order.training_rows(), 33);
  auto rows = order.training(4);
  EXPECT_NE(rows, order.training());
  std::ranges::sort(rows);
  EXPECT_EQ(rows, order.training());
  EXPECT_EQ(RowOrder(50, {.validation = 0.6, .test = 0.6}, 9).training_rows(), 0);
}

TEST(Train, TheLogHasARowForEveryEpoch) {
  const Files files(blobs_model(momentum));
  const std::string log = files.folder / "log.csv";
  ASSERT_TRUE(
      train_files(files.model, files.data, {.epochs = 3, .validation = 0.2, .log = log}).ok());
  const std::string text = file_text(log);
  EXPECT_TRUE(text.starts_with("epoch,loss,valid_loss,valid_accuracy,ms\n1,")) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 4);
  for (const char c : {',', '\n'})
    EXPECT_EQ(std::ranges::count(text, c) % (c == ',' ? 16 : 4), 0) << text;
  ASSERT_TRUE(train_files(files.model, files.data, {.epochs = 1, .log = log}).ok());
  EXPECT_NE(file_text(log).find(",,,"), std::string::npos) << "without validation: empty fields";
}

TEST(Train, AnEvaluateFunctionIsUsed) {
  const std::string evaluate = R"("evaluate": { "in": ["x", "y"], "out": ["loss", "accuracy"] },)";
  std::string text = blobs_model(momentum, evaluate);
  text.replace(text.find("\"loss = "), 0,
               "\"accuracy = mean(cast(argmax(logits, axis=-1, dtype=\\\"i32\\\") == y, "
               "to=\\\"f32\\\"))\", ");
  const Files files(text), plain(blobs_model(momentum));
  const TrainOptions options{.epochs = 2, .validation = 0.4, .seed = 2};
  const auto with = train_files(files.model, files.data, options);
  const auto without = train_files(plain.model, plain.data, options);
  ASSERT_TRUE(with.ok()) << with.error().message;
  ASSERT_TRUE(without.ok());
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(with->outcome.epochs[i].valid_loss, without->outcome.epochs[i].valid_loss);
    EXPECT_NEAR(*with->outcome.epochs[i].metrics.at(0).value,
                *without->outcome.epochs[i].metrics.at(0).value, 1e-6);
  }
}

TEST(Train, ThePlateauHalvesTheRate) {
  const char* schedule = R"({ "kind": "sgd",
      "lr": { "kind": "halve_on_plateau", "lr": 64, "patience": 2 } })";
  const Files files(blobs_model(schedule));
  auto trained = train_files(files.model, files.data, {.epochs = 12, .validation = 0.4});
  ASSERT_TRUE(trained.ok()) << trained.error().message;
  double least = 0, rate = 64;
  int waited = 0;
  for (const EpochReport& report : trained->outcome.epochs) {
    if (report.epoch == 1 || *report.valid_loss < least) {
      least = *report.valid_loss;
      waited = 0;
    } else if (++waited == 2) {
      rate /= 2;
      waited = 0;
    }
  }
  EXPECT_LT(rate, 64) << "a rate this large must meet a plateau";
  EXPECT_EQ(trained->session.find("opt.lr")->as<double>()[0], rate);
  const auto blind = train_files(files.model, files.data, {.epochs = 1});
  ASSERT_FALSE(blind.ok());
  EXPECT_EQ(blind.error().code, "E0625");
}

TEST(Train, ALossThatIsNoNumberEndsTheRun) {
  std::string text = blobs_model(R"({ "kind": "sgd", "lr": 1 })");
  text.replace(text.find("\"loss = "), 8, "\"loss = log(sum(w1*0)) + ");
  const Files files(text);
  const auto result = train_files(files.model, files.data, {.epochs = 2});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "E0606");
  EXPECT_EQ(result.error().message, "the loss is -inf in epoch 1, step 1");
  EXPECT_GT(result.error().place.line, 0);
}

TEST(Train, SaysWhichFunctionIsMissing) {
  std::string text = blobs_model(momentum);
  auto session = Session::load(Files(text).model);
  ASSERT_TRUE(session.ok());
  const auto wrong = training_function(session->source(), "predict");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, "E0312");
  EXPECT_EQ(wrong.error().message, "'predict' updates no params");
}

} // namespace
} // namespace nnc::train_test
