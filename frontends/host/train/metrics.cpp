#include "frontends/host/train/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace nnc {
namespace {

double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

/// One class against all others.
struct Counts {
  double hits = 0, labelled = 0, predicted = 0;

  double precision() const { return ratio(hits, predicted); }
  double recall() const { return ratio(hits, labelled); }
  double f1() const { return ratio(2 * hits, labelled + predicted); }
};

Counts counts_of(const Confusion& confusion, std::size_t one) {
  Counts counts{.hits = static_cast<double>(confusion.at(one, one))};
  for (std::size_t k = 0; k < confusion.classes; ++k) {
    counts.labelled += static_cast<double>(confusion.at(one, k));
    counts.predicted += static_cast<double>(confusion.at(k, one));
  }
  return counts;
}

/// The mean over the classes that there are.
template <class F>
double macro(const Predictions& p, F of) {
  double sum = 0, classes = 0;
  for (std::size_t k = 0; k < p.confusion.classes; ++k) {
    const Counts counts = counts_of(p.confusion, k);
    if (counts.labelled + counts.predicted == 0) continue;
    sum += of(counts);
    ++classes;
  }
  return ratio(sum, classes);
}

double correct(const Predictions& p) {
  double hits = 0;
  for (std::size_t k = 0; k < p.confusion.classes; ++k)
    hits += static_cast<double>(p.confusion.at(k, k));
  return hits / static_cast<double>(p.rows());
}

/// The share of pairs of a row of class 1 and one of class 0 in which the first has the greater
/// score, a tie counting half: from the ranks of the scores.
std::optional<double> area_under_curve(const Predictions& p) {
  std::vector<double> scores(p.rows());
  for (std::size_t i = 0; i < scores.size(); ++i)
    scores[i] = p.width == 1 ? p.outputs[i] : p.outputs[2 * i + 1] - p.outputs[2 * i];
  if (std::ranges::any_of(scores, [](double s) { return std::isnan(s); })) return std::nullopt;
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return scores[i]; });
  double ranks = 0, ones = 0;
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && scores[order[end]] == scores[order[begin]]) ++end;
    const double rank = 0.5 * static_cast<double>(begin + end + 1); // from 1, the mean of ties
    for (std::size_t i = begin; i < end; ++i)
      if (p.labels[order[i]] == 1) ranks += rank, ++ones;
  }
  const double zeros = static_cast<double>(p.rows()) - ones;
  if (ones == 0 || zeros == 0) return std::nullopt;
  return (ranks - ones * (ones + 1) / 2) / (ones * zeros);
}

template <class F>
double mean_error(const Predictions& p, F of) {
  double sum = 0;
  for (std::size_t i = 0; i < p.labels.size(); ++i) sum += of(p.outputs[i] - p.labels[i]);
  return sum / static_cast<double>(p.labels.size());
}

/// Of each column of the labels, then their mean.
std::optional<double> determination(const Predictions& p) {
  double sum = 0;
  const auto rows = static_cast<double>(p.rows());
  for (std::size_t k = 0; k < p.width; ++k) {
    double mean = 0, errors = 0, spread = 0;
    for (std::size_t i = k; i < p.labels.size(); i += p.width) mean += p.labels[i] / rows;
    for (std::size_t i = k; i < p.labels.size(); i += p.width) {
      errors += (p.outputs[i] - p.labels[i]) * (p.outputs[i] - p.labels[i]);
      spread += (p.labels[i] - mean) * (p.labels[i] - mean);
    }
    if (spread == 0) return std::nullopt;
    sum += 1 - errors / spread;
  }
  return sum / static_cast<double>(p.width);
}

using P = const Predictions&;
using Value = std::optional<double>;

constexpr std::array rows = {
    Metric{"accuracy", "rows whose class is right / rows", Needs::classes,
           [](P p) -> Value { return correct(p); }},
    Metric{"error_rate", "rows whose class is wrong / rows", Needs::classes,
           [](P p) -> Value { return 1 - correct(p); }},
    Metric{"precision", "mean over classes of hits / rows taken for the class", Needs::classes,
           [](P p) -> Value { return macro(p, [](const Counts& c) { return c.precision(); }); }},
    Metric{"recall", "mean over classes of hits / rows of the class", Needs::classes,
           [](P p) -> Value { return macro(p, [](const Counts& c) { return c.recall(); }); }},
    Metric{"f1", "mean over classes of 2 precision recall / (precision + recall)", Needs::classes,
           [](P p) -> Value { return macro(p, [](const Counts& c) { return c.f1(); }); }},
    Metric{"auc", "pairs of classes 1 and 0 with the greater score for 1, ties half / pairs",
           Needs::two_classes, area_under_curve},
    Metric{"mse", "mean((p - y)^2)", Needs::values,
           [](P p) -> Value { return mean_error(p, [](double e) { return e * e; }); }},
    Metric{"mae", "mean(abs(p - y))", Needs::values,
           [](P p) -> Value { return mean_error(p, [](double e) { return std::abs(e); }); }},
    Metric{"r2", "mean over columns of 1 - sum((p - y)^2) / sum((y - mean y)^2)", Needs::values,
           determination}};

} // namespace

std::string_view needs_text(Needs needs) {
  switch (needs) {
  case Needs::classes:
    return "classes: whole labels and a first output of predict that is [N, classes], or the "
           "probability of class 1 as [N] or [N, 1]";
  case Needs::two_classes:
    return "two classes: whole labels and a first output of predict that is [N, 2], or the "
           "probability of class 1 as [N] or [N, 1]";
  case Needs::values:
    return "values: as many elements in the first output of predict as there are labels";
  }
  return {};
}

std::span<const Metric> metrics() { return rows; }

const Metric* find_metric(std::string_view name) {
  const auto found = std::ranges::find(rows, name, &Metric::name);
  return found == rows.end() ? nullptr : &*found;
}

Result<Confusion> confusion_of(const Predictions& p) {
  Confusion confusion{.classes = std::max<std::size_t>(p.width, 2), .counts = {}};
  confusion.counts.assign(confusion.classes * confusion.classes, 0);
  for (std::size_t i = 0; i < p.rows(); ++i) {
    const double label = p.labels[i];
    if (!(label >= 0 && label < static_cast<double>(confusion.classes)) ||
        label != std::floor(label))
      return Error{.code = "E0625",
                   .message = fmt::format("a label is {}; classes are 0 to {}", label,
                                          confusion.classes - 1)};
    const auto scores = std::span(p.outputs).subspan(i * p.width, p.width);
    if (p.width == 1 && (scores[0] < 0 || scores[0] > 1))
      return Error{.code = "E0625",
                   .message = fmt::format("predict gives {}, which is no probability", scores[0]),
                   .help = "let predict give the sigmoid of its score"};
    const auto best =
        p.width == 1 ? static_cast<std::size_t>(scores[0] > 0.5)
                     : static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
    ++confusion.counts[static_cast<std::size_t>(label) * confusion.classes + best];
  }
  return confusion;
}

} // namespace nnc
