#include "frontends/cli/dumps.h"

#include "frontends/cli/console.h"
#include "frontends/cli/tensors.h"
#include "frontends/nn/counted.h"
#include "ir/kernel/print.h"
#include "ir/messages.h"
#include "ir/text/print.h"
#include "runtime/files/atomic_write.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace nnc::cli {
namespace {

std::size_t position_of(std::string_view step) {
  const auto names = step_names();
  return static_cast<std::size_t>(std::ranges::find(names, step) - names.begin());
}

} // namespace

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

std::vector<std::string> step_names() {
  std::vector<std::string> names;
  for (const Step& step : pipeline_steps()) names.emplace_back(step.name);
  return names;
}

Option check_rewrites_option(bool& asked) {
  return {"--check-rewrites", "", "compare both sides of every rewrite (slow)", &asked};
}

void say_checked(const RewriteCheck& check) {
  say(fmt::format("checked {}: both sides agree", counted(check.compared(), "rewrite")));
}

std::vector<Option> dump_options(DumpSettings& settings) {
  return {{"--stop-after", "STEP", "end with this step (nnc --list-passes)", &settings.stop_after},
          {"--print-after-all", "", "show every step on standard error", &settings.print_after_all},
          {"--print-after", "STEP", "show this step", &settings.print_after},
          {"--dump-dir", "DIR", "write every step to DIR/FUNCTION.NN.STEP", &settings.dump_dir},
          {"--time-passes", "", "milliseconds of each step", &settings.time_passes},
          check_rewrites_option(settings.check_rewrites)};
}

Dumper::Dumper(const DumpSettings& settings) : settings_(settings) {
  add("start", 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
}

int Dumper::check() const {
  const auto known = step_names();
  std::vector<std::string> asked = settings_.print_after;
  if (!settings_.stop_after.empty()) asked.push_back(settings_.stop_after);
  for (const std::string& name : asked) {
    if (std::ranges::find(known, name) != known.end()) continue;
    std::string help = did_you_mean(name, known);
    if (help.empty()) help = fmt::format("the steps are {}", fmt::join(known, ", "));
    return usage_error(fmt::format("no step {}", quote(name)), help);
  }
  if (settings_.dump_dir.empty()) return exit_ok;
  const Status error = make_folder(settings_.dump_dir);
  return error ? report(*error) : exit_ok;
}

PipelineOptions Dumper::options(const std::string& function, const Context& context) {
  PipelineOptions options{.stop_after = settings_.stop_after};
  if (settings_.check_rewrites) options.check_rewrites = &check_;
  if (settings_.print_after_all || !settings_.print_after.empty() || !settings_.dump_dir.empty())
    options.after_step = [this, function, &context](std::string_view step, const Graph* graph,
                                                    const KernelProgram* program) {
      if (graph)
        show(function, step, print_graph(*graph), "nnir");
      else
        show(function, step, print_program(*program, &context), "kernels");
    };
  shown_.clear();
  return options;
}

void Dumper::show(const std::string& function, std::string_view step, const std::string& text,
                  std::string_view ending) {
  const auto& asked = settings_.print_after;
  const bool all = settings_.print_after_all;
  if (all || std::ranges::find(asked, step) != asked.end())
    fmt::print(stderr, "// *** IR after {}, @{} ***\n{}\n", step, function,
               all && text == shown_ ? "(unchanged)\n" : text);
  if (all) shown_ = text;
  if (settings_.dump_dir.empty() || failure_) return;
  const std::string path = fmt::format("{}/{}.{:02}.{}.{}", settings_.dump_dir, file_name(function),
                                       position_of(step) + 1, step, ending);
  failure_ = write_file(path, text);
}

void Dumper::print_checks() const {
  if (settings_.check_rewrites) say_checked(check_);
}

void Dumper::add_times(std::span<const StepTime> times) {
  for (const StepTime& one : times) add(one.name, one.milliseconds);
}

double Dumper::add_time(const std::string& name, Clock::time_point start) {
  const double milliseconds = milliseconds_since(start);
  add(name, milliseconds);
  return milliseconds;
}

void Dumper::add(const std::string& name, double milliseconds) {
  const auto known = std::ranges::find(times_, name, &StepTime::name);
  if (known == times_.end())
    times_.push_back({name, milliseconds});
  else
    known->milliseconds += milliseconds;
}

void Dumper::print_times() const {
  if (!settings_.time_passes) return;
  const double total = times_.front().milliseconds + milliseconds_since(begin_);
  const auto row = [total](std::string_view name, double milliseconds) {
    return fmt::format("{:<14} {:>9.2f} ms {:>5.1f} %", name, milliseconds,
                       100 * milliseconds / total);
  };
  double accounted = 0;
  for (const StepTime& one : times_) {
    say(row(one.name, one.milliseconds));
    accounted += one.milliseconds;
  }
  say(row("accounted", accounted));
  say(fmt::format("{:<14} {:>9.2f} ms", "total", total));
}

} // namespace nnc::cli
