#include "frontends/host/train/epoch_steps.h"

#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

Result<std::int64_t> batch_rows(const Dataset& data, const RowOrder& order, std::int64_t asked) {
  const std::int64_t batch = asked > 0 ? asked : data.batch;
  if (batch <= 0)
    return Error{.code = "E0307",
                 .message = fmt::format("the size {} has no value", quote(data.batch_symbol)),
                 .help = "--batch 64"};
  return data.batch_symbol.empty() ? batch : std::min(batch, order.training_rows());
}

Result<EpochSteps>
EpochSteps::make(Session& session, const FunctionDoc& function, const Dataset& data,
                 const RowOrder& order, std::int64_t batch,
                 const std::vector<std::pair<std::string, std::int64_t>>& sizes) {
  EpochSteps made;
  made.batch_ = batch;
  made.training_rows_ = order.training_rows();
  const std::string& name = function.name.text;
  for (const std::int64_t rows : {batch, order.training_rows() % batch}) {
    if (rows == 0) continue;
    auto part = Batch::make(session, name, data, rows, sizes);
    if (!part) return part.error();
    (made.whole_ ? made.partial_ : made.whole_) = std::move(*part);
  }
  const Signature& signature = made.whole_->signature();
  const auto found = loss_output(signature, function.minimize ? function.minimize->text : "loss");
  if (!found)
    return Error{.code = "E0625",
                 .message = fmt::format("{} gives no loss: none of its outputs is a float scalar",
                                        quote(name)),
                 .place = session.source().model()->doc->place(function.name.mark)};
  made.loss_ = *found;
  made.loss_name_ =
      function.minimize ? function.minimize->text : signature.outputs[made.loss_].first;
  return made;
}

Result<EpochSteps::Done> EpochSteps::step(std::span<const std::int64_t> rows, std::int64_t step) {
  const auto at = static_cast<std::size_t>(step * batch_);
  const std::size_t count = std::min(rows.size() - at, static_cast<std::size_t>(batch_));
  Batch& batch = count == static_cast<std::size_t>(batch_) ? *whole_ : *partial_;
  if (Status error = batch.call(rows.subspan(at, count))) return *error;
  const double loss = batch.scalar(loss_);
  return Done{loss, loss * static_cast<double>(count)};
}

} // namespace nnc
