// The schedule that the host drives: `halve_on_plateau` (language.md 4.8).
#pragma once

#include "frontends/host/train/patience.h"

namespace nnc {

class Plateau {
public:
  /// Nothing to do unless the optimiser of `function` has this schedule. E0625 when there is no
  /// validation to judge by.
  static Result<Plateau> make(Session& session, const FunctionDoc& function, bool validates);

  /// Halves the state `opt.lr` when the loss did not fall below its least for `patience` epochs.
  void epoch_ended(Session& session, double validation_loss);

  /// What a checkpoint keeps of it.
  void save(Metadata& metadata) const;
  Status load(const Metadata& metadata, const std::string& file);

private:
  std::int64_t epochs_ = 0; ///< without progress; 0: another schedule
  Patience patience_;
};

} // namespace nnc
