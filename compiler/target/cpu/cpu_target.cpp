#include "compiler/target/cpu/cpu_target.h"

#include "compiler/plan.h"
#include "compiler/target/cpu/companion.h"
#include "compiler/target/cpu/function_emitter.h"
#include "compiler/target/cpu/inline_calls.h"
#include "compiler/target/cpu/machine.h"
#include "ir/kernel/kernel_key.h"

#include <llvm/Support/ErrorHandling.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include <deque>
#include <exception>
#include <thread>

namespace nnc {
namespace {

using namespace cpu;

constexpr std::size_t kernels_for_a_thread = 8; ///< fewer are not worth a module of their own

/// One kernel to compile, on behalf of all like it.
struct Job {
  const Kernel* kernel;
  const KernelProgram* program;
  std::vector<KernelOperand> operands;
  KernelCode code;
};

/// A module with the context that must outlive it.
struct Unit {
  explicit Unit(const Machine& machine)
      : context(std::make_unique<llvm::LLVMContext>()),
        module(std::make_unique<llvm::Module>("nnc", *context)) {
    machine.prepare(*module);
  }
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
};

class Compilation {
public:
  Compilation(std::span<const CpuFunction> functions, const CpuOptions& options)
      : functions_(functions), options_(options) {}

  Result<ObjectCode> run() {
    find_jobs();
    auto machine = Machine::make(options_.cpu);
    if (!machine) return machine.error();
    const std::size_t threads = thread_count();
    if (threads > 1) run_threads(threads);
    if (Status error = emit_main(*machine, threads <= 1)) return *error;
    return std::move(result_);
  }

private:
  void find_jobs() {
    std::unordered_map<std::string, std::size_t> known;
    for (const CpuFunction& function : functions_) {
      for (const Kernel& kernel : function.program->kernels) {
        KernelKey key = kernel_key(kernel, function.program->buffers);
        key.text += function.program->flush_denormals ? 'f' : 'k';
        const auto [found, fresh] = known.emplace(std::move(key.text), jobs_.size());
        if (fresh)
          jobs_.push_back({&kernel,
                           function.program,
                           key.operands,
                           {"nnc_kernel_" + std::to_string(jobs_.size()), 0}});
        calls_.push_back({&jobs_[found->second].code, std::move(key.operands)});
      }
    }
  }

  std::size_t thread_count() const {
    if (options_.llvm_text || options_.assembly_text || options_.companion) return 1;
    const auto wanted = static_cast<std::size_t>(std::max(options_.compile_threads, 1));
    return std::min(wanted, jobs_.size() / kernels_for_a_thread);
  }

  static void emit_job(llvm::Module& module, const Machine& machine, Job& job, bool shared) {
    const EmittedKernel emitted =
        emit_kernel(module, *job.kernel, job.program->buffers, job.operands, job.code.symbol,
                    machine.shape(), job.program->flush_denormals);
    job.code.scratch_bytes = emitted.scratch_bytes;
    if (!shared) return;
    emitted.function->setLinkage(llvm::GlobalValue::ExternalLinkage);
    emitted.function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  }

  /// Each thread compiles every threads-th kernel into an object of its own.
  void run_threads(std::size_t threads) {
    std::vector<std::vector<char>> objects(threads);
    std::vector<std::exception_ptr> failures(threads);
    const auto work = [&](std::size_t t) {
      try {
        const auto machine = Machine::make(options_.cpu);
        Unit unit(*machine);
        for (std::size_t j = t; j < jobs_.size(); j += threads)
          emit_job(*unit.module, *machine, jobs_[j], true);
        machine->optimize(*unit.module, flush_denormals());
        objects[t] = machine->object(*unit.module);
      } catch (...) {
        failures[t] = std::current_exception();
      }
    };
    std::vector<std::thread> pool;
    for (std::size_t t = 1; t < threads; ++t) pool.emplace_back(work, t);
    work(0);
    for (std::thread& thread : pool) thread.join();
    for (const std::exception_ptr& failure : failures)
      if (failure) std::rethrow_exception(failure);
    result_.objects = std::move(objects);
  }

