// Metrics against numbers worked out by hand, and what they need of outputs and labels.
#include "frontends/host/metrics.h"

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

} // namespace
} // namespace nnc::train_test
