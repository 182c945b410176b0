// nnc bench: how long compiling a function and calling it takes.

#include "frontends/cli/command.h"
#include "frontends/cli/console.h"
#include "frontends/cli/functions.h"
#include "frontends/cli/kernel_table.h"
#include "frontends/cli/numbers.h"
#include "frontends/cli/source.h"
#include "frontends/cli/tensors.h"
#include "frontends/host/measure/measure.h"
#include "frontends/host/point.h"
#include "frontends/nn/counted.h"
#include "ir/messages.h"
#include "runtime/files/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

namespace nnc::cli {
namespace {

struct Settings {
  MakeOps ops = nullptr;
  std::string model, function, params, cpu = "host";
  std::vector<std::string> sizes, inputs;
  std::int64_t threads = 1, seed = 0, max_memory = default_max_memory;
  double seconds = 3, warm_up = 0.2;
  bool json = false;
};

volatile std::sig_atomic_t stop_asked = 0;
extern "C" void stop_measuring(int) { stop_asked = 1; }

class Bench {
public:
  explicit Bench(const Settings& settings) : s_(settings) {}

  int run() {
    auto source = Source::load(s_.model, sources_, s_.ops);
    if (auto* errors = std::get_if<Errors>(&source)) return report(*errors, sources_);
    if (const Errors errors = std::get<Source>(source).check(); !errors.empty())
      return report(errors, sources_);
    const Status error = bench(std::move(std::get<Source>(source)));
    if (error) return report(*error, sources_);
    return stop_asked ? exit_interrupted : exit_ok;
  }

private:
  Status bench(Source source) {
    auto sizes = parse_sizes(s_.sizes);
    if (!sizes) return sizes.error();
    auto name = s_.function.empty() ? only_function(source) : Result(s_.function);
    if (!name) return name.error();
    function_ = *name;
    const auto given = read_inputs(s_.inputs, source, false);
    if (!given) return given.error();
    auto session = Session::make(std::move(source), {.seed = static_cast<std::uint32_t>(s_.seed),
                                                     .threads = static_cast<int>(s_.threads),
                                                     .cpu = s_.cpu,
                                                     .max_memory = s_.max_memory});
    if (!session) return session.error();
    if (!s_.params.empty())
      if (auto loaded = session->load_weights(s_.params); !loaded) return loaded.error();
    const auto function =
        session->compile(function_, {.sizes = *sizes, .inputs = types_of(*given)});
    if (!function) return function.error();
    std::vector<Tensor> inputs;
    for (const Leaf& leaf : (*function)->signature().leaves) {
      if (leaf.role != Role::input) continue;
      auto tensor = input_value(leaf, *given);
      if (!tensor) return tensor.error();
      inputs.push_back(std::move(*tensor));
    }
    std::signal(SIGINT, stop_measuring);
    const auto result = measure(**function, inputs, {.warm_up = s_.warm_up, .seconds = s_.seconds},
                                [] { return stop_asked != 0; });
    if (!result) return result.error();
    double compile = 0;
    for (const StepTime& step : (*function)->executor().times()) compile += step.milliseconds;
    const auto kernels = kernel_times(*session, **function, inputs);
    if (!kernels) return kernels.error();
    print(s_.json ? json(*result, compile, *kernels)
                  : text(*result, compile) + kernel_table(*kernels, result->median));
    return std::nullopt;
  }

  /// What is given, else drawn.
  Result<Tensor> input_value(const Leaf& leaf, std::span<const NamedTensor> given) const {
    const auto found = std::ranges::find(given, leaf.name, &NamedTensor::name);
    if (found == given.end())
      return random_tensor(leaf.name, leaf.type, static_cast<std::uint32_t>(s_.seed));
    if (auto error =
            require_type(found->tensor.type(), leaf.type, "input " + quote(leaf.name), "--input"))
      return *error;
    return found->tensor;
  }

  Result<KernelTimes> kernel_times(Session& session, const Function& function,
                                   std::span<const Tensor> inputs) const {
    std::unique_ptr<ThreadPool> pool;
    if (s_.threads > 1) pool = std::make_unique<ThreadPool>(static_cast<int>(s_.threads));
    return measure_kernels(session, function, inputs,
                           {.cpu = s_.cpu,
                            .pool = pool.get(),
                            .threads = static_cast<int>(s_.threads),
                            .seconds = s_.seconds / 3},
                           [] { return stop_asked != 0; });
  }