  Status emit_main(const Machine& machine, bool with_kernels) {
    Unit unit(machine);
    if (with_kernels)
      for (Job& job : jobs_) emit_job(*unit.module, machine, job, false);
    std::size_t next = 0;
    for (const CpuFunction& function : functions_) {
      const std::size_t count = function.program->kernels.size();
      const auto calls = std::span<const KernelCall>(calls_).subspan(next, count);
      next += count;
      result_.functions.push_back(
          emit_function(*unit.module, *function.program, calls, function.symbol));
      if (Status error = check_memory(*function.program, calls)) return error;
    }
    erase_unused_functions(*unit.module);
    for (llvm::Function& declared : *unit.module)
      if (declared.isDeclaration() && !declared.isIntrinsic())
        declared.setVisibility(llvm::GlobalValue::HiddenVisibility);
    if (options_.companion) {
      std::vector<std::string> inner;
      for (const CompiledFunction& function : result_.functions) inner.push_back(function.symbol);
      link_companion(*unit.module, machine, options_.companion(result_.functions), inner);
    }
    machine.optimize(*unit.module, flush_denormals());
    if (options_.llvm_text) {
      llvm::raw_string_ostream stream(result_.llvm_text);
      unit.module->print(stream, nullptr);
    }
    if (options_.assembly_text) { // code generation changes the module
      const std::unique_ptr<llvm::Module> copy = llvm::CloneModule(*unit.module);
      result_.assembly_text = machine.assembly(*copy);
    }
    result_.objects.push_back(machine.object(*unit.module));
    return std::nullopt;
  }

  /// `plan` has looked at the buffers; what kernels need besides is known only here.
  Status check_memory(const KernelProgram& program, std::span<const KernelCall> calls) const {
    return nnc::check_memory(
        program, options_.max_memory,
        largest_scratch(program, [&](std::size_t k) { return calls[k].code->scratch_bytes; }));
  }

  bool flush_denormals() const {
    for (const CpuFunction& function : functions_)
      if (!function.program->flush_denormals) return false;
    return true;
  }

  std::span<const CpuFunction> functions_;
  const CpuOptions& options_;
  std::deque<Job> jobs_;
  std::vector<KernelCall> calls_; ///< by kernel, over all functions in order
  ObjectCode result_;
};

} // namespace

Result<ObjectCode> compile_object(std::span<const CpuFunction> functions,
                                  const CpuOptions& options) {
  return Compilation(functions, options).run();
}

ScratchOf scratch_on(const std::string& cpu) {
  return [cpu, shape = std::optional<MachineShape>()](const KernelProgram& program) mutable {
    if (!shape) {
      const auto machine = Machine::make(cpu);
      if (!machine) return Scratch{}; // code for it is refused later
      shape = machine->shape();
    }
    return largest_scratch(program, [&](std::size_t k) {
      const KernelKey key = kernel_key(program.kernels[k], program.buffers);
      return scratch_bytes(program.kernels[k], program.buffers, key.operands, *shape);
    });
  };
}

Result<std::vector<std::string>> cpu_features(const std::string& cpu,
                                              std::span<const std::string> asked) {
  const auto machine = Machine::make(cpu);
  if (!machine) return machine.error();
  std::vector<std::string> found;
  for (const std::string& feature : asked)
    if (machine->has_feature(feature)) found.push_back(feature);
  return found;
}

void on_fatal_error(void (*handler)(const char* reason)) {
  const auto call = [](void* data, const char* reason, bool) {
    reinterpret_cast<void (*)(const char*)>(data)(reason);
  };
  llvm::install_fatal_error_handler(call, reinterpret_cast<void*>(handler));
}

} // namespace nnc
