// Looking at the steps of the pipeline: --print-after-all, --print-after, --stop-after, --dump-dir
// and --time-passes, the same for every command that runs it.
#pragma once

#include "compiler/pipeline.h"
#include "frontends/cli/command.h"

#include <chrono>

namespace nnc::cli {

struct DumpSettings {
  bool print_after_all = false, time_passes = false, check_rewrites = false;
  std::string stop_after, dump_dir;
  std::vector<std::string> print_after;
};
/// --check-rewrites, and the line that says how many were.
Option check_rewrites_option(bool& asked);
void say_checked(const RewriteCheck& check);

double milliseconds_since(std::chrono::steady_clock::time_point start);

/// The options above, bound to `settings`.
std::vector<Option> dump_options(DumpSettings& settings);

class Dumper {
public:
  /// The whole of --time-passes begins here, with a first row for what loading the tool took.
  explicit Dumper(const DumpSettings& settings);

  /// exit_ok, or what a complaint about unknown step names gives.
  int check() const;
  /// For one function. Texts go to standard error under a banner (`*** IR after fold, @train ***`),
  /// those of --print-after-all that a step left as they were as `(unchanged)`; or, each in full,
  /// into DIR/FUNCTION.NN.STEP.nnir, kernels into DIR/FUNCTION.NN.STEP.kernels.
  PipelineOptions options(const std::string& function, const Context& context);
  /// Says how many rewrites were checked, if that was asked for.
  void print_checks() const;
  void add_times(std::span<const StepTime> times);
  /// A row for what has been done since `start`; gives its milliseconds.
  using Clock = std::chrono::steady_clock;
  double add_time(const std::string& name, Clock::time_point start);
  /// The table of --time-passes on standard error: shares of the whole, and of which part of it the
  /// rows tell.
  void print_times() const;
  /// What went wrong while files were written.
  const Status& failure() const { return failure_; }

private:
  void add(const std::string& name, double milliseconds);
  void show(const std::string& function, std::string_view step, const std::string& text,
            std::string_view ending);

  const DumpSettings& settings_;
  RewriteCheck check_;
  std::vector<StepTime> times_;
  Clock::time_point begin_ = Clock::now();
  std::string shown_; ///< by --print-after-all, of the step before
  Status failure_;
};

/// "inline, stabilize, ...": for messages and --list-passes.
std::vector<std::string> step_names();

} // namespace nnc::cli
