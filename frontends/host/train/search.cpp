#include "frontends/host/train/search.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <thread>

namespace nnc {
namespace {

class Trials {
public:
  Trials(const Source& source, const FunctionDoc& function, const Dataset& data,
         const SearchOptions& options, const std::function<bool()>& stop,
         const std::function<void(const TrialResult&)>& finished)
      : source_(source), function_(function), data_(data), options_(options), stop_(stop),
        finished_(finished) {}

  Result<SearchOutcome> run(std::vector<std::vector<Setting>> trials) {
    for (const auto& settings : trials) {
      auto configured = configure(source_, function_, settings);
      if (!configured) return configured.error();
    }
    trials_ = std::move(trials);
    const auto count =
        std::min(static_cast<std::size_t>(std::max(options_.workers, 1)), trials_.size());
    {
      std::vector<std::jthread> workers;
      for (std::size_t i = 1; i < count; ++i) workers.emplace_back([this] { work(); });
      work();
    }
    if (error_) return *error_;
    std::ranges::sort(outcome_.ranked, before);
    return std::move(outcome_);
  }

private:
  /// Best first; of equal ones the earlier.
  static bool before(const TrialResult& a, const TrialResult& b) {
    return std::pair(a.rank(), a.number) < std::pair(b.rank(), b.number);
  }

  void work() {
    while (true) {
      const std::size_t number = next_.fetch_add(1);
      if (number >= trials_.size()) return;
      {
        const std::lock_guard lock(mutex_);
        if (error_ || outcome_.interrupted) return;
      }
      Status error = trial(number);
      const std::lock_guard lock(mutex_);
      // The error of the first trial that has one, whoever is faster.
      if (error && number < failed_) failed_ = number, error_ = std::move(error);
    }
  }

  Status trial(std::size_t number) {
    auto configured = configure(source_, function_, trials_[number]);
    if (!configured) return configured.error();
    TrainOptions train = options_.train;
    if (configured->batch > 0) train.batch = configured->batch;
    auto source = source_.extended(std::move(configured->doc));
    if (auto* errors = std::get_if<Errors>(&source)) return combine(*errors);
    SessionOptions settings = options_.session;
    settings.threads = 1;
    auto session = Session::make(std::move(std::get<Source>(source)), settings);
    if (!session) return session.error();
    const auto function = training_function(session->source(), function_.name.text);
    if (!function) return function.error();
    if (!options_.params.empty())
      if (auto loaded = session->load_weights(options_.params); !loaded) return loaded.error();
    const auto outcome = nnc::train(*session, **function, data_, train, {.stop = stop_});
    TrialResult result{.number = number, .settings = trials_[number], .report = {}};
    if (!outcome && outcome.error().code != "E0606") return outcome.error();
    if (outcome && outcome->interrupted) return interrupt();
    if (outcome && !outcome->epochs.empty()) result.report = kept(*outcome, train.keep);
    end(std::move(result), std::move(*session), std::move(train));
    return std::nullopt;
  }

  static EpochReport kept(const TrainOutcome& outcome, Keep keep) {
    if (keep == Keep::last || outcome.best_epoch == 0) return outcome.epochs.back();
    return outcome.epochs.at(static_cast<std::size_t>(outcome.best_epoch - 1));
  }

  Status interrupt() {
    const std::lock_guard lock(mutex_);
    outcome_.interrupted = true;
    return std::nullopt;
  }

  void end(TrialResult result, Session session, TrainOptions train) {
    const std::lock_guard lock(mutex_);
    finished_(result);
    const auto best = std::ranges::min_element(outcome_.ranked, before);
    if (result.report && (best == outcome_.ranked.end() || before(result, *best))) {
      outcome_.session = std::move(session);
      outcome_.train = std::move(train);
    }
    outcome_.ranked.push_back(std::move(result));
  }

  const Source& source_;
  const FunctionDoc& function_;
  const Dataset& data_;
  const SearchOptions& options_;
  const std::function<bool()>& stop_;
  const std::function<void(const TrialResult&)>& finished_;
  std::vector<std::vector<Setting>> trials_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_; ///< of what follows
  SearchOutcome outcome_;
  Status error_;
  std::size_t failed_ = std::numeric_limits<std::size_t>::max();
};

} // namespace

double TrialResult::rank() const {
  if (!report) return std::numeric_limits<double>::infinity();
  const double loss = report->valid_loss.value_or(report->loss);
  return std::isnan(loss) ? std::numeric_limits<double>::infinity() : loss;
}

Result<SearchOutcome> search(const Source& source, const FunctionDoc& function, const Dataset& data,
                             std::vector<std::vector<Setting>> trials, const SearchOptions& options,
                             const std::function<bool()>& stop,
                             const std::function<void(const TrialResult&)>& finished) {
  return Trials(source, function, data, options, stop, finished).run(std::move(trials));
}

} // namespace nnc
