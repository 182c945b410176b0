#include "frontends/host/train/evaluation.h"

#include "ir/messages.h"
#include "runtime/cast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

/// Rows of one call: few calls, but no memory that grows with the data.
constexpr std::int64_t call_rows = 1024;

bool declares(Session& session, std::string_view name) {
  const FunctionDoc* function = session.source().model()->doc->function(name);
  return function && !function->local;
}

std::size_t row_elements(const Type& type) {
  if (type.shape.empty() || type.shape[0] == 0) return 0;
  return static_cast<std::size_t>(type.elements() / type.shape[0]);
}

Error evaluation_error(std::string message, std::string help = {}) {
  return {.code = "E0625", .message = std::move(message), .help = std::move(help)};
}

} // namespace

/// What is added up over the rows.
struct Evaluation::Sums {
  double loss = 0;
  std::vector<double> outputs; ///< of `evaluate`, for each wanted metric
  Predictions predictions;
};

Result<Evaluation> Evaluation::make(Session& session, const Dataset& data,
                                    std::vector<std::int64_t> rows,
                                    const EvaluationOptions& options) {
  Evaluation made;
  made.data_ = &data;
  made.rows_ = std::move(rows);
  made.confusion_ = options.confusion;
  if (Status error = made.add_parts(session, options)) return *error;
  const auto found = loss_output(made.parts_[0].evaluate.signature(), options.loss);
  if (!found)
    return evaluation_error("`evaluate` gives no loss: none of its outputs is a float scalar");
  made.loss_ = *found;
  const auto given = made.parts_[0].evaluate.signature().output("accuracy");
  const bool by_itself = options.metrics.empty() && given && *given != made.loss_;
  const bool asked = !options.metrics.empty() || options.confusion;
  const bool counts = data.labels && !is_float(data.inputs[*data.labels].tensor.type().dtype);
  if ((asked || (counts && !by_itself)) && data.labels && declares(session, "predict"))
    if (Status error = made.add_predict(session, options)) return *error;
  if (options.confusion && !made.has(Needs::classes))
    return evaluation_error(fmt::format("a confusion matrix needs {}", needs_text(Needs::classes)));
  std::vector<std::string> names = options.metrics;
  // Unasked, accuracy is told only where each class has a score of its own.
  const bool obvious =
      made.has(Needs::classes) && row_elements(made.parts_[0].predict->output(0).type()) > 1;
  if (names.empty() && (by_itself || obvious)) names = {"accuracy"};
  if (Status error = made.want(names)) return *error;
  if (!made.labels_ || made.confusion_ || made.needs_classes_ ||
      std::ranges::any_of(made.wanted_, [](const Wanted& w) { return w.metric; }))
    return made;
  for (Part& part : made.parts_) part.predict.reset();
  return made;
}

std::vector<std::string> Evaluation::metric_names() const {
  std::vector<std::string> names;
  for (const Wanted& wanted : wanted_) names.push_back(wanted.name);
  return names;
}

Status Evaluation::add_parts(Session& session, const EvaluationOptions& options) {
  const auto count = static_cast<std::int64_t>(rows_.size());
  const std::int64_t whole = data_->batch_symbol.empty()
                                 ? data_->batch
                                 : std::min(count, std::max(options.batch, call_rows));
  const std::string name = declares(session, "evaluate") ? "evaluate" : options.loss;
  for (const std::int64_t size : {whole, count % whole}) {
    if (size == 0 || (size == whole && !parts_.empty())) continue;
    auto evaluate = Batch::make(session, name, *data_, size, options.sizes);
    if (!evaluate) return evaluate.error();
    parts_.push_back({std::move(*evaluate), std::nullopt});
  }
  return std::nullopt;
}

Status Evaluation::add_predict(Session& session, const EvaluationOptions& options) {
  auto labels = cast(data_->inputs[*data_->labels].tensor, DType::f64);
  if (!labels) return labels.error();
  for (Part& part : parts_) {
    auto predict = Batch::make(session, "predict", *data_, part.evaluate.rows(), options.sizes);
    if (!predict) return predict.error();
    if (predict->signature().outputs.empty()) return std::nullopt;
    const Type& type = predict->signature().outputs[0].second;
    if (!is_float(type.dtype) || type.shape.empty() || type.shape[0] != part.evaluate.rows())
      return std::nullopt;
    part.predict = std::move(*predict);
  }
  labels_ = std::move(*labels);
  return std::nullopt;
}

