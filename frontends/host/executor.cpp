#include "frontends/host/executor.h"

#include "compiler/pipeline.h"
#include "compiler/plan.h"
#include "compiler/target/cpu/cpu_target.h"
#include "frontends/host/emitted_program.h"
#include "frontends/model/leaf_values.h"
#include "ir/interpret/interpreter.h"
#include "ir/interpret/memory.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace nnc {
namespace {

/// Runs the last graph, the one that others compile, by the interpreter. Only how many rows of a
/// Jacobian are made at a time is its own: by what it takes itself.
class Interpreted final : public Executor {
public:
  Interpreted(PipelineResult made, std::int64_t max_bytes)
      : graph_(std::move(made.graph)), signature_(signature_of(graph_)), max_bytes_(max_bytes) {
    times_ = std::move(made.times);
  }

  Status call(std::span<const ArgumentBytes> arguments) override {
    if (Status error = check(arguments)) return error;
    std::vector<Literal> inputs;
    for (std::size_t i = 0; i < signature_.leaves.size(); ++i)
      inputs.push_back(literal(signature_.leaves[i].type, arguments[i]));
    auto results = interpret(graph_, inputs, {.max_bytes = max_bytes_});
    if (!results) return explained(results.error());
    const auto write = [&](const Literal& value, const ArgumentBytes& to) {
      std::memcpy(const_cast<void*>(to.data), value.bytes->data(), value.bytes->size());
    };
    const std::size_t leaves = signature_.leaves.size(), outputs = signature_.outputs.size();
    for (std::size_t i = 0; i < outputs; ++i) write((*results)[i], arguments[leaves + i]);
    for (std::size_t i = 0; i < signature_.updated.size(); ++i) {
      const auto target = std::ranges::find(signature_.leaves, signature_.updated[i], &Leaf::name);
      write((*results)[outputs + i],
            arguments[static_cast<std::size_t>(target - signature_.leaves.begin())]);
    }
    return std::nullopt;
  }

private:
  static Literal literal(const Type& type, const ArgumentBytes& argument) {
    const auto* data = static_cast<const std::byte*>(argument.data);
    return {type, std::make_shared<const std::vector<std::byte>>(data, data + argument.bytes)};
  }

  Status check(std::span<const ArgumentBytes> arguments) const {
    const std::size_t leaves = signature_.leaves.size();
    bool fits = arguments.size() == leaves + signature_.outputs.size();
    for (std::size_t i = 0; fits && i < arguments.size(); ++i)
      fits =
          arguments[i].bytes ==
          (i < leaves ? signature_.leaves[i].type : signature_.outputs[i - leaves].second).bytes();
    if (fits) return std::nullopt;
    return Error{.code = "E0620",
                 .message = "arguments do not fit the signature of " + quote(graph_.name)};
  }

  /// What fits compiled need not fit here, where every value is stored, and widened.
  Error explained(Error error) const {
    if (error.code == "E0622" && error.help.empty())
      error.help = "the interpreter stores every value, at 8 bytes an element: about " +
                   size_text(bytes_of_run(graph_)) + " for " + quote(graph_.name) +
                   "; raise --max-memory, or use --backend=cpu";
    return error;
  }

  Graph graph_;
  Signature signature_;
  std::int64_t max_bytes_;
};

class Compiled final : public Executor {
public:
  Compiled(std::unique_ptr<ThreadPool> pool, Executable executable, std::vector<StepTime> times)
      : pool_(std::move(pool)), executable_(std::move(executable)) {
    times_ = std::move(times);
  }

  Status call(std::span<const ArgumentBytes> arguments) override {
    return executable_.call(arguments);
  }
  const KernelProgram* program() const override { return &executable_.program(); }
  std::int64_t workspace_bytes() const override { return executable_.workspace_bytes(); }

private:
  std::unique_ptr<ThreadPool> pool_; ///< null: another's, or the calling thread does it all
  Executable executable_;
};

class Emitted final : public Executor {
public:
  Emitted(KernelProgram kernels, EmittedProgram program, std::vector<StepTime> times)
      : kernels_(std::move(kernels)), program_(std::move(program)) {
    times_ = std::move(times);
  }

