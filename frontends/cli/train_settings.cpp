#include "frontends/cli/train_settings.h"

#include "frontends/cli/backend.h"
#include "frontends/cli/chart.h"
#include "frontends/cli/console.h"
#include "frontends/cli/numbers.h"
#include "frontends/cli/source.h"
#include "ir/messages.h"
#include "runtime/number_text.h"

#include <fmt/format.h>

namespace nnc::cli {
namespace {

constexpr std::int64_t overfit_epochs = 1000;

/// The option whose values are settings, like lr=0.1.
Option of_settings(Option option) {
  option.settings = true;
  return option;
}

std::string metric_names() {
  std::string names;
  for (const Metric& metric : metrics())
    names += fmt::format("{}{}", names.empty() ? "" : " ", metric.name);
  return names;
}

} // namespace

std::optional<double> TrainSettings::test_share() const {
  return test.size() == 1 ? parse_number<double>(test[0]) : std::nullopt;
}

SessionOptions TrainSettings::session_options() const {
  return {.seed = static_cast<std::uint32_t>(seed),
          .threads = static_cast<int>(threads),
          .backend = backend,
          .cpu = cpu,
          .max_memory = max_memory};
}

TrainOptions TrainSettings::train_options() const {
  return {.function = function,
          .epochs = epochs.value_or(overfit > 0 ? overfit_epochs : 1),
          .batch = batch,
          .validation = validation,
          .test = test_share().value_or(0),
          .seed = static_cast<std::uint32_t>(seed),
          .checkpoint = checkpoint,
          .resume = resume,
          .keep = save == "best" ? Keep::best : Keep::last,
          .early_stop = early_stop,
          .metrics = split_list(metrics),
          .confusion = confusion,
          .log = log,
          .log_layers = log_layers};
}

Result<SearchSpace> TrainSettings::search_space() const {
  SearchSpace space;
  const auto add = [](std::vector<SearchAxis>& to, const std::string& text) -> Status {
    auto axis = parse_axis(text);
    if (!axis) return axis.error();
    to.push_back(std::move(*axis));
    return std::nullopt;
  };
  for (const std::string& text : grid)
    if (Status error = add(space.grid, text)) return *error;
  if (random.empty()) return space;
  const auto draws = parse_number<std::int64_t>(random[0]);
  if (!draws || *draws < 1 || random.size() == 1)
    return Error{.code = "E0625",
                 .message = "--random takes a number of draws, then what is drawn",
                 .help = "--random 20 lr=loguniform(1e-4,1)"};
  space.draws = *draws;
  for (std::size_t i = 1; i < random.size(); ++i)
    if (Status error = add(space.random, random[i])) return *error;
  return space;
}

std::vector<Option> train_options(TrainSettings& s) {
  return {
      {"MODEL", "", "model file (.json), - for standard input", &s.model, true},
      {"--data", "FILE", "CSV, .npz, .npy or IDX; again for labels in a file of their own",
       &s.data},
      within(
          INT32_MIN, INT32_MAX,
          {"--label-column", "N", "of a table; from 0, or -1 for the last (-1)", &s.label_column}),
      within(0, 1, {"--validation", "F", "fraction of the rows to hold back (0)", &s.validation}),
      {"--test", "F|FILE", "fraction or files of rows to judge by once, at the end", &s.test},
      within(1, max_size,
             {"--epochs", "N", "times that every row is seen (1; 1000 to overfit)", &s.epochs}),
      within(1, max_size, {"--batch", "N", "rows of a step (the model's)", &s.batch}),
      seed_option(s.seed, "of initial values, noise and the order of rows (0)"),
      {"--normalize", "", "features to mean 0 and deviation 1 of the training rows", &s.normalize},
      within(1, max_size,
             {"--early-stop", "N", "end after N epochs without a lower validation loss",
              &s.early_stop}),
      {"--save",
       "best|last",
       "weights of which epoch to leave (last)",
       &s.save,
       false,
       {"best", "last"}},
      {"--metrics", "A,B", metric_names(), &s.metrics},
      {"--confusion", "", "table of labels and predictions, of test or validation", &s.confusion},
      {"--checkpoint", "FILE", "weights, written after every epoch", &s.checkpoint},
      {"--resume", "", "go on from the checkpoint, if it exists", &s.resume},
      {"--params", "FILE", "params and state to begin with (safetensors)", &s.params},
      {"--log", "FILE", "CSV with a row for every epoch", &s.log},
      {"--log-layers", "FILE", "CSV of gradient norms and saturation, epoch by epoch",
       &s.log_layers},
      {"--plot", "FILE", "the losses as .svg or .png, by gnuplot", &s.plot},
      within(1, max_size,
             {"--overfit", "N", "can the model learn N rows by heart? If not, why", &s.overfit}),
      of_settings(
          {"--grid", "NAME=A,B", "try every combination of values, like lr=0.1,0.01", &s.grid}),
      of_settings({"--random", "N NAME=D", "try N draws, like lr=loguniform(1e-4,1)", &s.random}),
      {"-f,--function", "NAME", "the function that trains (train)", &s.function},
      {"--size", "K=10", "value of a size symbol", &s.sizes},
      {"--cast", "", "convert data to the model's dtypes", &s.cast},
      threads_option(s.threads),
      {"--backend", "NAME", "cpu or interpreter", &s.backend, false, {"cpu", "interpreter"}},
      {"--cpu", "NAME", "CPU to compile for (host)", &s.cpu},
      memory_option(s.max_memory)};
}

namespace {

/// Options that say something about a single whole run.
int check_alone(const TrainSettings& s) {
  struct Given {
    std::string_view name;
    bool given, fits_search;
  };
  const Given all[] = {{"--resume", s.resume, false},
                       {"--log", !s.log.empty(), false},
                       {"--log-layers", !s.log_layers.empty(), false},
                       {"--plot", !s.plot.empty(), false},
                       {"--checkpoint", !s.checkpoint.empty(), true},
                       {"--validation", s.validation > 0, true},
                       {"--test", !s.test.empty(), true},
                       {"--early-stop", s.early_stop > 0, true},
                       {"--save best", s.save == "best", true},
                       {"--metrics", !s.metrics.empty(), true},
                       {"--confusion", s.confusion, true},
                       {"--grid", !s.grid.empty(), true},
                       {"--random", !s.random.empty(), true}};
  for (const Given& one : all) {
    if (!one.given || (s.overfit == 0 && one.fits_search)) continue;
    return usage_error(fmt::format("train: {} does not go with {}", one.name,
                                   s.overfit > 0    ? "--overfit"
                                   : s.grid.empty() ? "--random"
                                                    : "--grid"));
  }
  return exit_ok;
}

} // namespace

int check_train_settings(const TrainSettings& s) {
  if (s.data.empty()) return usage_error("train: no data", "--data train.csv");
  if (const int wrong = check_cpu("train", s.backend, s.cpu)) return wrong;
  const auto share = s.test_share();
  if (share && (!(*share > 0) || *share >= 1))
    return usage_error(fmt::format("train: {} is no fraction for --test", quote(s.test[0])),
                       "a number between 0 and 1, or files");
  if (s.validation + share.value_or(0) >= 1)
    return usage_error(share ? "train: --validation and --test leave no rows to train on"
                             : "train: --validation leaves no rows to train on");
  if (s.resume && s.checkpoint.empty())
    return usage_error("train: --resume needs --checkpoint FILE");
  const bool judges = s.validation > 0 || !s.test.empty();
  if (!judges && (!s.metrics.empty() || s.confusion) && s.overfit == 0)
    return usage_error(fmt::format("train: {} are of rows that are held back, and there are none",
                                   s.confusion ? "predictions" : "metrics"),
                       "--validation 0.1 or --test 0.1");
  if (s.overfit > 0 || s.searches())
    if (const int code = check_alone(s)) return code;
  if (s.plot.empty()) return exit_ok;
  const Status error = check_plot(s.plot);
  return error ? report(*error) : exit_ok;
}

} // namespace nnc::cli