  static std::string json(const KernelTimes& times) {
    std::string text;
    for (const KernelTime& one : times.kernels)
      text += fmt::format("{}{{\"name\": {}, \"us\": {:.3f}, \"flop\": {:.0f}, \"bytes\": {:.0f}, "
                          "\"limit_percent\": {:.1f}}}",
                          text.empty() ? "" : ", ", json_string(one.name), one.microseconds,
                          one.flop, one.bytes, percent_of_limit(one));
    return "[" + text + "]";
  }

  /// Microseconds, of small programs in nanoseconds.
  static std::string time_text(double microseconds) {
    return fmt::format("{:.{}f}", microseconds, microseconds < 10 ? 3 : 1);
  }

  std::string text(const Measurement& m, double compile) const {
    return fmt::format("{} of {}, {}\n"
                       "compile     {:.1f} ms, {}\n"
                       "call        min {}  median {}  p90 {}  p99 {} us"
                       "  ({})\n"
                       "arithmetic  {:.3g} MFLOP, {:.1f} GFLOP/s at the median\n"
                       "traffic     {:.3g} MB, {:.1f} GB/s at the median\n"
                       "memory      {:.3g} MB\n",
                       function_, s_.model, counted(s_.threads, "thread"), compile,
                       counted(m.kernels, "kernel"), time_text(m.minimum), time_text(m.median),
                       time_text(m.p90), time_text(m.p99), counted(m.iterations, "call"),
                       m.flop / 1e6, m.gflop_per_second(), m.bytes / 1e6, m.gbyte_per_second(),
                       static_cast<double>(m.memory) / 1e6);
  }

  std::string json(const Measurement& m, double compile, const KernelTimes& times) const {
    return fmt::format("{{\"function\": {}, \"threads\": {}, \"compile_ms\": {:.3f}, "
                       "\"kernels\": {}, \"calls\": {}, \"min_us\": {:.3f}, \"median_us\": {:.3f}, "
                       "\"p90_us\": {:.3f}, \"p99_us\": {:.3f}, \"flop\": {:.0f}, "
                       "\"gflop_per_s\": {:.3f}, \"bytes\": {:.0f}, \"gbyte_per_s\": {:.3f}, "
                       "\"peak_memory_bytes\": {}, \"entry_us\": {:.3f}, \"each\": {}}}\n",
                       json_string(function_), s_.threads, compile, m.kernels, m.iterations,
                       m.minimum, m.median, m.p90, m.p99, m.flop, m.gflop_per_second(), m.bytes,
                       m.gbyte_per_second(), m.memory, times.entry, json(times));
  }

  /// Names of functions have no characters that JSON would escape.
  static std::string json_string(const std::string& name) { return "\"" + name + "\""; }

  const Settings& s_;
  Sources sources_;
  std::string function_;
};

std::vector<Option> bench_options(Settings& s) {
  return {{"MODEL", "", "model file (.json or .nnir), - for standard input", &s.model, true},
          {"-f,--function", "NAME", "a function, or any value of the model", &s.function},
          {"--size", "N=64", "value of a size symbol", &s.sizes},
          {"--input", "NAME=TENSOR", "data in place of random numbers: x=@x.npy", &s.inputs},
          threads_option(s.threads),
          within(0, 86400,
                 {"--seconds", "S", "measure at least so long (3), and 10 calls", &s.seconds}),
          within(0, 86400, {"--warm-up", "S", "calls before that do not count (0.2)", &s.warm_up}),
          {"--params", "FILE", "params and state (safetensors)", &s.params},
          seed_option(s.seed, "of initial values and inputs (0)"),
          {"--cpu", "NAME", "CPU to compile for (host)", &s.cpu},
          memory_option(s.max_memory),
          {"--json", "", "one JSON object", &s.json}};
}

} // namespace

Command bench_command(MakeOps ops) {
  auto s = std::make_shared<Settings>();
  s->ops = ops;
  return {.name = "bench",
          .summary = "measure compiling and calling a function",
          .examples = {"nnc bench model.json -f train --size N=64",
                       "nnc bench model.json -f predict --threads 2 --json"},
          .options = bench_options(*s),
          .run = [s] { return Bench(*s).run(); }};
}

} // namespace nnc::cli
