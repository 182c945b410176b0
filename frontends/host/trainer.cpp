#include "frontends/host/trainer.h"

#include "frontends/host/plateau.h"
#include "frontends/host/shuffle.h"
#include "frontends/host/train_log.h"
#include "frontends/host/validation.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>

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

class Run {
public:
  Run(Session& session, const FunctionDoc& function, const Dataset& data,
      const TrainOptions& options, const TrainObserver& observer)
      : session_(session), function_(function), data_(data), options_(options), observer_(observer),
        order_(data.rows, options.validation, options.seed) {}

  Result<TrainOutcome> run() {
    if (Status error = prepare()) return *error;
    if (options_.resume && std::filesystem::exists(options_.checkpoint))
      if (Status error = resume()) return *error;
    auto log = TrainLog::open(options_.log, epoch_ - 1);
    if (!log) return log.error();
    outcome_.epochs = log->kept();
    while (epoch_ <= options_.epochs) {
      EpochReport report{.epoch = epoch_};
      if (Status error = one_epoch(report)) return *error;
      if (outcome_.interrupted) break;
      // The row comes first: one that has no checkpoint yet is written again after a crash, while a
      // checkpoint without its row would leave a hole.
      if (Status error = log->add(report)) return *error;
      ++epoch_;
      if (Status error = save()) return *error;
      observer_.epoch(report);
      outcome_.epochs.push_back(std::move(report));
    }
    return std::move(outcome_);
  }

private:
  // --- before the first step

  Status prepare() {
    batch_ = options_.batch > 0 ? options_.batch : data_.batch;
    if (batch_ <= 0)
      return Error{.code = "E0307",
                   .message = fmt::format("the size {} has no value", quote(data_.batch_symbol)),
                   .help = "--batch 64"};
    if (order_.training_rows() == 0)
      return Error{.code = "E0625", .message = "no rows are left for training"};
    if (!data_.batch_symbol.empty()) batch_ = std::min(batch_, order_.training_rows());
    if (Status error = make_batch(batch_, whole_)) return error;
    const std::int64_t rest = order_.training_rows() % batch_;
    if (rest > 0)
      if (Status error = make_batch(rest, partial_)) return error;
    if (Status error = find_loss()) return error;
    const bool validates = !order_.validation().empty();
    auto plateau = Plateau::make(session_, function_, validates);
    if (!plateau) return plateau.error();
    plateau_ = *plateau;
    if (!validates) return std::nullopt;
    auto validation =
        Validation::make(session_, data_, loss_name_, order_.validation(), batch_, options_.sizes);
    if (!validation) return validation.error();
    validation_ = std::move(*validation);
    return std::nullopt;
  }

  Status make_batch(std::int64_t rows, std::optional<Batch>& into) {
    auto made = Batch::make(session_, function_.name.text, data_, rows, options_.sizes);
    if (!made) return made.error();
    into = std::move(*made);
    return std::nullopt;
  }

  Status find_loss() {
    const auto found =
        loss_output(whole_->signature(), function_.minimize ? function_.minimize->text : "loss");
    if (!found)
      return Error{.code = "E0625",
                   .message = fmt::format("{} gives no loss: none of its outputs is a float scalar",
                                          quote(function_.name.text)),
                   .place = session_.source().model()->doc->place(function_.name.mark)};
    loss_ = *found;
    loss_name_ =
        function_.minimize ? function_.minimize->text : whole_->signature().outputs[loss_].first;
    return std::nullopt;
  }

  // --- the epochs

  Status one_epoch(EpochReport& report) {
    const auto begin = Clock::now();
    const auto rows = order_.training(static_cast<std::uint32_t>(epoch_));
    for (auto at = static_cast<std::size_t>(step_ * batch_); at < rows.size(); ++step_) {
      if (observer_.stop()) {
        outcome_.interrupted = true;
        return save();
      }
      const std::size_t count = std::min(rows.size() - at, static_cast<std::size_t>(batch_));
      Batch& batch = count == static_cast<std::size_t>(batch_) ? *whole_ : *partial_;
      if (Status error = batch.call(std::span(rows).subspan(at, count))) return error;
      const double loss = batch.scalar(loss_);
      if (!std::isfinite(loss)) return diverged(loss);
      loss_sum_ += loss * static_cast<double>(count);
      at += count;
      ++outcome_.steps;
    }
    report.loss = loss_sum_ / static_cast<double>(rows.size());
    const Status error = validate(report);
    report.milliseconds = milliseconds_since(begin);
    step_ = 0;
    loss_sum_ = 0;
    return error;
  }

  Status validate(EpochReport& report) {
    if (!validation_) return std::nullopt;
    auto score = validation_->run();
    if (!score) return score.error();
    report.valid_loss = score->loss;
    report.valid_accuracy = score->accuracy;
    plateau_.epoch_ended(session_, score->loss);
    return std::nullopt;
  }

  Error diverged(double loss) const {
    return {.code = "E0606",
            .message = fmt::format("the loss is {} in epoch {}, step {}", loss, epoch_, step_ + 1),
            .place = session_.source().model()->doc->place(function_.name.mark),
            .help = "a smaller learning rate, or \"clip_norm\" in the optimizer"};
  }

  // --- checkpoints

