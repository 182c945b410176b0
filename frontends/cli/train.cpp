// nnc train: fits the params of a model to data (docs/training.md).

#include "frontends/cli/chart.h"
#include "frontends/cli/console.h"
#include "frontends/cli/source.h"
#include "frontends/cli/train_settings.h"
#include "frontends/cli/train_text.h"
#include "frontends/host/sized_source.h"
#include "frontends/nn/counted.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

namespace nnc::cli {
namespace {

volatile std::sig_atomic_t stop_asked = 0;

/// The first signal ends the run after the step that is running; a second one at once.
extern "C" void ask_to_stop(int) {
  if (stop_asked) _exit(exit_interrupted);
  stop_asked = 1;
}

bool stops() { return stop_asked != 0; }

/// One `nnc train`.
class Train {
public:
  explicit Train(const TrainSettings& settings) : s_(settings) {}

  int run() {
    if (const int code = check_train_settings(s_)) return code;
    auto source = Source::load(s_.model, sources_, s_.ops);
    if (auto* errors = std::get_if<Errors>(&source)) return report(*errors, sources_);
    if (const Errors errors = std::get<Source>(source).check(); !errors.empty())
      return report(errors, sources_);
    const auto sizes = parse_sizes(s_.sizes);
    if (!sizes) return report(sizes.error(), sources_);
    auto sized = with_sizes(std::move(std::get<Source>(source)), *sizes);
    if (auto* errors = std::get_if<Errors>(&sized)) return report(*errors, sources_);
    const auto code = train(std::move(std::get<Source>(sized)));
    return code ? *code : report(code.error(), sources_);
  }

private:
  Result<int> train(Source source) {
    options_ = s_.train_options();
    auto session = Session::make(std::move(source), s_.session_options());
    if (!session) return session.error();
    const auto function = training_function(session->source(), s_.function);
    if (!function) return function.error();
    if (Status error = load(*session, **function)) return *error;
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
    if (s_.searches()) return search(session->source(), **function);
    if (!s_.params.empty())
      if (auto loaded = session->load_weights(s_.params); !loaded) return loaded.error();
    return s_.overfit > 0 ? overfit(*session, **function) : fit(*session, **function);
  }

  // --- data

  Status load(Session& session, const FunctionDoc& function) {
    const auto read = [&](const std::vector<std::string>& files) {
      return load_dataset(session.source(), function,
                          {.files = files, .label_column = s_.label_column, .cast = s_.cast});
    };
    auto data = read(s_.data);
    if (!data) return data.error();
    data_ = std::move(*data);
    if (s_.normalize)
      if (Status error = normalize(data_, row_order(data_, options_).training())) return error;
    if (s_.test.empty() || s_.test_share()) return std::nullopt;
    auto test = read(s_.test);
    if (!test) return test.error();
    test_ = std::move(*test);
    return normalize_like(data_, *test_);
  }

  // --- a run

  Result<int> fit(Session& session, const FunctionDoc& function) {
    Progress progress(options_.epochs);
    const auto outcome =
        nnc::train(session, function, data_, options_,
                   {.stop = stops, .epoch = [&](const EpochReport& r) { progress.show(r); }});
    progress.end();
    if (!outcome) return outcome.error();
    if (outcome->interrupted) {
      say(fmt::format(
          "interrupted after {}; {}", counted(outcome->resumed_steps + outcome->steps, "step"),
          s_.checkpoint.empty() ? "nothing was saved: there is no --checkpoint"
                                : "saved " + s_.checkpoint + ", --resume goes on from here"));
      return exit_interrupted;
    }
    if (outcome->steps == 0) say("nothing to do: the checkpoint has done all epochs");
    if (!outcome->ended.empty()) say("ended: " + outcome->ended);
    if (!outcome->epochs.empty())
      print(summary_text(*outcome, options_.keep) +
            (s_.checkpoint.empty() ? "\n" : "; weights in " + s_.checkpoint + "\n"));
    if (Status error = judge(session, function)) return *error;
    if (!s_.plot.empty())
      if (Status error = plot_training(s_.plot, outcome->epochs)) return *error;
    return exit_ok;
  }

