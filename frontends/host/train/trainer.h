// Training: a function of a model that updates its params, called over rows of data epoch by
// epoch, with validation, schedules that the host drives, a log and checkpoints; or, with an
// optimiser of the host, its loss minimised over all rows at once, one iteration an epoch.
//
// Everything that a run depends on is in its checkpoint (params, state, rng, place in the data,
// sums of the epoch so far), so a run that was stopped at any step and resumed gives the same
// bits as one that was not. docs/training.md is the contract for users.
#pragma once

#include "frontends/host/train/evaluation.h"
#include "frontends/host/train/shuffle.h"
#include "frontends/host/train/training_checkpoint.h"
#include "frontends/host/train/training_function.h"

namespace nnc {

struct TrainOptions {
  std::string function = {}; ///< empty: `train`, else the only one that updates params
  std::int64_t epochs = 1;
  std::int64_t batch = 0; ///< 0: what the model says
  double validation = 0;  ///< fraction of the rows that are held back
  double test = 0;        ///< fraction that no step and no decision sees: test_score() looks at it
  std::uint32_t seed = 0;
  std::string checkpoint = {}; ///< written after every epoch and when the run is stopped
  bool resume = false;         ///< goes on from the checkpoint, if there is one
  Keep keep = Keep::last;
  std::int64_t early_stop = 0;           ///< epochs without a lower validation loss; 0: never
  std::vector<std::string> metrics = {}; ///< of the validation rows (EvaluationOptions)
  bool confusion = false;                ///< of test_score() and validation_score()
  std::string log = {};                  ///< CSV, one row an epoch
  std::string log_layers = {};           ///< CSV, one row an epoch and layer (layer_log.h)
  std::vector<std::pair<std::string, std::int64_t>> sizes = {};
};

/// One epoch. Losses are means over its rows.
struct EpochReport {
  std::int64_t epoch = 0; ///< from 1
  /// Before each step, on the rows of that step; of an optimiser of the host after its step.
  double loss = 0;
  std::optional<double> valid_loss = {};
  std::vector<Measured> metrics = {}; ///< of the validation rows
  double milliseconds = 0;
};

struct TrainObserver {
  /// Asked before every step; true ends the run after saving it.
  std::function<bool()> stop = [] { return false; };
  std::function<void(const EpochReport&)> epoch = [](const EpochReport&) {};
};

struct TrainOutcome {
  std::vector<EpochReport> epochs; ///< those of this run and, resumed, those before it
  bool interrupted = false;
  std::string ended = {};         ///< why before all epochs: no progress, or nothing left to gain
  std::int64_t best_epoch = 0;    ///< with the least validation loss; 0: there is no validation
  std::int64_t resumed_steps = 0; ///< done before this run
  std::int64_t steps = 0;         ///< done by this run
};

/// In the end the session holds the weights that `keep` says. `data` that went through normalize()
/// leave means and deviations in the checkpoint.
///
/// Errors: E0625 for data and options that do not fit together, E0606 when the loss is no longer
/// finite, E0706 and E0707 for a checkpoint that is not of this run, and those of the parts.
Result<TrainOutcome> train(Session& session, const FunctionDoc& function, const Dataset& data,
                           const TrainOptions& options, const TrainObserver& observer = {});

/// The weights of the session as a file that is no checkpoint of a run, with the normalisation that
/// the data went through. E0122.
Status save_trained(Session& session, const std::string& path, const Dataset& data);

/// The value that training minimises: what `minimize` names, else the first output of the function
/// that is a float scalar.
Result<std::string> loss_of(Session& session, const FunctionDoc& function, const Dataset& data,
                            const TrainOptions& options);

/// The rows that the options hold back: `seed`, `validation` and `test` decide.
RowOrder row_order(const Dataset& data, const TrainOptions& options);

/// The weights of the session on the rows of `validation` or `test`, with a confusion matrix if it
/// is asked for; or on all rows of other data. E0625 when there are no such rows.
Result<Score> validation_score(Session& session, const FunctionDoc& function, const Dataset& data,
                               const TrainOptions& options);
Result<Score> test_score(Session& session, const FunctionDoc& function, const Dataset& data,
                         const TrainOptions& options);
Result<Score> score_all(Session& session, const FunctionDoc& function, const Dataset& data,
                        const TrainOptions& options);

} // namespace nnc
