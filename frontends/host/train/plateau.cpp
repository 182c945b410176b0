#include "frontends/host/train/plateau.h"

#include "frontends/model/training.h"

namespace nnc {
namespace {

const std::string key = "nnc.plateau";

} // namespace

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
  plateau.epochs_ = optimizer->lr.integer("patience");
  return plateau;
}

void Plateau::epoch_ended(Session& session, double validation_loss) {
  if (epochs_ == 0 || patience_.falls(validation_loss) || patience_.waited() < epochs_) return;
  patience_.restart();
  if (Tensor* rate = session.find("opt.lr")) rate->as<double>()[0] /= 2;
}

void Plateau::save(Metadata& metadata) const {
  if (epochs_ > 0) patience_.save(metadata, key);
}

Status Plateau::load(const Metadata& metadata, const std::string& file) {
  return epochs_ > 0 ? patience_.load(metadata, key, file) : std::nullopt;
}

} // namespace nnc
