// nnc run: calls a function of a model with tensors and prints, writes or compares what it gives.

#include "compiler/plan.h"
#include "frontends/cli/backend.h"
#include "frontends/cli/command.h"
#include "frontends/cli/command_line.h"
#include "frontends/cli/dumps.h"
#include "frontends/cli/emit.h"
#include "frontends/cli/functions.h"
#include "frontends/cli/numbers.h"
#include "frontends/cli/source.h"
#include "frontends/cli/tensors.h"
#include "frontends/host/executor.h"
#include "frontends/host/point.h"
#include "frontends/host/train/normalization.h"
#include "ir/messages.h"
#include "ir/suggestion.h"
#include "runtime/checkpoint.h"
#include "runtime/compare.h"
#include "runtime/files/csv.h"
#include "runtime/files/npy.h"
#include "runtime/tensor_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cli {
namespace {

struct Settings {
  MakeOps ops = nullptr;
  std::string model, function, output_dir, csv, params, save_params, backend = "cpu", cpu = "host";
  std::string denormals;
  std::vector<std::string> inputs, sizes, expect;
  bool random_inputs = false, cast = false, print = false, check_rewrites = false;
  std::int64_t repeat = 1, seed = 0, threads = 1, max_memory = default_max_memory;
  std::optional<double> rtol, atol;
};

/// One `nnc run`, from the options to the exit code.
class Run {
public:
  explicit Run(const Settings& settings) : settings_(settings) {}

  int run() {
    if (const int wrong = check_cpu("run", settings_.backend, settings_.cpu)) return wrong;
    auto loaded = Source::load(settings_.model, sources_, settings_.ops);
    if (auto* errors = std::get_if<Errors>(&loaded)) return report(*errors, sources_);
    source_ = std::move(std::get<Source>(loaded));
    auto function = build();
    if (auto* errors = std::get_if<Errors>(&function)) return report(*errors, sources_);
    auto& built = std::get<Built>(function);
    if (settings_.denormals == "keep") source_->context().flush_denormals = false;
    signature_ = std::visit([](const auto& one) { return signature_of(one); }, built);
    if (Status error = read_expected()) return report(*error, sources_);
    if (Status error = check_memory(built)) return report(*error, sources_);
    if (Status error = fill_leaves()) return report(*error, sources_);
    if (Status error = execute(std::move(built))) return report(*error, sources_);
    if (Status error = write_results()) return report(*error, sources_);
    return compare_results();
  }

private:
  std::uint32_t seed() const { return static_cast<std::uint32_t>(settings_.seed); }

  using Built = std::variant<Graph, KernelProgram>;

  OrErrors<Built> build() {
    BuildOptions options;
    auto sizes = parse_sizes(settings_.sizes);
    if (!sizes) return Errors{sizes.error()};
    options.sizes = std::move(*sizes);
    auto given = read_inputs(settings_.inputs, *source_, settings_.cast);
    if (!given) return Errors{given.error()};
    given_ = std::move(*given);
    options.inputs = types_of(given_);
    auto function =
        settings_.function.empty() ? only_function(*source_) : Result(settings_.function);
    if (!function) return Errors{function.error()};
    function_ = *function;
    if (source_->program()) return *source_->program();
    auto graph = source_->build(function_, options);
    if (auto* errors = std::get_if<Errors>(&graph)) return std::move(*errors);
    return std::move(std::get<Graph>(graph));
  }

  /// What the caller has to bring, before any of it is made; the rest is for the executor to say.
  Status check_memory(const Built& built) const {
    const auto* graph = std::get_if<Graph>(&built);
    const auto place = [&](const Node& node) {
      return graph->context().origins[node.origin].place;
    };
    std::vector<MemoryUse> uses;
    for (std::size_t i = 0; i < signature_.leaves.size(); ++i) {
      const Leaf& leaf = signature_.leaves[i];
      uses.push_back(
          {leaf.type.bytes(),
           fmt::format("{} '{}' {}", role_name(leaf.role), leaf.name, to_string(leaf.type)),
           graph ? place(graph->producer(graph->inputs[i])) : Place{}});
    }
    for (std::size_t i = 0; i < signature_.outputs.size(); ++i) {
      const auto& [name, type] = signature_.outputs[i];
      uses.push_back({type.bytes(), fmt::format("output '{}' {}", name, to_string(type)),
                      graph ? place(graph->producer(graph->outputs[i].value)) : Place{}});
    }
    std::int64_t bytes = 0;
    for (const MemoryUse& use : uses)
      if (__builtin_add_overflow(bytes, use.bytes, &bytes)) bytes = max_bytes;
    if (bytes <= settings_.max_memory) return std::nullopt;
    return too_large(function_, std::move(uses), bytes, settings_.max_memory);
  }

