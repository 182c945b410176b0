// nnc compile: object file and C header, and every text on the way to them.

#include "compiler/plan.h"
#include "compiler/target/c/c_source.h"
#include "compiler/target/cpu/cpu_target.h"
#include "compiler/target/cuda/cuda_source.h"
#include "frontends/cli/artifacts.h"
#include "frontends/cli/console.h"
#include "frontends/cli/dot.h"
#include "frontends/cli/emit.h"
#include "frontends/cli/numbers.h"
#include "frontends/host/constants.h"
#include "frontends/json/write_model.h"
#include "ir/kernel/print.h"
#include "ir/messages.h"
#include "ir/text/print.h"
#include "runtime/checkpoint.h"
#include "runtime/files/atomic_write.h"
#include "runtime/files/temporary_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace nnc::cli {
namespace {

class Compile {
public:
  explicit Compile(const ArtifactSettings& settings)
      : settings_(settings), dumper_(settings.dumps) {}

  int run() {
    if (const int code = check_options()) return code;
    const Destination destination(settings_, kinds_);
    const auto start = Dumper::Clock::now();
    auto loaded = load_functions(settings_.functions, sources_);
    if (auto* errors = std::get_if<Errors>(&loaded)) return report(*errors, sources_);
    functions_ = std::move(std::get<Functions>(loaded));
    dumper_.add_time("load", start);
    if (settings_.denormals == "keep") functions_->source.context().flush_denormals = false;
    Status error = run_steps();
    if (!error && !stopped_early() && (needs_object() || needs_source())) error = read_weights();
    if (!error && !stopped_early() && needs_object()) error = build();
    if (!error && !stopped_early() && needs_source()) error = print_sources(destination);
    if (!error) error = destination.prepare();
    if (!error) error = write(destination);
    if (!error) error = dumper_.failure();
    if (error) return report(*error, sources_);
    dumper_.print_checks();
    dumper_.print_times();
    return exit_ok;
  }

private:
  int check_options() {
    std::vector<std::string> known;
    for (const ArtifactKind& kind : artifact_kinds()) known.emplace_back(kind.name);
    for (const std::string& name : split_list(settings_.emit)) {
      const auto kinds = artifact_kinds();
      const auto found = std::ranges::find(kinds, name, &ArtifactKind::name);
      if (found == kinds.end()) {
        std::string help = did_you_mean(name, known);
        if (help.empty()) help = fmt::format("there are {}", fmt::join(known, ", "));
        return usage_error(fmt::format("compile: nothing called {} to emit", quote(name)), help);
      }
      if (std::ranges::find(kinds_, &*found) == kinds_.end()) kinds_.push_back(&*found);
    }
    if (kinds_.empty()) return usage_error("compile: --emit names nothing");
    if (settings_.output == "-" && std::ranges::any_of(kinds_, &ArtifactKind::binary) &&
        (kinds_.size() > 1 || isatty(STDOUT_FILENO) != 0))
      return binary_output();
    if ((wants("c") || wants("cuda")) && !needs_object() && settings_.cpu != "host")
      return usage_error("compile: --cpu is for machine code: obj, lib, llvm and asm",
                         "c and cuda are for any machine; their compiler is told which");
    return dumper_.check();
  }

  /// Of what goes to standard output, only an object or a library alone is binary.
  int binary_output() const {
    const auto binary = std::ranges::find_if(kinds_, &ArtifactKind::binary);
    if (kinds_.size() > 1)
      return usage_error(fmt::format("compile: {} is binary, so it goes to standard output alone",
                                     (*binary)->name),
                         "give a folder for several kinds: -o DIR/");
    return usage_error(
        fmt::format("compile: {} is binary, and standard output is a terminal", (*binary)->name),
        "write to a file: -o FILE");
  }

  bool wants(std::string_view kind) const {
    return std::ranges::find(kinds_, kind, &ArtifactKind::name) != kinds_.end();
  }
  bool stopped_early() const { return !settings_.dumps.stop_after.empty(); }
  bool needs_object() const {
    return wants("obj") || wants("lib") || wants("llvm") || wants("asm");
  }

  bool needs_source() const { return wants("c") || wants("cuda"); }

  void add_text(const std::string& kind, const std::string& text) {
    std::string& all = texts_[kind];
    all += (all.empty() ? "" : "\n") + text;
  }

