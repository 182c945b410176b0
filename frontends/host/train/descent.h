// Training with an optimiser that the host carries out (nn::Optimizer::host_side): all rows at
// once, one iteration an epoch.
#pragma once

#include "frontends/host/minimize/minimizer.h"
#include "frontends/host/train/batch.h"

namespace nnc {

class Descent {
public:
  /// Nothing when the optimiser of `function` is another. The functions that it needs are added to
  /// the session.
  static Result<std::optional<Descent>>
  make(Session& session, const FunctionDoc& function, const std::string& loss, const Dataset& data,
       std::span<const std::int64_t> rows, std::vector<std::pair<std::string, std::int64_t>> sizes);

  /// Looks at the loss where the params are; before the first step, and after params were loaded.
  Status begin();
  /// One iteration. The loss is not finite where begin() found it so.
  Status step();

  double loss() const { return at_.loss; }
  bool finite() const { return at_.finite(); }
  /// Why there are no more steps; empty while there are.
  std::string ended() const;

  /// What a checkpoint keeps beside the params.
  Slot memory_slot();
  void save_memory();    ///< from the method to the slot
  void restore_memory(); ///< and back

private:
  Descent() = default;

  std::unique_ptr<std::vector<NamedTensor>> rows_; ///< the objective points to them
  std::unique_ptr<Objective> objective_;
  std::unique_ptr<Minimizer> minimizer_;
  double gradient_norm_ = 0; ///< the aim
  Vector memory_;
  Iterate at_;
  bool stuck_ = false;
};

} // namespace nnc
