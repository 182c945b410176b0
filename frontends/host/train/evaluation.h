// How well a model does on rows that it is not trained on: loss and metrics.
#pragma once

#include "frontends/host/train/batch.h"
#include "frontends/host/train/metrics.h"

namespace nnc {

/// Nothing where the metric is not defined: of one class alone, for instance.
struct Measured {
  std::string name;
  std::optional<double> value;
};

struct Score {
  double loss = 0;
  std::vector<Measured> metrics = {};
  std::optional<Confusion> confusion = {};
};

struct EvaluationOptions {
  std::string loss; ///< the value that training minimises
  /// Outputs of `evaluate` that are float scalars, or rows of metrics(). Empty: the accuracy, where
  /// there is one.
  std::vector<std::string> metrics = {};
  bool confusion = false;
  std::int64_t batch = 1;
  std::vector<std::pair<std::string, std::int64_t>> sizes = {};
};

/// The loss comes from the function `evaluate` if the model declares one, else it is the value that
/// training minimises. A metric is an output of `evaluate`, else it is computed of the first output
/// of `predict` and the labels. Means weigh every row alike. Nothing is updated.
class Evaluation {
public:
  /// `data` must live as long. E0625 for a metric that there is not, or that needs other outputs or
  /// labels, and when there is no loss.
  static Result<Evaluation> make(Session& session, const Dataset& data,
                                 std::vector<std::int64_t> rows, const EvaluationOptions& options);
  Result<Score> run();
  std::vector<std::string> metric_names() const;

private:
  struct Part {
    Batch evaluate;
    std::optional<Batch> predict;
  };
  /// Where a metric comes from: an output of `evaluate`, or a row of the table.
  struct Wanted {
    std::string name;
    std::optional<std::size_t> output;
    const Metric* metric = nullptr;
  };
  struct Sums;

  Status add_parts(Session& session, const EvaluationOptions& options);
  Status add_predict(Session& session, const EvaluationOptions& options);
  Status want(const std::vector<std::string>& names);
  Status check_needs(const Metric& metric) const;
  bool has(Needs needs) const;
  Status add(Part& part, std::span<const std::int64_t> rows, Sums& sums);
  void add_predictions(const Batch& predict, std::span<const std::int64_t> rows,
                       Predictions& predictions) const;

  const Dataset* data_ = nullptr;
  std::optional<Tensor> labels_; ///< f64, where `predict` is compared with them
  std::vector<std::int64_t> rows_;
  std::size_t loss_ = 0; ///< output of `evaluate`
  std::vector<Wanted> wanted_;
  bool confusion_ = false, needs_classes_ = false;
  std::vector<Part> parts_; ///< whole batches, then the last partial one
};

} // namespace nnc
