// The same training with other settings, side by side, and which of them is best.
//
// Every trial is a run of its own on one thread; `workers` of them run at a time. What a trial
// gives depends on its settings alone, so results do not depend on the number of workers.
#pragma once

#include "frontends/host/train/hyper_parameters.h"
#include "frontends/host/train/trainer.h"

namespace nnc {

struct TrialResult {
  std::size_t number = 0; ///< in the order of the trials, from 0
  std::vector<Setting> settings;
  /// Of the epoch whose weights are kept; nothing when the loss was no longer finite.
  std::optional<EpochReport> report;

  /// What trials are ranked by: the validation loss, else the loss; infinite without a report.
  double rank() const;
};

struct SearchOptions {
  SessionOptions session;
  TrainOptions train; ///< without checkpoint, logs and resuming
  int workers = 1;
  std::string params = {}; ///< weights that every trial begins with
};

struct SearchOutcome {
  std::vector<TrialResult> ranked;
  bool interrupted = false;
  // Of the first of the ranked ones, when it has a report:
  std::optional<Session> session;
  TrainOptions train;
};

/// `finished` is told of one trial at a time. Errors of configure() before any trial runs; an error
/// of a trial other than a loss that is no longer finite ends the search.
Result<SearchOutcome> search(const Source& source, const FunctionDoc& function, const Dataset& data,
                             std::vector<std::vector<Setting>> trials, const SearchOptions& options,
                             const std::function<bool()>& stop,
                             const std::function<void(const TrialResult&)>& finished);

} // namespace nnc
