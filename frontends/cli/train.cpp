// nnc train: fits the params of a model to data (docs/training.md).

#include "frontends/cli/chart.h"
#include "frontends/cli/command.h"
#include "frontends/cli/console.h"
#include "frontends/cli/numbers.h"
#include "frontends/cli/source.h"
#include "frontends/host/trainer.h"
#include "frontends/nn/counted.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

namespace nnc::cli {
namespace {

struct Settings {
  MakeOps ops = nullptr;
  std::string model, function, checkpoint, params, log, plot, backend = "cpu", cpu = "host";
  std::vector<std::string> data, sizes;
  std::optional<std::int64_t> label_column;
  bool resume = false, cast = false;
  std::int64_t epochs = 1, batch = 0, seed = 0, threads = 1, max_memory = default_max_memory;
  double validation = 0;
};

volatile std::sig_atomic_t stop_asked = 0;

/// The first signal ends the run after the step that is running; a second one at once.
extern "C" void ask_to_stop(int) {
  if (stop_asked) _exit(exit_interrupted);
  stop_asked = 1;
}

/// One line that is rewritten on a terminal, and nothing elsewhere.
class Progress {
public:
  explicit Progress(std::int64_t epochs) : epochs_(epochs) {}

  void show(const EpochReport& report) {
    losses_.push_back(report.loss);
    last_ = report;
    if (!terminal_) return;
    std::fputs(("\r\x1b[K" + line()).c_str(), stderr);
    std::fflush(stderr);
  }
  void end() {
    if (terminal_ && !losses_.empty()) std::fputs("\n", stderr);
  }
  std::string line() const {
    std::string text = fmt::format("epoch {}/{}  loss {:.4f}", last_.epoch, epochs_, last_.loss);
    if (last_.valid_loss) text += fmt::format("  valid {:.4f}", *last_.valid_loss);
    if (last_.valid_accuracy) text += fmt::format(" acc {:.3f}", *last_.valid_accuracy);
    return text + fmt::format("  {:.1f} ms  {}", last_.milliseconds, sparkline(losses_, 20));
  }

private:
  std::int64_t epochs_;
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  std::vector<double> losses_;
  EpochReport last_;
};

int check(const Settings& s) {
  if (s.data.empty()) return usage_error("train: no data", "--data train.csv");
  if (s.validation == 1) return usage_error("train: --validation leaves no rows to train on");
  if (s.resume && s.checkpoint.empty())
    return usage_error("train: --resume needs --checkpoint FILE");
  if (s.plot.empty()) return exit_ok;
  const Status error = check_plot(s.plot);
  return error ? report(*error) : exit_ok;
}

/// One `nnc train`.
class Train {
public:
  explicit Train(const Settings& settings) : s_(settings) {}

  int run() {
    if (const int code = check(s_)) return code;
    auto source = Source::load(s_.model, sources_, s_.ops);
    if (auto* errors = std::get_if<Errors>(&source)) return report(*errors, sources_);
    if (const Errors errors = std::get<Source>(source).check(); !errors.empty())
      return report(errors, sources_);
    auto result = train(std::move(std::get<Source>(source)));
    if (!result) return report(result.error(), sources_);
    return finish(*result);
  }

private:
  Result<TrainOutcome> train(Source source) {
    auto sizes = parse_sizes(s_.sizes);
    if (!sizes) return sizes.error();
    auto session = Session::make(std::move(source), {.seed = static_cast<std::uint32_t>(s_.seed),
                                                     .threads = static_cast<int>(s_.threads),
                                                     .backend = s_.backend,
                                                     .cpu = s_.cpu,
                                                     .max_memory = s_.max_memory});
    if (!session) return session.error();
    const auto function = training_function(session->source(), s_.function);
    if (!function) return function.error();
    if (!s_.params.empty())
      if (auto loaded = session->load_weights(s_.params); !loaded) return loaded.error();
    const auto data = load_dataset(
        session->source(), **function,
        {.files = s_.data, .label_column = s_.label_column, .cast = s_.cast, .sizes = *sizes});
    if (!data) return data.error();
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
    Progress progress(s_.epochs);
    auto outcome = nnc::train(*session, **function, *data,
                              {.function = s_.function,
                               .epochs = s_.epochs,
                               .batch = s_.batch,
                               .validation = s_.validation,
                               .seed = static_cast<std::uint32_t>(s_.seed),
                               .checkpoint = s_.checkpoint,
                               .resume = s_.resume,
                               .log = s_.log,
                               .sizes = *sizes},
                              {.stop = [] { return stop_asked != 0; },
                               .epoch = [&](const EpochReport& report) { progress.show(report); }});
    progress.end();
    return outcome;
  }

