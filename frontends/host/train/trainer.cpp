#include "frontends/host/train/trainer.h"

#include "frontends/host/train/descent.h"
#include "frontends/host/train/epoch_steps.h"
#include "frontends/host/train/layer_log.h"
#include "frontends/host/train/plateau.h"
#include "frontends/host/train/train_log.h"
#include "frontends/nn/counted.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace nnc {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// Tells data apart: FNV-1a over the words of all tensors.
std::int64_t fingerprint(const Dataset& data) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto add = [&](std::uint64_t word) { hash = (hash ^ word) * 0x100000001b3u; };
  for (const NamedTensor& input : data.inputs) {
    auto bytes = input.tensor.bytes();
    add(bytes.size());
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), 8);
      add(word);
    }
    for (const std::byte byte : bytes) add(static_cast<std::uint64_t>(byte));
  }
  return static_cast<std::int64_t>(hash >> 1);
}

Error no_validation(std::string_view what) {
  return {.code = "E0625",
          .message = fmt::format("{} goes by the validation loss, and there is none", what),
          .help = "--validation 0.1"};
}

class Run {
public:
  Run(Session& session, const FunctionDoc& function, const Dataset& data,
      const TrainOptions& options, const TrainObserver& observer)
      : session_(session), function_(function), data_(data), options_(options), observer_(observer),
        order_(row_order(data, options)), checkpoint_(session, options.checkpoint, options.keep),
        normalization_(data.normalization) {}

  Result<TrainOutcome> run() {
    if (Status error = prepare()) return *error;
    if (Status error = resume()) return *error;
    auto log = TrainLog::open(options_.log, epoch_ - 1, metric_names_);
    if (!log) return log.error();
    if (Status error = layers_.open(epoch_ - 1)) return *error;
    outcome_.epochs = log->kept();
    while (epoch_ <= options_.epochs && !ended()) {
      EpochReport report{.epoch = epoch_};
      if (Status error = one_epoch(report)) return *error;
      if (outcome_.interrupted) return std::move(outcome_);
      // The rows come first: one that has no checkpoint yet is written again after a crash, while a
      // checkpoint without its row would leave a hole.
      if (Status error = log->add(report)) return *error;
      if (Status error = layers_.add(epoch_, epoch_rows_)) return *error;
      ++epoch_;
      if (Status error = save()) return *error;
      observer_.epoch(report);
      outcome_.epochs.push_back(std::move(report));
    }
    checkpoint_.restore_best();
    return std::move(outcome_);
  }

private:
  // --- before the first step

  Status prepare() {
    if (order_.training_rows() == 0)
      return Error{.code = "E0625", .message = "no rows are left for training"};
    const auto loss = loss_of(session_, function_, data_, options_);
    if (!loss) return loss.error();
    auto descent =
        Descent::make(session_, function_, *loss, data_, order_.training(), options_.sizes);
    if (!descent) return descent.error();
    descent_ = std::move(*descent);
    if (Status error = descent_ ? prepare_descent() : prepare_steps()) return error;
    if (Status error = prepare_validation(*loss)) return error;
    if (Status error = layers_.make(session_, function_, *loss, data_, batch_, options_.sizes,
                                    options_.log_layers))
      return error;
    if (normalization_) checkpoint_.add(normalization_->slots());
    if (!options_.checkpoint.empty()) checkpoint_.set_identity(identity());
    return std::nullopt;
  }

  Status prepare_steps() {
    const auto batch = batch_rows(data_, order_, options_.batch);
    if (!batch) return batch.error();
    batch_ = *batch;
    auto steps = EpochSteps::make(session_, function_, data_, order_, batch_, options_.sizes);
    if (!steps) return steps.error();
    steps_ = std::move(*steps);
    return std::nullopt;
  }

  Status prepare_descent() {
    if (options_.batch > 0)
      return Error{.code = "E0625",
                   .message = "this optimizer takes all rows at once, not batches",
                   .place = session_.source().model()->doc->place(function_.optimizer->mark),
                   .help = "leave --batch out"};
    batch_ = order_.training_rows();
    checkpoint_.add({descent_->memory_slot()});
    return std::nullopt;
  }

