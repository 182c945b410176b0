// Metrics against numbers worked out by hand, and what they need of outputs and labels.
#include "frontends/host/train/metrics.h"

#include "places.h"
#include "runtime/cast.h"
#include "train/blobs.h"

#include <gtest/gtest.h>

#include <set>

namespace nnc::train_test {
namespace {

double value(std::string_view name, Predictions predictions) {
  const Metric* metric = find_metric(name);
  if (!metric) throw std::runtime_error("no metric");
  if (metric->needs != Needs::values) predictions.confusion = *confusion_of(predictions);
  return metric->compute(predictions).value_or(-1);
}

/// Labels 0 0 1 1 2 2, taken for 0 1 1 1 2 0.
Predictions three_classes() {
  return {.width = 3,
          .outputs = {3, 1, 0, 0, 2, 1, -1, 5, 0, 0, 1, 0, 0, 0, 1, 2, 0, 1},
          .labels = {0, 0, 1, 1, 2, 2}};
}

TEST(Metrics, OfThreeClasses) {
  const Predictions p = three_classes();
  const Confusion confusion = *confusion_of(p);
  EXPECT_EQ(confusion.counts, (std::vector<std::int64_t>{1, 1, 0, 0, 2, 0, 1, 0, 1}));
  EXPECT_DOUBLE_EQ(value("accuracy", p), 4.0 / 6);
  EXPECT_DOUBLE_EQ(value("error_rate", p), 2.0 / 6);
  EXPECT_DOUBLE_EQ(value("precision", p), (1.0 / 2 + 2.0 / 3 + 1) / 3);
  EXPECT_DOUBLE_EQ(value("recall", p), (1.0 / 2 + 1 + 1.0 / 2) / 3);
  EXPECT_DOUBLE_EQ(value("f1", p), (1.0 / 2 + 4.0 / 5 + 2.0 / 3) / 3);
}

TEST(Metrics, AClassThatNowhereIsHasNoPart) {
  const Predictions p{.width = 3, .outputs = {1, 0, 0, 0, 1, 0}, .labels = {0, 1}};
  EXPECT_EQ(value("f1", p), 1);
  // Never predicted, but there: its precision is 0/0, which counts as 0.
  const Predictions missed{.width = 2, .outputs = {1, 0, 1, 0}, .labels = {0, 1}};
  EXPECT_DOUBLE_EQ(value("precision", missed), 0.25);
  EXPECT_DOUBLE_EQ(value("recall", missed), 0.5);
}

TEST(Metrics, TheAreaUnderTheCurveCountsPairs) {
  // Scores of class 1: 0.9 0.4 0.4; of class 0: 0.1 0.4. Pairs won 1+1+1+0.5+0.5... of six.
  Predictions p{.outputs = {0.9, 0.4, 0.4, 0.1, 0.4}, .labels = {1, 1, 1, 0, 0}};
  EXPECT_DOUBLE_EQ(value("auc", p), (1 + 1 + 1 + 1 + 0.5 + 0.5) / 6);
  Predictions two{.width = 2, .outputs = {0, 3, 1, 0, 2, 2.5}, .labels = {1, 0, 1}};
  EXPECT_EQ(value("auc", two), 1);
  const Predictions one{.outputs = {0.3, 0.6}, .labels = {1, 1}};
  EXPECT_EQ(value("auc", one), -1) << "of one class alone it is not defined";
}

TEST(Metrics, OfValues) {
  const Predictions p{.outputs = {1, 2, 4}, .labels = {1, 4, 7}};
  EXPECT_DOUBLE_EQ(value("mse", p), (0 + 4 + 9) / 3.0);
  EXPECT_DOUBLE_EQ(value("mae", p), (0 + 2 + 3) / 3.0);
  EXPECT_DOUBLE_EQ(value("r2", p), 1 - 13.0 / 18);
  const Predictions columns{.width = 2,
                            .outputs = {1, 0, 2, 10, 4, 20},
                            .label_width = 2,
                            .labels = {1, 0, 4, 10, 7, 20}};
  EXPECT_DOUBLE_EQ(value("r2", columns), (1 - 13.0 / 18 + 1) / 2);
  EXPECT_EQ(value("r2", {.outputs = {1, 2}, .labels = {3, 3}}), -1);
}

TEST(Metrics, WhatIsNoClassAndNoProbability) {
  const auto label = confusion_of({.width = 2, .outputs = {1, 0}, .labels = {2}});
  ASSERT_FALSE(label.ok());
  EXPECT_EQ(label.error().message, "a label is 2; classes are 0 to 1");
  const auto half = confusion_of({.outputs = {0.5}, .labels = {0.5}});
  ASSERT_FALSE(half.ok());
  const auto logit = confusion_of({.outputs = {-3.5}, .labels = {0}});
  ASSERT_FALSE(logit.ok());
  EXPECT_EQ(logit.error().message, "predict gives -3.5, which is no probability");
  const Confusion by_half = *confusion_of({.outputs = {0.5, 0.51}, .labels = {0, 1}});
  EXPECT_EQ(by_half.counts, (std::vector<std::int64_t>{1, 0, 0, 1}));
}

TEST(Metrics, EveryRowIsDescribed) {
  std::set<std::string_view> names;
  for (const Metric& metric : metrics()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_FALSE(metric.formula.empty()) << metric.name;
    EXPECT_FALSE(needs_text(metric.needs).empty()) << metric.name;
  }
}

constexpr const char* sgd = R"({ "kind": "sgd", "lr": 0.3, "momentum": 0.9 })";

Result<Trained> with_metrics(std::vector<std::string> metrics) {
  const Folder folder;
  return train_files(folder.write("model.json", blobs_model(sgd)),
                     folder.write("data.csv", blobs_csv(120)),
                     {.epochs = 10, .validation = 0.25, .seed = 3, .metrics = std::move(metrics)});
}

TEST(Metrics, AreToldOfEveryEpochInTheOrderAsked) {
  const auto trained = with_metrics({"f1", "error_rate", "accuracy"});
  ASSERT_TRUE(trained.ok()) << trained.error().message;
  for (const EpochReport& report : trained->outcome.epochs) {
    ASSERT_EQ(report.metrics.size(), 3u);
    EXPECT_EQ(report.metrics[0].name, "f1");
    EXPECT_DOUBLE_EQ(*report.metrics[1].value + *report.metrics[2].value, 1);
  }
  EXPECT_GT(*trained->outcome.epochs.back().metrics[0].value, 0.9);
}

TEST(Metrics, ThatThereAreNotOrThatDoNotFit) {
  const auto misspelt = with_metrics({"acuracy"});
  ASSERT_FALSE(misspelt.ok());
  EXPECT_EQ(misspelt.error().message, "there is no metric 'acuracy'");
  EXPECT_EQ(misspelt.error().help, "did you mean 'accuracy'?");
  const auto unlike = with_metrics({"bleu"});
  ASSERT_FALSE(unlike.ok());
  EXPECT_TRUE(unlike.error().help.starts_with("there are accuracy, error_rate, "))
      << unlike.error().help;
  for (const std::string name : {"mse", "auc"}) {
    const auto wrong = with_metrics({name});
    ASSERT_FALSE(wrong.ok()) << name;
    EXPECT_EQ(wrong.error().code, "E0625");
    EXPECT_TRUE(wrong.error().message.starts_with(name + " needs ")) << wrong.error().message;
  }
}

/// A trained model, and what it says of each validation row.
struct Judged {
  Score score;
  std::vector<double> outputs = {}; ///< row-major
  std::vector<int> labels = {};

