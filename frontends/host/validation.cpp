#include "frontends/host/validation.h"

#include "ir/messages.h"
#include "runtime/cast.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

/// Rows of one call: few calls, but no memory that grows with the data.
constexpr std::int64_t call_rows = 1024;

const FunctionDoc* declared(Session& session, std::string_view name) {
  const FunctionDoc* function = session.source().model()->doc->function(name);
  return function && !function->local ? function : nullptr;
}

} // namespace

Result<Validation>
Validation::make(Session& session, const Dataset& data, const std::string& loss,
                 std::vector<std::int64_t> rows, std::int64_t batch,
                 const std::vector<std::pair<std::string, std::int64_t>>& sizes) {
  Validation made;
  made.data_ = &data;
  made.rows_ = std::move(rows);
  const auto count = static_cast<std::int64_t>(made.rows_.size());
  const std::int64_t whole =
      data.batch_symbol.empty() ? data.batch : std::min(count, std::max(batch, call_rows));
  for (const std::int64_t size : {whole, count % whole}) {
    if (size == 0 || (size == whole && !made.parts_.empty())) continue;
    auto part = made.part(session, loss, size, sizes);
    if (!part) return part.error();
    made.parts_.push_back(std::move(*part));
  }
  if (made.parts_[0].predict) {
    auto labels = cast(data.inputs[*data.labels].tensor, DType::i64);
    if (!labels) return labels.error();
    made.labels_ = std::move(*labels);
  }
  const Signature& signature = made.parts_[0].evaluate.signature();
  const auto found = loss_output(signature, loss);
  if (!found)
    return Error{.code = "E0625",
                 .message = "`evaluate` gives no loss: none of its outputs is a float scalar"};
  made.loss_ = *found;
  if (const auto accuracy = signature.output("accuracy");
      accuracy && is_float(signature.outputs[*accuracy].second.dtype) &&
      signature.outputs[*accuracy].second.scalar() && *accuracy != made.loss_)
    made.accuracy_ = accuracy;
  return made;
}

Result<Validation::Part>
Validation::part(Session& session, const std::string& loss, std::int64_t rows,
                 const std::vector<std::pair<std::string, std::int64_t>>& sizes) const {
  const std::string name = declared(session, "evaluate") ? "evaluate" : loss;
  auto evaluate = Batch::make(session, name, *data_, rows, sizes);
  if (!evaluate) return evaluate.error();
  Part part{std::move(*evaluate), std::nullopt};
  if (part.evaluate.signature().output("accuracy") || !declared(session, "predict") ||
      !data_->labels || is_float(data_->inputs[*data_->labels].tensor.type().dtype))
    return part;
  auto predict = Batch::make(session, "predict", *data_, rows, sizes);
  if (!predict) return predict.error();
  if (predict->signature().outputs.empty()) return part;
  const Type& type = predict->signature().outputs[0].second;
  if (is_float(type.dtype) && type.rank() == 2 && type.shape[0] == rows && type.shape[1] > 1)
    part.predict = std::move(*predict);
  return part;
}

std::int64_t Validation::hits(const Batch& predict, std::span<const std::int64_t> rows) const {
  const auto scores = cast(predict.output(0), DType::f64);
  if (!scores) throw InternalError("scores without memory");
  const auto classes = static_cast<std::size_t>(predict.output(0).type().shape[1]);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = scores->as<double>().subspan(i * classes, classes);
    const auto best = std::ranges::max_element(row) - row.begin();
    if (best == labels_->as<std::int64_t>()[static_cast<std::size_t>(rows[i])]) ++count;
  }
  return count;
}

Result<Score> Validation::run() {
  double loss = 0, accuracy = 0;
  bool has_accuracy = accuracy_.has_value();
  for (std::size_t at = 0; at < rows_.size();) {
    const auto whole = static_cast<std::size_t>(parts_[0].evaluate.rows());
    Part& part = rows_.size() - at >= whole ? parts_[0] : parts_.back();
    const auto rows = std::span(rows_).subspan(at, static_cast<std::size_t>(part.evaluate.rows()));
    const auto weight = static_cast<double>(rows.size());
    if (Status error = part.evaluate.call(rows)) return *error;
    loss += part.evaluate.scalar(loss_) * weight;
    if (accuracy_) accuracy += part.evaluate.scalar(*accuracy_) * weight;
    if (part.predict) {
      if (Status error = part.predict->call(rows)) return *error;
      accuracy += static_cast<double>(hits(*part.predict, rows));
      has_accuracy = true;
    }
    at += rows.size();
  }
  const auto total = static_cast<double>(rows_.size());
  Score score{loss / total, std::nullopt};
  if (has_accuracy) score.accuracy = accuracy / total;
  return score;
}

} // namespace nnc