  Status prepare_validation(const std::string& loss) {
    const bool validates = !order_.validation().empty();
    auto plateau = Plateau::make(session_, function_, validates);
    if (!plateau) return plateau.error();
    plateau_ = *plateau;
    if (!validates && options_.early_stop > 0) return no_validation("stopping early");
    if (!validates && options_.keep == Keep::best) return no_validation("keeping the best weights");
    if (!validates) return std::nullopt;
    auto validation = Evaluation::make(
        session_, data_, order_.validation(),
        {.loss = loss, .metrics = options_.metrics, .batch = batch_, .sizes = options_.sizes});
    if (!validation) return validation.error();
    validation_ = std::move(*validation);
    metric_names_ = validation_->metric_names();
    return std::nullopt;
  }

  // --- the epochs

  bool ended() {
    if (options_.early_stop > 0 && patience_.waited() >= options_.early_stop)
      outcome_.ended = fmt::format("the validation loss did not fall for {}",
                                   counted(options_.early_stop, "epoch"));
    else if (descent_)
      outcome_.ended = descent_->ended();
    return !outcome_.ended.empty();
  }

  Status one_epoch(EpochReport& report) {
    const auto begin = Clock::now();
    epoch_rows_ = order_.training(static_cast<std::uint32_t>(epoch_));
    if (Status error = descent_ ? descend(report) : take_steps(report)) return error;
    if (outcome_.interrupted) return std::nullopt;
    const Status error = validate(report);
    report.milliseconds = milliseconds_since(begin);
    step_ = 0;
    loss_sum_ = 0;
    return error;
  }

  Status take_steps(EpochReport& report) {
    for (; step_ < steps_->count(); ++step_, ++outcome_.steps) {
      if (observer_.stop()) return interrupt();
      const auto done = steps_->step(epoch_rows_, step_);
      if (!done) return done.error();
      if (!std::isfinite(done->loss)) return diverged(done->loss);
      loss_sum_ += done->row_losses;
    }
    report.loss = loss_sum_ / static_cast<double>(epoch_rows_.size());
    return std::nullopt;
  }

  Status descend(EpochReport& report) {
    if (observer_.stop()) return interrupt();
    if (Status error = descent_->step()) return error;
    ++outcome_.steps;
    report.loss = descent_->loss();
    return std::nullopt;
  }

  Status interrupt() {
    outcome_.interrupted = true;
    return save();
  }

  Status validate(EpochReport& report) {
    if (!validation_) return std::nullopt;
    auto score = validation_->run();
    if (!score) return score.error();
    report.valid_loss = score->loss;
    report.metrics = std::move(score->metrics);
    plateau_.epoch_ended(session_, score->loss);
    if (!patience_.falls(score->loss)) return std::nullopt;
    outcome_.best_epoch = epoch_;
    checkpoint_.note_best();
    return std::nullopt;
  }

  Error diverged(double loss) const {
    return {.code = "E0606",
            .message = fmt::format("the loss is {} in epoch {}, step {}", loss, epoch_, step_ + 1),
            .place = session_.source().model()->doc->place(function_.name.mark),
            .help = "a smaller learning rate, or \"clip_norm\" in the optimizer"};
  }

  // --- checkpoints

  std::vector<std::pair<std::string, std::int64_t>> identity() const {
    return {{"seed", options_.seed},
            {"batch", batch_},
            {"rows", data_.rows},
            {"validation_rows", static_cast<std::int64_t>(order_.validation().size())},
            {"test_rows", static_cast<std::int64_t>(order_.test().size())},
            {"normalize", normalization_.has_value()},
            {"data", fingerprint(data_)}};
  }

  Status save() {
    if (descent_) descent_->save_memory();
    Metadata metadata;
    metadata["nnc.epoch"] = std::to_string(epoch_);
    metadata["nnc.step"] = std::to_string(step_);
    metadata["nnc.loss_sum"] = double_bits(loss_sum_);
    metadata["nnc.best_epoch"] = std::to_string(outcome_.best_epoch);
    plateau_.save(metadata);
    patience_.save(metadata, "nnc.validation");
    return checkpoint_.save(std::move(metadata));
  }

  Status resume() {
    if (options_.resume) {
      const auto loaded = checkpoint_.load();
      if (!loaded) return loaded.error();
      if (*loaded)
        if (Status error = go_on(**loaded)) return error;
    }
    if (!descent_) return std::nullopt;
    if (Status error = descent_->begin()) return error;
    if (!descent_->finite()) return diverged(descent_->loss());
    return std::nullopt;
  }