  Status call(std::span<const ArgumentBytes> arguments) override {
    return program_.call(arguments);
  }
  const KernelProgram* program() const override { return &kernels_; }

private:
  KernelProgram kernels_;
  EmittedProgram program_;
};

Result<std::unique_ptr<Executor>> interpreted(Graph graph, const ExecutorOptions& options) {
  auto made = run_pipeline(std::move(graph), {.stop_after = last_graph_step(),
                                              .max_memory = options.max_memory,
                                              .bytes_of_run = bytes_of_run,
                                              .check_rewrites = options.check_rewrites});
  if (!made) return made.error();
  return std::unique_ptr<Executor>(
      std::make_unique<Interpreted>(std::move(*made), options.max_memory));
}

Result<std::unique_ptr<Executor>> compiled(KernelProgram program, std::vector<StepTime> times,
                                           const ExecutorOptions& options,
                                           const OriginPool* origins) {
  std::unique_ptr<ThreadPool> own;
  if (!options.pool && options.threads > 1) own = std::make_unique<ThreadPool>(options.threads);
  const auto begin = std::chrono::steady_clock::now();
  const auto taken = [&] {
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    return StepTime{"emit", time.count()};
  };
  if (options.backend != "cpu") {
    auto emitted = EmittedProgram::make(options.backend, program, options.max_memory, origins);
    if (!emitted) return emitted.error();
    times.push_back(taken());
    return std::unique_ptr<Executor>(
        std::make_unique<Emitted>(std::move(program), std::move(*emitted), std::move(times)));
  }
  auto executable =
      Executable::make(std::move(program), {.cpu = options.cpu, .max_memory = options.max_memory},
                       options.pool ? options.pool : own.get(), origins);
  if (!executable) return executable.error();
  times.push_back(taken());
  return std::unique_ptr<Executor>(
      std::make_unique<Compiled>(std::move(own), std::move(*executable), std::move(times)));
}

} // namespace

std::size_t Signature::input_count() const {
  return static_cast<std::size_t>(std::ranges::count(leaves, Role::input, &Leaf::role));
}

std::optional<std::size_t> Signature::output(std::string_view name) const {
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i].first == name) return i;
  return std::nullopt;
}

Signature signature_of(const Graph& graph) {
  Signature signature;
  for (const Value leaf : graph.inputs)
    signature.leaves.push_back({graph.leaf_name(leaf), graph.role(leaf), graph.type(leaf)});
  for (const Output& output : graph.outputs)
    signature.outputs.emplace_back(output.name, graph.type(output.value));
  for (const Update& update : graph.updates) signature.updated.push_back(update.target);
  return signature;
}

Signature signature_of(const KernelProgram& program) {
  const auto role = [](BufferRole role) {
    return role == BufferRole::param   ? Role::param
           : role == BufferRole::state ? Role::state
                                       : Role::input;
  };
  Signature signature;
  for (const ProgramPort& port : program.inputs) {
    const Buffer& buffer = program.buffers[port.buffer];
    signature.leaves.push_back({port.name, role(buffer.role), buffer.type});
  }
  for (const ProgramPort& port : program.outputs)
    signature.outputs.emplace_back(port.name, program.buffers[port.buffer].type);
  for (const auto& update : program.updates) signature.updated.push_back(update.name);
  return signature;
}

Status Executor::call(std::span<Tensor> leaves, std::span<Tensor> outputs) {
  std::vector<ArgumentBytes> arguments;
  for (const auto tensors : {leaves, outputs})
    for (Tensor& tensor : tensors)
      arguments.push_back({tensor.bytes().data(), tensor.type().bytes()});
  return call(arguments);
}

Result<std::unique_ptr<Executor>> Executor::make(Graph graph, const ExecutorOptions& options) {
  if (options.backend == "interpreter") return interpreted(std::move(graph), options);
  auto made = run_pipeline(std::move(graph), {.max_memory = options.max_memory,
                                              .scratch = scratch_on(options.cpu),
                                              .check_rewrites = options.check_rewrites});
  if (!made) return made.error();
  return compiled(std::move(*made->program), std::move(made->times), options,
                  &made->graph.context().origins);
}

Result<std::unique_ptr<Executor>> Executor::make(KernelProgram program,
                                                 const ExecutorOptions& options) {
  if (options.backend == "interpreter")
    return Error{.code = "E0626",
                 .message = "kernel text does not run by the interpreter",
                 .help = "the interpreter runs models and graphs; use --backend=cpu"};
  auto planned = finish_pipeline(std::move(program), {.max_memory = options.max_memory});
  if (!planned) return planned.error();
  return compiled(std::move(*planned), {}, options, nullptr);
}

} // namespace nnc