  double metric(std::string_view name) const {
    for (const Measured& one : score.metrics)
      if (one.name == name) return one.value.value_or(-1);
    return -2;
  }
};

std::vector<double> doubles(const Tensor& tensor) {
  const Tensor wide = *cast(tensor, DType::f64);
  return {wide.as<double>().begin(), wide.as<double>().end()};
}

Judged judge(const std::string& model, const std::string& csv, const TrainOptions& options) {
  auto trained = *train_files(model, csv, options, 1, -1, true);
  Session& session = trained.session;
  const FunctionDoc& function = **training_function(session.source(), "");
  Dataset data = *load_dataset(session.source(), function, {.files = {csv}});
  const RowOrder order = row_order(data, options);
  if (normalize(data, order.training())) throw std::runtime_error("normalize");
  Judged judged{.score = *validation_score(session, function, data, options)};
  const auto rows = static_cast<std::int64_t>(order.validation().size());
  auto predict = *Batch::make(session, "predict", data, rows, {});
  if (predict.call(order.validation())) throw std::runtime_error("predict");
  judged.outputs = doubles(predict.output(0));
  const auto labels = doubles(data.inputs[*data.labels].tensor);
  for (const std::int64_t row : order.validation())
    judged.labels.push_back(static_cast<int>(labels[static_cast<std::size_t>(row)]));
  return judged;
}

// Row by row and class by class, without a table of counts.
TEST(Metrics, OfARunAreWhatItsPredictionsSay) {
  const Folder folder;
  const Judged judged =
      judge(folder.write("model.json", blobs_model(R"({ "kind": "sgd", "lr": 0.02 })")),
            folder.write("data.csv", blobs_csv(150)),
            {.epochs = 2,
             .validation = 0.4,
             .seed = 5,
             .metrics = {"accuracy", "precision", "recall", "f1"},
             .confusion = true});
  ASSERT_EQ(judged.labels.size(), 60u);
  std::vector<int> taken;
  for (std::size_t i = 0; i < judged.labels.size(); ++i) {
    const double* scores = &judged.outputs[3 * i];
    taken.push_back(scores[0] >= scores[1] && scores[0] >= scores[2] ? 0
                    : scores[1] >= scores[2]                         ? 1
                                                                     : 2);
  }
  const auto count = [&](auto is) {
    double rows = 0;
    for (std::size_t i = 0; i < taken.size(); ++i) rows += is(judged.labels[i], taken[i]);
    return rows;
  };
  double precision = 0, recall = 0, f1 = 0;
  for (int k = 0; k < 3; ++k) {
    const double right = count([&](int y, int p) { return y == k && p == k; });
    const double one_precision = right / count([&](int, int p) { return p == k; });
    const double one_recall = right / count([&](int y, int) { return y == k; });
    precision += one_precision / 3;
    recall += one_recall / 3;
    f1 += 2 * one_precision * one_recall / (one_precision + one_recall) / 3;
    for (int other = 0; other < 3; ++other)
      EXPECT_EQ(static_cast<double>(judged.score.confusion->at(static_cast<std::size_t>(k),
                                                               static_cast<std::size_t>(other))),
                count([&](int y, int p) { return y == k && p == other; }));
  }
  const double accuracy = count([](int y, int p) { return y == p; }) / 60;
  EXPECT_TRUE(accuracy > 0.4 && accuracy < 1) << accuracy << " tells metrics apart";
  EXPECT_NE(precision, recall);
  EXPECT_DOUBLE_EQ(judged.metric("accuracy"), accuracy);
  EXPECT_NEAR(judged.metric("precision"), precision, 1e-14);
  EXPECT_NEAR(judged.metric("recall"), recall, 1e-14);
  EXPECT_NEAR(judged.metric("f1"), f1, 1e-14);
}

TEST(Metrics, TheAreaIsThatOfAllPairs) {
  const Folder folder;
  const Judged judged =
      judge(folder.write("model.json", R"json({ "nnc": 1,
    "inputs": { "x": "f64[N,30]", "y": "f64[N]" },
    "params": { "w": { "type": "f64[30]", "init": 0 } },
    "nodes": [ "z = x @ w", "p = sigmoid(z)", "loss = binary_cross_entropy_logits(z, y)" ],
    "functions": {
      "predict": { "in": ["x"], "out": ["p"] },
      "train": { "in": ["x", "y"], "out": ["loss"], "minimize": "loss",
                 "optimizer": { "kind": "sgd", "lr": 0.01 } } } })json"),
            NNC_SOURCE "/examples/data/breast_cancer.csv",
            {.epochs = 1, .batch = 64, .validation = 0.5, .seed = 2, .metrics = {"auc"}});
  double won = 0, pairs = 0;
  for (std::size_t i = 0; i < judged.labels.size(); ++i)
    for (std::size_t k = 0; k < judged.labels.size(); ++k) {
      if (judged.labels[i] != 1 || judged.labels[k] != 0) continue;
      const double one = judged.outputs[i], zero = judged.outputs[k];
      won += one > zero ? 1 : one == zero ? 0.5 : 0;
      ++pairs;
    }
  EXPECT_GT(pairs, 10000);
  EXPECT_LT(won, pairs);
  EXPECT_NEAR(judged.metric("auc"), won / pairs, 1e-14);
}

} // namespace
} // namespace nnc::train_test
