#include "frontends/host/plateau.h"

#include "frontends/model/training.h"

#include <bit>

namespace nnc {

std::string double_bits(double value) { return std::to_string(std::bit_cast<std::int64_t>(value)); }

Result<double> metadata_double(const Metadata& metadata, const std::string& key,
                               std::string_view file) {
  const auto bits = metadata_integer(metadata, key, file);
  if (!bits) return bits.error();
  return std::bit_cast<double>(*bits);
}

Result<Plateau> Plateau::make(Session& session, const FunctionDoc& function, bool validates) {
  Plateau plateau;
  if (!function.optimizer) return plateau;
  const ModelDoc& doc = *session.source().model()->doc;
  const auto optimizer = read_optimizer(*function.optimizer, doc.file);
  if (!optimizer) return optimizer.error();
  if (!optimizer->lr.host_driven()) return plateau;
  if (!validates)
    return Error{.code = "E0625",
                 .message = "halve_on_plateau goes by the validation loss, and there is none",
                 .place = doc.place(function.optimizer->mark),
                 .help = "--validation 0.1"};
  plateau.patience_ = optimizer->lr.integer("patience");
  return plateau;
}

void Plateau::epoch_ended(Session& session, double validation_loss) {
  if (patience_ == 0) return;
  if (!least_ || validation_loss < *least_) {
    least_ = validation_loss;
    waited_ = 0;
    return;
  }
  if (++waited_ < patience_) return;
  waited_ = 0;
  if (Tensor* rate = session.find("opt.lr")) rate->as<double>()[0] /= 2;
}

void Plateau::save(Metadata& metadata) const {
  if (patience_ == 0) return;
  metadata["nnc.plateau.waited"] = std::to_string(waited_);
  if (least_) metadata["nnc.plateau.least"] = double_bits(*least_);
}

Status Plateau::load(const Metadata& metadata, const std::string& file) {
  if (patience_ == 0) return std::nullopt;
  const auto waited = metadata_integer(metadata, "nnc.plateau.waited", file);
  if (!waited) return waited.error();
  waited_ = *waited;
  if (!metadata.contains("nnc.plateau.least")) return std::nullopt;
  const auto least = metadata_double(metadata, "nnc.plateau.least", file);
  if (!least) return least.error();
  least_ = *least;
  return std::nullopt;
}

} // namespace nnc