  /// The one look at the test rows; without them, predictions of the validation rows.
  Status judge(Session& session, const FunctionDoc& function) {
    if (s_.test.empty() && !s_.confusion) return std::nullopt;
    const auto score = test_              ? score_all(session, function, *test_, options_)
                       : !s_.test.empty() ? test_score(session, function, data_, options_)
                                          : validation_score(session, function, data_, options_);
    if (!score) return score.error();
    if (!s_.test.empty()) print(test_text(*score) + "\n");
    if (score->confusion) print(confusion_text(*score->confusion));
    return std::nullopt;
  }

  Result<int> overfit(Session& session, const FunctionDoc& function) {
    Progress progress(options_.epochs);
    const auto result =
        nnc::overfit(session, function, data_, s_.overfit, options_,
                     {.stop = stops, .epoch = [&](const EpochReport& r) { progress.show(r); }});
    progress.end();
    if (!result) return result.error();
    if (result->interrupted) {
      say("interrupted");
      return exit_interrupted;
    }
    print(overfit_text(*result));
    return result->fits ? exit_ok : exit_different;
  }

  // --- many runs

  Result<int> search(const Source& source, const FunctionDoc& function) {
    const auto space = s_.search_space();
    if (!space) return space.error();
    auto trials = trials_of(*space, hyper_parameters(source, function), options_.seed);
    if (!trials) return trials.error();
    const std::size_t count = trials->size();
    TrainOptions plain = options_;
    plain.checkpoint.clear();
    std::size_t done = 0;
    auto outcome =
        nnc::search(source, function, data_, std::move(*trials),
                    {.session = s_.session_options(),
                     .train = std::move(plain),
                     .workers = static_cast<int>(s_.threads),
                     .params = s_.params},
                    stops, [&](const TrialResult& trial) { show_trial(trial, ++done, count); });
    if (!outcome) return outcome.error();
    if (outcome->interrupted)
      say(fmt::format("interrupted after {}",
                      counted(static_cast<std::int64_t>(outcome->ranked.size()), "trial")));
    if (!outcome->ranked.empty()) print(ranking_text(outcome->ranked));
    if (outcome->interrupted) return exit_interrupted;
    return outcome->session ? keep_best(*outcome) : exit_ok;
  }

  static void show_trial(const TrialResult& trial, std::size_t done, std::size_t count) {
    if (!isatty(STDERR_FILENO)) return;
    say(fmt::format("{}/{}  {}  {}", done, count, settings_text(trial.settings),
                    trial.report ? fmt::format("{:.6g}", trial.rank()) : "not finite"));
  }

  /// Judges and saves the first of the ranking.
  Result<int> keep_best(SearchOutcome& outcome) {
    Session& session = *outcome.session;
    const auto function = training_function(session.source(), s_.function);
    if (!function) return function.error();
    options_ = outcome.train;
    if (Status error = judge(session, **function)) return *error;
    if (s_.checkpoint.empty()) return exit_ok;
    if (Status error = save_trained(session, s_.checkpoint, data_)) return *error;
    print("weights of rank 1 in " + s_.checkpoint + "\n");
    return exit_ok;
  }

  const TrainSettings& s_;
  Sources sources_;
  TrainOptions options_;
  Dataset data_;
  std::optional<Dataset> test_; ///< rows of files of their own
};

} // namespace

Command train_command(MakeOps ops) {
  auto s = std::make_shared<TrainSettings>();
  s->ops = ops;
  return {.name = "train",
          .summary = "fit the params of a model to data",
          .examples = {"nnc train model.json --data train.csv --validation 0.1 --epochs 20",
                       "nnc train model.json --data d.npz --checkpoint w.safetensors --resume"},
          .options = train_options(*s),
          .run = [s] { return Train(*s).run(); }};
}

} // namespace nnc::cli