  int finish(const TrainOutcome& outcome) const {
    if (outcome.interrupted) {
      say(fmt::format(
          "interrupted after {}; {}", counted(outcome.resumed_steps + outcome.steps, "step"),
          s_.checkpoint.empty() ? "nothing was saved: there is no --checkpoint"
                                : "saved " + s_.checkpoint + ", --resume goes on from here"));
      return exit_interrupted;
    }
    if (outcome.steps == 0) say("nothing to do: the checkpoint has done all epochs");
    if (!outcome.epochs.empty()) print(summary(outcome.epochs.back()));
    if (!s_.plot.empty())
      if (Status error = plot_training(s_.plot, outcome.epochs)) return report(*error);
    return exit_ok;
  }

  std::string summary(const EpochReport& last) const {
    std::string text = fmt::format("{}, loss {:.6g}", counted(last.epoch, "epoch"), last.loss);
    if (last.valid_loss) text += fmt::format(", validation loss {:.6g}", *last.valid_loss);
    if (last.valid_accuracy) text += fmt::format(", accuracy {:.4f}", *last.valid_accuracy);
    if (!s_.checkpoint.empty()) text += "; weights in " + s_.checkpoint;
    return text + "\n";
  }

  const Settings& s_;
  Sources sources_;
};

std::vector<Option> train_options(Settings& s) {
  return {
      {"MODEL", "", "model file (.json), - for standard input", &s.model, true},
      {"--data", "FILE", "CSV, .npz, .npy or IDX; again for labels in a file of their own",
       &s.data},
      within(
          INT32_MIN, INT32_MAX,
          {"--label-column", "N", "of a table; from 0, or -1 for the last (-1)", &s.label_column}),
      within(0, 1, {"--validation", "F", "fraction of the rows to hold back (0)", &s.validation}),
      within(1, max_size, {"--epochs", "N", "times that every row is seen (1)", &s.epochs}),
      within(1, max_size, {"--batch", "N", "rows of a step (the model's)", &s.batch}),
      seed_option(s.seed, "of initial values, noise and the order of rows (0)"),
      {"--checkpoint", "FILE", "weights, written after every epoch", &s.checkpoint},
      {"--resume", "", "go on from the checkpoint, if it exists", &s.resume},
      {"--params", "FILE", "params and state to begin with (safetensors)", &s.params},
      {"--log", "FILE", "CSV with a row for every epoch", &s.log},
      {"--plot", "FILE", "the losses as .svg or .png, by gnuplot", &s.plot},
      {"-f,--function", "NAME", "the function that trains (train)", &s.function},
      {"--size", "K=10", "value of a size symbol", &s.sizes},
      {"--cast", "", "convert data to the model's dtypes", &s.cast},
      threads_option(s.threads),
      {"--backend", "NAME", "cpu or interpreter", &s.backend, false, {"cpu", "interpreter"}},
      {"--cpu", "NAME", "CPU to compile for (host)", &s.cpu},
      memory_option(s.max_memory)};
}

} // namespace

Command train_command(MakeOps ops) {
  auto s = std::make_shared<Settings>();
  s->ops = ops;
  return {.name = "train",
          .summary = "fit the params of a model to data",
          .examples = {"nnc train model.json --data train.csv --validation 0.1 --epochs 20",
                       "nnc train model.json --data d.npz --checkpoint w.safetensors --resume"},
          .options = train_options(*s),
          .run = [s] { return Train(*s).run(); }};
}

} // namespace nnc::cli
