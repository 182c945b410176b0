// What `nnc train` says: its progress, how a run ended, tables of classes and of trials.
#pragma once

#include "frontends/host/train/overfit.h"
#include "frontends/host/train/search.h"

namespace nnc::cli {

/// One line that is rewritten on a terminal, and nothing elsewhere.
class Progress {
public:
  explicit Progress(std::int64_t epochs) : epochs_(epochs) {}
  void show(const EpochReport& report);
  void end();

private:
  std::string line() const;

  std::int64_t epochs_;
  std::vector<double> losses_;
  EpochReport last_;
};

/// ", accuracy 0.9876, f1 0.9800": four digits; an undefined metric is "none".
std::string metrics_text(std::span<const Measured> metrics);
/// "20 epochs, loss 0.12, validation loss 0.2, accuracy 0.97".
std::string summary_text(const TrainOutcome& outcome, Keep keep);
/// "test loss 0.12, accuracy 0.97".
std::string test_text(const Score& score);
/// Labels down, predictions across, with what was found of each class.
std::string confusion_text(const Confusion& confusion);
/// Best first, a row for each trial.
std::string ranking_text(std::span<const TrialResult> ranked);
/// "lr=0.1 hidden=32".
std::string settings_text(std::span<const Setting> settings);
std::string overfit_text(const Overfit& overfit);

} // namespace nnc::cli