  Status run_steps() {
    const auto start = Dumper::Clock::now();
    if (const KernelProgram* program = functions_->source.program()) {
      auto planned = finish_pipeline(*program, {.max_memory = settings_.max_memory});
      if (!planned) return planned.error();
      if (wants("kernels")) add_text("kernels", print_program(*planned));
      programs_.push_back(std::move(*planned));
    }
    for (Graph& graph : functions_->graphs) {
      auto closed = embed_constants(graph, functions_->source);
      if (!closed) return closed.error();
      graph = std::move(*closed);
      for (const Value leaf : graph.inputs)
        leaves_.emplace(graph.leaf_name(leaf), leaf_of(graph, leaf));
      if (wants("ir")) add_text("ir", print_graph(graph));
      PipelineOptions options = dumper_.options(graph.name, graph.context());
      options.max_memory = settings_.max_memory;
      options.scratch = scratch_on(settings_.cpu);
      if (wants("grad"))
        options.after_step = [this, dump = options.after_step](std::string_view step,
                                                               const Graph* after,
                                                               const KernelProgram* program) {
          if (dump) dump(step, after, program);
          if (after && step == "differentiate") add_text("grad", print_graph(*after));
        };
      auto made = run_pipeline(std::move(graph), options);
      if (!made) return made.error();
      dumper_.add_times(made->times);
      if (wants("opt")) add_text("opt", print_graph(made->graph));
      if (wants("dot")) add_text("dot", dot_text(made->graph));
      if (made->program && wants("kernels"))
        add_text("kernels", print_program(*made->program, &made->graph.context()));
      if (made->program) programs_.push_back(std::move(*made->program));
    }
    // The whole model in canonical form; `nnc opt --emit=json` writes one function expanded.
    if (const Model* model = functions_->source.model(); model && wants("json"))
      add_text("json", write_model(*model->doc));
    milliseconds_ = milliseconds_since(start);
    return std::nullopt;
  }

  static std::pair<Role, Type> leaf_of(const Graph& graph, Value leaf) {
    return {graph.role(leaf), graph.type(leaf)};
  }

  Status build() {
    const auto start = Dumper::Clock::now();
    auto built = aot::build_object(programs_, weights_,
                                   {.name = functions_->source.name(),
                                    .source = settings_.functions.model,
                                    .cpu = settings_.cpu,
                                    .max_memory = settings_.max_memory,
                                    .embed = settings_.embed,
                                    .llvm_text = wants("llvm"),
                                    .assembly_text = wants("asm")});
    if (!built) return built.error();
    built_ = std::move(*built);
    texts_["llvm"] = built_->code.llvm_text;
    texts_["asm"] = built_->code.assembly_text;
    milliseconds_ += dumper_.add_time("emit", start);
    return std::nullopt;
  }

  Status print_sources(const Destination& destination) {
    const auto start = Dumper::Clock::now();
    const Context& context = functions_->source.context();
    aot::Module module =
        aot::describe(functions_->source.name(), settings_.functions.model, programs_);
    weight_bytes_ = aot::add_weights(module, weights_, settings_.embed);
    const auto keep = [&](const std::string& kind, auto printed) -> Status {
      if (!printed) return printed.error();
      texts_[kind] = std::move(printed->source);
      headers_[kind] = std::move(printed->header);
      return std::nullopt;
    };
    // Kinds with a header are beside it.
    const auto header = [&](std::string_view ending) {
      if (settings_.output == "-") return std::string();
      return std::filesystem::path(destination.beside(ending)).filename().string();
    };
    Status error;
    if (wants("c")) {
      const std::span<const std::int64_t> object =
          built_ ? std::span(built_->workspace_bytes) : std::span<const std::int64_t>();
      error = keep(
          "c", c_source(module, &context, settings_.max_memory, object, header(".h"), weights_));
      if (built_) headers_.erase("c"); // the object's is the same
    }
    if (!error && wants("cuda"))
      error = keep(
          "cuda", cuda_source(module, &context, settings_.max_memory, header(".cuda.h"), weights_));
    milliseconds_ += dumper_.add_time("emit", start);
    return error;
  }

  Status read_weights() {
    auto weights = load_weights();
    if (!weights) return weights.error();
    weights_ = std::move(*weights);
    return std::nullopt;
  }

  /// Values of params and state: of --params, with --embed else the initial ones.
  Result<std::vector<NamedTensor>> load_weights() const {
    std::vector<NamedTensor> weights;
    if (settings_.params.empty() && !settings_.embed) return weights;
    for (const auto& [name, leaf] : leaves_) {
      const auto& [role, type] = leaf;
      if (role != Role::param && role != Role::state) continue;
      auto value =
          functions_->source.leaf_value(name, type, static_cast<std::uint32_t>(settings_.seed));
      if (!value) return value.error();
      weights.push_back({name, std::move(*value)});
    }
    if (settings_.params.empty()) return weights;
    std::vector<Slot> slots;
    for (NamedTensor& weight : weights)
      slots.push_back({weight.name, weight.tensor.type(), weight.tensor.bytes(),
                       leaves_.at(weight.name).first == Role::param});
    const auto loaded = load_checkpoint(settings_.params, slots);
    if (!loaded) return loaded.error();
    return weights;
  }

