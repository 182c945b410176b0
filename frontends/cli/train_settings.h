// The options of `nnc train`, and what they mean together.
#pragma once

#include "frontends/cli/command.h"
#include "frontends/host/session.h"
#include "frontends/host/train/search_space.h"
#include "frontends/host/train/trainer.h"

namespace nnc::cli {

struct TrainSettings {
  MakeOps ops = nullptr;
  std::string model, function, checkpoint, params, log, log_layers, plot;
  std::string backend = "cpu", cpu = "host", save = "last", metrics;
  std::vector<std::string> data, test, sizes, grid, random;
  std::optional<std::int64_t> label_column, epochs;
  bool resume = false, cast = false, normalize = false, confusion = false;
  std::int64_t batch = 0, seed = 0, threads = 1, max_memory = default_max_memory;
  std::int64_t early_stop = 0, overfit = 0;
  double validation = 0;

  bool searches() const { return !grid.empty() || !random.empty(); }
  /// `--test 0.1`; nothing for files.
  std::optional<double> test_share() const;
  SessionOptions session_options() const;
  TrainOptions train_options() const;
  /// From --grid and --random; E0625 names what is wrong.
  Result<SearchSpace> search_space() const;
};

std::vector<Option> train_options(TrainSettings& settings);

/// Complains about options that do not go together; gives the exit code.
int check_train_settings(const TrainSettings& settings);

} // namespace nnc::cli