  Status fill_leaves() {
    std::vector<std::string> missing;
    for (const Leaf& leaf : signature_.leaves) {
      auto value = leaf.role == Role::input ? input_value(leaf, missing)
                                            : source_->leaf_value(leaf.name, leaf.type, seed());
      if (!value) return value.error();
      leaves_.push_back(std::move(*value));
    }
    if (!missing.empty())
      return Error{.code = "E0631",
                   .message = fmt::format("inputs without a value: {}", fmt::join(missing, ", ")),
                   .help = "--input NAME=@FILE.npy for each, or --random-inputs"};
    for (const NamedTensor& input : given_)
      if (std::ranges::find(signature_.leaves, input.name, &Leaf::name) == signature_.leaves.end())
        say(fmt::format("note: {} does not use the input {}", quote(function_), quote(input.name)));
    if (!source_->model() && settings_.params.empty() &&
        std::ranges::any_of(signature_.leaves,
                            [](const Leaf& leaf) { return leaf.role != Role::input; }))
      say("note: a graph as text has no initial values: params, state and constants are zero; "
          "--params FILE gives others");
    return load_params();
  }

  Result<Tensor> input_value(const Leaf& leaf, std::vector<std::string>& missing) {
    for (const NamedTensor& input : given_) {
      if (input.name != leaf.name) continue;
      if (auto error =
              require_type(input.tensor.type(), leaf.type, "input " + quote(leaf.name), "--input"))
        return *error;
      return input.tensor;
    }
    if (settings_.random_inputs) return random_tensor(leaf.name, leaf.type, seed());
    missing.push_back(leaf.name + "=" + to_string(leaf.type));
    return Tensor();
  }

  std::vector<Slot> slots() {
    std::vector<Slot> slots;
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      const Leaf& leaf = signature_.leaves[i];
      if (leaf.role != Role::param && leaf.role != Role::state) continue;
      // A weight file need not hold what training alone keeps.
      slots.push_back({leaf.name, leaf.type, leaves_[i].bytes(), leaf.role == Role::param});
    }
    return slots;
  }

  Status load_params() {
    if (settings_.params.empty()) return std::nullopt;
    const auto bytes = read_file(settings_.params);
    if (!bytes) return bytes.error();
    const auto loaded = read_checkpoint(*bytes, settings_.params, slots());
    return loaded ? normalize_inputs(*bytes) : Status(loaded.error());
  }

  /// Weights that `nnc train --normalize` made are for inputs that went through the same.
  Status normalize_inputs(std::span<const std::byte> weights) {
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      const Leaf& leaf = signature_.leaves[i];
      if (leaf.role != Role::input || !is_float(leaf.type.dtype)) continue;
      const auto stored = stored_normalization(weights, settings_.params, leaf.name);
      if (!stored) return stored.error();
      if (!*stored) continue;
      if (Status error = (*stored)->apply(leaves_[i])) return error;
      say(fmt::format("note: {} is normalized as {} says", leaf.name, settings_.params));
    }
    return std::nullopt;
  }

  Status execute(Built function) {
    RewriteCheck check;
    const ExecutorOptions options{.backend = settings_.backend,
                                  .cpu = settings_.cpu,
                                  .threads = static_cast<int>(settings_.threads),
                                  .max_memory = settings_.max_memory,
                                  .check_rewrites = settings_.check_rewrites ? &check : nullptr};
    auto executor =
        std::visit([&](auto& one) { return Executor::make(std::move(one), options); }, function);
    if (!executor) return executor.error();
    if (settings_.check_rewrites) say_checked(check);
    for (const auto& [name, type] : signature_.outputs) {
      auto tensor = Tensor::zeros(type);
      if (!tensor) return tensor.error();
      outputs_.push_back(std::move(*tensor));
    }
    for (std::int64_t call = 0; call < settings_.repeat; ++call)
      if (Status error = (*executor)->call(leaves_, outputs_)) return error;
    return std::nullopt;
  }

  Status write_results() {
    if (settings_.random_inputs) say("repeat with: " + repeating_line());
    if (!settings_.output_dir.empty()) {
      if (Status error = make_folder(settings_.output_dir)) return error;
      for (std::size_t i = 0; i < outputs_.size(); ++i) {
        const std::string path =
            settings_.output_dir + "/" + file_name(signature_.outputs[i].first) + ".npy";
        if (Status error = save_npy(path, outputs_[i])) return error;
      }
    }
    if (!settings_.csv.empty())
      if (Status error = write_table()) return error;
    if ((settings_.output_dir.empty() && settings_.csv.empty()) || settings_.print)
      for (std::size_t i = 0; i < outputs_.size(); ++i)
        print(fmt::format("{}={}\n", signature_.outputs[i].first, to_text(outputs_[i])));
    if (settings_.save_params.empty()) return std::nullopt;
    return save_checkpoint(settings_.save_params, slots(), {});
  }

  Status write_table() const {
    std::vector<NamedTensor> columns;
    for (std::size_t i = 0; i < outputs_.size(); ++i)
      columns.push_back({signature_.outputs[i].first, outputs_[i]});
    const auto text = write_csv(columns);
    return text ? write_text(settings_.csv, *text) : Status(text.error());
  }

  /// With every option that decides what is computed.
  std::string repeating_line() const;

  Tolerance tolerance(DType dtype) const {
    const double coarse = dtype == DType::f16 ? 1e-3 : dtype == DType::bf16 ? 1e-2 : 0;
    return {settings_.rtol.value_or(coarse > 0 ? coarse : 1e-5),
            settings_.atol.value_or(coarse > 0 ? coarse : 1e-6)};
  }

  /// Before anything is run.
  Status read_expected() {
    auto expected = parse_named_tensors(settings_.expect);
    if (!expected) return expected.error();
    expected_ = std::move(*expected);
    std::vector<std::string> known;
    for (const auto& output : signature_.outputs) known.push_back(output.first);
    for (const NamedTensor& want : expected_)
      if (std::ranges::find(known, want.name) == known.end())
        return Error{.code = "E0630",
                     .message =
                         fmt::format("{} has no output {}", quote(function_), quote(want.name)),
                     .help = nearest_or_all(want.name, known, "outputs")};
    return std::nullopt;
  }

  int compare_results() const {
    int code = exit_ok;
    for (const NamedTensor& want : expected_) {
      const auto output = std::ranges::find(signature_.outputs, want.name,
                                            [](const auto& one) { return one.first; });
      const auto at = static_cast<std::size_t>(output - signature_.outputs.begin());
      const Comparison result =
          compare(outputs_[at], want.tensor, tolerance(want.tensor.type().dtype));
      say(fmt::format("{}: {}", want.name, result.message));
      if (!result.equal) code = exit_different;
    }
    return code;
  }

  const Settings& settings_;
  Sources sources_;
  std::optional<Source> source_;
  std::string function_;
  std::vector<NamedTensor> given_, expected_;
  Signature signature_;
  std::vector<Tensor> leaves_, outputs_;
};