  Status write(const Destination& destination) {
    const auto start = Dumper::Clock::now();
    for (const ArtifactKind* kind : kinds_) {
      const std::string path = destination.path(*kind);
      Status error;
      if (kind->name == "obj")
        error = write_object(path, destination);
      else if (kind->name == "lib")
        error = write_library(path, destination);
      else if (const auto text = texts_.find(std::string(kind->name)); text != texts_.end())
        error = put(path, text->second);
      if (const auto header = headers_.find(std::string(kind->name));
          !error && path != "-" && header != headers_.end())
        error = put(destination.beside(kind->header), header->second);
      if (error) return error;
    }
    // An object's are among its companions, and the same.
    if (needs_source() && !(wants("obj") || wants("lib")) && settings_.output != "-")
      if (Status error = write_weights(destination, weight_bytes_)) return error;
    summarize();
    dumper_.add_time("write", start);
    return std::nullopt;
  }

  void summarize() const {
    const bool object = built_ && !files_.empty() && (wants("obj") || wants("lib"));
    if (object && kinds_.size() == 1) {
      print(summary_line(*built_, files_, settings_.cpu, milliseconds_));
      return;
    }
    print(file_lines(files_));
    if (object) print(summary_block(*built_, settings_.cpu, milliseconds_));
  }

  /// Writes a file and remembers it for the summary.
  Status put(const std::string& path, std::string_view bytes) {
    if (path == "-") return write_text(path, bytes);
    if (Status error = write_file(path, bytes)) return error;
    files_.push_back({path, std::ssize(bytes)});
    return std::nullopt;
  }

  Status write_object(const std::string& path, const Destination& destination) {
    if (!built_) return std::nullopt;
    Status error = put(path, built_->bytes());
    return error || path == "-" ? error : write_companions(destination);
  }

  Status write_library(const std::string& path, const Destination& destination) {
    if (!built_) return std::nullopt;
    const auto folder = TemporaryFolder::make();
    if (!folder) return folder.error();
    const std::string object = *folder / "model.o";
    if (Status error = aot::write_object(*built_, {.object = object})) return error;
    if (Status error = aot::link_library(object, path)) return error;
    std::error_code unknown;
    const auto bytes = std::filesystem::file_size(path, unknown);
    files_.push_back({path, unknown ? 0 : static_cast<std::int64_t>(bytes)});
    return wants("obj") ? std::nullopt : write_companions(destination);
  }

  Status write_companions(const Destination& destination) {
    if (Status error = put(destination.beside(".h"), built_->header)) return error;
    return write_weights(destination, built_->weights);
  }

  Status write_weights(const Destination& destination, const std::vector<std::byte>& bytes) {
    if (bytes.empty() || settings_.embed) return std::nullopt;
    return put(destination.beside(".weights"),
               {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  const ArtifactSettings& settings_;
  Dumper dumper_;
  Sources sources_;
  std::vector<const ArtifactKind*> kinds_;
  std::optional<Functions> functions_;
  std::map<std::string, std::pair<Role, Type>> leaves_;
  std::vector<KernelProgram> programs_;
  std::vector<NamedTensor> weights_;    ///< that are written, or embedded
  std::vector<std::byte> weight_bytes_; ///< of sources, at their offsets
  std::optional<aot::Object> built_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, std::string> headers_; ///< of sources
  std::vector<WrittenFile> files_;
  double milliseconds_ = 0;
};

} // namespace

Command compile_command(MakeOps ops) {
  auto s = std::make_shared<ArtifactSettings>();
  s->functions.ops = ops;
  std::vector<Option> options = function_options(s->functions);
  const std::vector<Option> own = {
      {"-o,--output", "FILE|DIR", "- is standard output; a folder for several kinds", &s->output},
      {"--emit", "KIND,...", "obj lib ir grad opt kernels llvm asm c cuda dot json (obj)",
       &s->emit},
      {"--params", "FILE", "weights (safetensors); written to NAME.weights", &s->params},
      {"--embed", "", "weights inside the object or source instead", &s->embed},
      seed_option(s->seed, "of initial values that are embedded (0)"),
      {"--cpu", "NAME", "host, x86-64-v3, or a name that LLVM knows", &s->cpu},
      {"--denormals", "keep", "compute with denormal numbers", &s->denormals, false, {"keep"}},
      memory_option(s->max_memory)};
  options.insert(options.end(), own.begin(), own.end());
  std::ranges::move(dump_options(s->dumps), std::back_inserter(options));
  return {.name = "compile",
          .summary = "write an object file with a C header",
          .examples = {"nnc compile model.json                  # model.o and model.h beside it",
                       "nnc compile model.json --params w.safetensors --embed -o build/"},
          .options = std::move(options),
          .run = [s] { return Compile(*s).run(); }};
}

} // namespace nnc::cli