  Status go_on(const Metadata& metadata) {
    const std::string& file = options_.checkpoint;
    struct Entry {
      std::string key;
      std::int64_t& into;
    };
    const Entry entries[] = {
        {"nnc.epoch", epoch_}, {"nnc.step", step_}, {"nnc.best_epoch", outcome_.best_epoch}};
    for (const Entry& entry : entries) {
      const auto value = metadata_integer(metadata, entry.key, file);
      if (!value) return value.error();
      entry.into = *value;
    }
    const auto sum = metadata_double(metadata, "nnc.loss_sum", file);
    if (!sum) return sum.error();
    loss_sum_ = *sum;
    const std::int64_t steps = steps_ ? steps_->count() : 1;
    if (epoch_ < 1 || step_ < 0 || step_ >= steps)
      return Error{.code = "E0706",
                   .message =
                       fmt::format("epoch {}, step {} is no place in this run", epoch_, step_),
                   .place = {file}};
    outcome_.resumed_steps = (epoch_ - 1) * steps + step_;
    if (descent_) descent_->restore_memory();
    if (Status error = patience_.load(metadata, "nnc.validation", file)) return error;
    return plateau_.load(metadata, file);
  }

  Session& session_;
  const FunctionDoc& function_;
  const Dataset& data_;
  const TrainOptions& options_;
  const TrainObserver& observer_;
  RowOrder order_;
  TrainingCheckpoint checkpoint_;
  std::optional<Normalization> normalization_;
  std::int64_t batch_ = 0;
  std::optional<EpochSteps> steps_; ///< one of the two
  std::optional<Descent> descent_;
  std::optional<Evaluation> validation_;
  std::vector<std::string> metric_names_;
  LayerLog layers_;
  Plateau plateau_;
  Patience patience_; ///< of the validation loss

  std::int64_t epoch_ = 1; ///< the running one
  std::int64_t step_ = 0;  ///< batches of it that are done
  double loss_sum_ = 0;    ///< of its rows so far
  std::vector<std::int64_t> epoch_rows_;
  TrainOutcome outcome_;
};

Result<Score> score(Session& session, const FunctionDoc& function, const Dataset& data,
                    std::vector<std::int64_t> rows, const TrainOptions& options) {
  if (rows.empty()) return Error{.code = "E0625", .message = "there are no rows to judge by"};
  const auto loss = loss_of(session, function, data, options);
  if (!loss) return loss.error();
  auto evaluation = Evaluation::make(session, data, std::move(rows),
                                     {.loss = *loss,
                                      .metrics = options.metrics,
                                      .confusion = options.confusion,
                                      .batch = options.batch,
                                      .sizes = options.sizes});
  if (!evaluation) return evaluation.error();
  return evaluation->run();
}

} // namespace

Result<TrainOutcome> train(Session& session, const FunctionDoc& function, const Dataset& data,
                           const TrainOptions& options, const TrainObserver& observer) {
  return Run(session, function, data, options, observer).run();
}

Status save_trained(Session& session, const std::string& path, const Dataset& data) {
  std::vector<Slot> slots = session.slots();
  std::optional<Normalization> normalization = data.normalization;
  if (normalization) {
    const auto more = normalization->slots();
    slots.insert(slots.end(), more.begin(), more.end());
  }
  return save_checkpoint(path, slots, {});
}

Result<std::string> loss_of(Session& session, const FunctionDoc& function, const Dataset& data,
                            const TrainOptions& options) {
  if (function.minimize) return function.minimize->text;
  BuildOptions build{.sizes = options.sizes};
  bind_rows(data, std::max<std::int64_t>({options.batch, data.batch, 1}), build.sizes);
  const auto graph = session.source().build(function.name.text, build);
  if (auto* errors = std::get_if<Errors>(&graph)) return combine(*errors);
  const Signature signature = signature_of(std::get<Graph>(graph));
  const auto loss = loss_output(signature, "loss");
  return loss ? signature.outputs[*loss].first : std::string("loss");
}

RowOrder row_order(const Dataset& data, const TrainOptions& options) {
  return {data.rows, {.validation = options.validation, .test = options.test}, options.seed};
}

Result<Score> validation_score(Session& session, const FunctionDoc& function, const Dataset& data,
                               const TrainOptions& options) {
  return score(session, function, data, row_order(data, options).validation(), options);
}

Result<Score> test_score(Session& session, const FunctionDoc& function, const Dataset& data,
                         const TrainOptions& options) {
  return score(session, function, data, row_order(data, options).test(), options);
}

Result<Score> score_all(Session& session, const FunctionDoc& function, const Dataset& data,
                        const TrainOptions& options) {
  return score(session, function, data, RowOrder(data.rows, {}, options.seed).training(), options);
}

} // namespace nnc