std::vector<Option> run_options(Settings& s) {
  constexpr double largest = std::numeric_limits<double>::infinity();
  return {{"MODEL", "", "model file (.json or .nnir), - for standard input", &s.model, true},
          {"-f,--function", "NAME", "a function, or any value of the model", &s.function},
          {"--input", "NAME=VALUE", "x=@x.npy, or x=2x3xf32=1 2 3 4 5 6", &s.inputs},
          {"--random-inputs", "", "make up the inputs that are not given", &s.random_inputs},
          {"--size", "N=32", "value of a size symbol", &s.sizes},
          {"--params", "FILE", "params and state to begin with (safetensors)", &s.params},
          {"--save-params", "FILE", "write params and state after the last call", &s.save_params},
          within(1, max_size, {"--repeat", "N", "calls, params and state carried on", &s.repeat}),
          seed_option(s.seed, "of initial values, noise and random inputs (0)"),
          {"--output-dir", "DIR", "write DIR/OUTPUT.npy instead of printing", &s.output_dir},
          {"--csv", "FILE", "write outputs as columns of a table", &s.csv},
          {"--print", "", "print outputs even so", &s.print},
          {"--expect", "NAME=VALUE", "compare an output; exit code 3 if it differs", &s.expect},
          within(0, largest, {"--rtol", "R", "|got - want| <= atol + rtol*|want| (1e-5)", &s.rtol}),
          within(0, largest, {"--atol", "A", "(1e-6)", &s.atol}),
          {"--cast", "", "convert inputs to the model's dtypes", &s.cast},
          {"--backend",
           "NAME",
           "cpu, interpreter, c or cuda-host (CUDA on an emulated device)",
           &s.backend,
           false,
           {"cpu", "interpreter", "c", "cuda-host"}},
          {"--cpu", "NAME", "CPU to compile for (host)", &s.cpu},
          threads_option(s.threads),
          {"--denormals", "keep", "compute with denormal numbers", &s.denormals, false, {"keep"}},
          memory_option(s.max_memory),
          check_rewrites_option(s.check_rewrites)};
}

std::string Run::repeating_line() const {
  Settings asked = settings_, none;
  asked.function = function_;
  // What is written is no part of it, and made up inputs are named with their seed in any case.
  asked.output_dir.clear(), asked.csv.clear(), asked.save_params.clear(), asked.print = false;
  std::string line = "nnc run";
  const auto mine = run_options(asked), defaults = run_options(none);
  for (std::size_t i = 0; i < mine.size(); ++i)
    line += written(mine[i], mine[i].names == "--seed" ? nullptr : &defaults[i]);
  return line;
}

} // namespace

Command run_command(MakeOps ops) {
  auto s = std::make_shared<Settings>();
  s->ops = ops;
  return {.name = "run",
          .summary = "call a function of a model with tensors",
          .examples = {"nnc run model.json -f predict --input x=@x.npy --output-dir out",
                       "nnc run model.json -f loss --input \"x=2x3xf32=1 2 3 4 5 6\" --seed 7"},
          .options = run_options(*s),
          .run = [s] { return Run(*s).run(); }};
}

} // namespace nnc::cli