  /// What has to be the same for a run to go on.
  std::vector<std::pair<std::string, std::int64_t>> identity() const {
    return {{"seed", options_.seed},
            {"batch", batch_},
            {"rows", data_.rows},
            {"validation_rows", static_cast<std::int64_t>(order_.validation().size())},
            {"data", fingerprint(data_)}};
  }

  Status save() {
    if (options_.checkpoint.empty()) return std::nullopt;
    if (identity_.empty()) identity_ = identity();
    Metadata metadata;
    for (const auto& [key, value] : identity_) metadata["nnc." + key] = std::to_string(value);
    metadata["nnc.epoch"] = std::to_string(epoch_);
    metadata["nnc.step"] = std::to_string(step_);
    metadata["nnc.loss_sum"] = double_bits(loss_sum_);
    plateau_.save(metadata);
    return session_.save_weights(options_.checkpoint, metadata);
  }

  Status resume() {
    const std::string& file = options_.checkpoint;
    auto slots = session_.slots();
    for (Slot& slot : slots) slot.required = true;
    const auto loaded = load_checkpoint(file, slots);
    if (!loaded) return loaded.error();
    const Metadata& metadata = loaded->metadata;
    for (const auto& [key, value] : identity()) {
      const auto saved = metadata_integer(metadata, "nnc." + key, file);
      if (!saved) return saved.error();
      if (*saved != value) return other_run(key, *saved, value);
    }
    const auto epoch = metadata_integer(metadata, "nnc.epoch", file);
    if (!epoch) return epoch.error();
    const auto step = metadata_integer(metadata, "nnc.step", file);
    if (!step) return step.error();
    const auto sum = metadata_double(metadata, "nnc.loss_sum", file);
    if (!sum) return sum.error();
    const std::int64_t steps = (order_.training_rows() + batch_ - 1) / batch_;
    if (*epoch < 1 || *step < 0 || *step >= steps)
      return Error{.code = "E0706",
                   .message =
                       fmt::format("epoch {}, step {} is no place in this run", *epoch, *step),
                   .place = {file}};
    epoch_ = *epoch;
    step_ = *step;
    loss_sum_ = *sum;
    outcome_.resumed_steps = (epoch_ - 1) * steps + step_;
    return plateau_.load(metadata, file);
  }

  Error other_run(const std::string& key, std::int64_t saved, std::int64_t here) const {
    const std::string what =
        key == "data"
            ? "the checkpoint comes from a run on other data"
            : fmt::format("the checkpoint comes from a run with {} {}, not {}", key, saved, here);
    return {.code = "E0707",
            .message = what,
            .place = {options_.checkpoint},
            .help = "resume with the data and options of that run, or give --checkpoint another "
                    "file"};
  }

  Session& session_;
  const FunctionDoc& function_;
  const Dataset& data_;
  const TrainOptions& options_;
  const TrainObserver& observer_;
  RowOrder order_;
  std::int64_t batch_ = 0;
  std::optional<Batch> whole_, partial_; ///< the last batch of an epoch may be smaller
  std::optional<Validation> validation_;
  Plateau plateau_;
  std::size_t loss_ = 0;
  std::string loss_name_;
  std::vector<std::pair<std::string, std::int64_t>> identity_;

  std::int64_t epoch_ = 1; ///< the running one
  std::int64_t step_ = 0;  ///< batches of it that are done
  double loss_sum_ = 0;    ///< of its rows so far
  TrainOutcome outcome_;
};

bool trains(const FunctionDoc& function) {
  return !function.local && (function.minimize || !function.update.empty());
}

} // namespace

Result<const FunctionDoc*> training_function(const Source& source, const std::string& asked) {
  if (!source.model())
    return Error{.code = "E0626",
                 .message = "training needs a model; a graph has no initial values",
                 .place = {source.path()},
                 .help = "`nnc opt --emit=json` writes a graph as a model"};
  const ModelDoc& doc = *source.model()->doc;
  std::vector<std::string> known;
  for (const FunctionDoc& function : doc.functions)
    if (trains(function)) known.push_back(function.name.text);
  const std::string name = !asked.empty()          ? asked
                           : doc.function("train") ? "train"
                           : known.size() == 1     ? known[0]
                                                   : std::string();
  const FunctionDoc* function = doc.function(name);
  if (function && trains(*function)) return function;
  const std::string all = fmt::format("{}", fmt::join(known, ", "));
  if (function)
    return Error{.code = "E0312",
                 .message = fmt::format("{} updates no params", quote(name)),
                 .place = doc.place(function->name.mark),
                 .help =
                     known.empty() ? "give it \"minimize\" and \"optimizer\"" : "-f NAME: " + all};
  return Error{.code = "E0312",
               .message = name.empty() ? "which function trains the model?"
                                       : fmt::format("there is no function {}", quote(name)),
               .place = {doc.file},
               .help = known.empty()
                           ? "declare one with \"minimize\" and \"optimizer\" (docs/training.md)"
                           : "-f NAME: " + all};
}

Result<TrainOutcome> train(Session& session, const FunctionDoc& function, const Dataset& data,
                           const TrainOptions& options, const TrainObserver& observer) {
  return Run(session, function, data, options, observer).run();
}

} // namespace nnc