/// Whether outputs and labels are what a metric needs.
bool Evaluation::has(Needs needs) const {
  if (!labels_) return false;
  const Tensor& labels = data_->inputs[*data_->labels].tensor;
  const Type& outputs = parts_[0].predict->output(0).type();
  const std::size_t width = row_elements(outputs);
  if (needs == Needs::values) return width == row_elements(labels.type());
  const bool whole =
      std::ranges::all_of(labels_->as<double>(), [](double y) { return y == std::floor(y); });
  const bool scores = is_float(labels.type().dtype) ? width == 1 : outputs.rank() <= 2;
  return whole && scores && row_elements(labels.type()) == 1 &&
         (needs == Needs::classes ? width >= 1 : width <= 2);
}

Status Evaluation::want(const std::vector<std::string>& names) {
  const Signature& evaluate = parts_[0].evaluate.signature();
  for (const std::string& name : names) {
    const auto output = evaluate.output(name);
    if (output && is_float(evaluate.outputs[*output].second.dtype) &&
        evaluate.outputs[*output].second.scalar()) {
      wanted_.push_back({name, output});
      continue;
    }
    const Metric* metric = find_metric(name);
    if (!metric) {
      std::vector<std::string> known;
      for (const Metric& one : metrics()) known.emplace_back(one.name);
      for (const auto& [other, type] : evaluate.outputs) known.push_back(other);
      std::string help = did_you_mean(name, known);
      if (help.empty())
        help = fmt::format("there are {}, or an output of `evaluate`", fmt::join(known, ", "));
      return evaluation_error(fmt::format("there is no metric {}", quote(name)), std::move(help));
    }
    if (!has(metric->needs))
      return evaluation_error(fmt::format("{} needs {}", name, needs_text(metric->needs)));
    wanted_.push_back({name, std::nullopt, metric});
    needs_classes_ |= metric->needs != Needs::values;
  }
  return std::nullopt;
}

void Evaluation::add_predictions(const Batch& predict, std::span<const std::int64_t> rows,
                                 Predictions& into) const {
  const auto outputs = cast(predict.output(0), DType::f64);
  if (!outputs) throw InternalError("outputs without memory");
  const auto all = outputs->as<double>();
  into.outputs.insert(into.outputs.end(), all.begin(), all.end());
  into.width = row_elements(predict.output(0).type());
  into.label_width = row_elements(labels_->type());
  for (const std::int64_t row : rows) {
    const auto labels = labels_->as<double>().subspan(
        static_cast<std::size_t>(row) * into.label_width, into.label_width);
    into.labels.insert(into.labels.end(), labels.begin(), labels.end());
  }
}

Status Evaluation::add(Part& part, std::span<const std::int64_t> rows, Sums& sums) {
  const auto weight = static_cast<double>(rows.size());
  if (Status error = part.evaluate.call(rows)) return error;
  sums.loss += part.evaluate.scalar(loss_) * weight;
  for (std::size_t i = 0; i < wanted_.size(); ++i)
    if (wanted_[i].output) sums.outputs[i] += part.evaluate.scalar(*wanted_[i].output) * weight;
  if (!part.predict) return std::nullopt;
  if (Status error = part.predict->call(rows)) return error;
  add_predictions(*part.predict, rows, sums.predictions);
  return std::nullopt;
}

Result<Score> Evaluation::run() {
  Sums sums{.outputs = std::vector<double>(wanted_.size(), 0.0), .predictions = {}};
  const auto whole = static_cast<std::size_t>(parts_[0].evaluate.rows());
  for (std::size_t at = 0; at < rows_.size();) {
    Part& part = rows_.size() - at >= whole ? parts_[0] : parts_.back();
    const auto rows = std::span(rows_).subspan(at, static_cast<std::size_t>(part.evaluate.rows()));
    if (Status error = add(part, rows, sums)) return *error;
    at += rows.size();
  }
  const auto total = static_cast<double>(rows_.size());
  Score score{.loss = sums.loss / total};
  if (confusion_ || needs_classes_) {
    auto counts = confusion_of(sums.predictions);
    if (!counts) return counts.error();
    sums.predictions.confusion = std::move(*counts);
  }
  for (std::size_t i = 0; i < wanted_.size(); ++i)
    score.metrics.push_back({wanted_[i].name, wanted_[i].output
                                                  ? std::optional(sums.outputs[i] / total)
                                                  : wanted_[i].metric->compute(sums.predictions)});
  if (confusion_) score.confusion = std::move(sums.predictions.confusion);
  return score;
}

} // namespace nnc
