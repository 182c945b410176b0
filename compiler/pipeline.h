// The one list of steps from a function's graph to a program, read from top to bottom. A step's
// name is what the command stops after, what a dump is titled with and what a timing row says.
#pragma once

#include "compiler/plan.h"
#include "compiler/rewrite/check.h"
#include "compiler/rewrite/rewrite.h"
#include "ir/kernel/kernel.h"

#include <functional>

namespace nnc {

/// A step works on graphs (`graph`), turns the graph into kernels (`to_kernels`) or works on
/// kernels (`kernels`, of which `plan` needs the memory limit and, for its complaints, origins):
/// exactly one of the three is set.
struct Step {
  std::string_view name;
  Graph (*graph)(const Graph& from, Context& context) = nullptr;
  /// Of a step that is made of rewrites besides: the same, with a look at each.
  Graph (*rewrite)(const Graph& from, Context& context, const RewriteOptions& options) = nullptr;
  KernelProgram (*to_kernels)(const Graph& from, Context& context) = nullptr;
  Result<KernelProgram> (*kernels)(KernelProgram program, std::int64_t max_memory,
                                   const OriginPool* origins) = nullptr;
  /// Of a step on graphs: whether it leaves this one as it is.
  bool (*idle)(const Graph& graph) = nullptr;
  bool whole = false; ///< `graph` goes into the bodies of loops and branches by itself
};

/// Every step but `emit`, which belongs to the target.
std::span<const Step> pipeline_steps();
/// The name of the last step on graphs: what it leaves is compiled, or run by the interpreter.
std::string last_graph_step();

struct StepTime {
  std::string name;
  double milliseconds = 0;
};

struct PipelineOptions {
  std::string stop_after = {}; ///< name of a step; empty = all
  bool verify = true;          ///< before the first step and after every step
  std::int64_t max_memory = default_max_memory;
  ScratchOf scratch = {}; ///< of the target, for the choice of seeds; without it there is none
  /// What running the last graph takes, where it is run instead of compiled: seeds are chosen by
  /// that, and no step on kernels is needed.
  std::int64_t (*bytes_of_run)(const Graph& graph) = nullptr;
  RewriteCheck* check_rewrites = nullptr; ///< debug mode: compares both sides of every rewrite
  /// Called after each step with what it made (one of the two is null).
  std::function<void(std::string_view step, const Graph* graph, const KernelProgram* program)>
      after_step = {};
};

/// What a run of the pipeline leaves: the last graph, and the program if it came that far.
struct PipelineResult {
  Graph graph;
  std::optional<KernelProgram> program = {};
  std::vector<StepTime> times = {};
};

/// One step on graphs, with the checks that `options` ask for. E0202 where a derivative or a batch
/// needs a tensor that is too large, E0402 where a derivative goes through a loop without a bound.
Status run_graph_step(const Step& step, Graph& graph, const PipelineOptions& options);

/// Throws an InternalError with the lines at fault when what `step` made breaks a rule of
/// ir/verify.h or ir/kernel/verify.h.
void verify_after(std::string_view step, const Graph& graph);
void verify_after(std::string_view step, const KernelProgram& program);

/// How many rows of a Jacobian, or directions of a Laplacian, are computed at a time is found by
/// tries of the steps from `differentiate` to `plan` (compiler/seeds/choice.h); `after_step` sees
/// only what came of the last. Runs that stop before `plan` know of no limit and take all at once,
/// but for those that say what the last graph takes.
/// The times end with that of the tries that were in vain, if there were any, and of all
/// verification.
Result<PipelineResult> run_pipeline(Graph graph, const PipelineOptions& options);
/// For kernel text as input, of whichever step: the steps that it still needs.
Result<KernelProgram> finish_pipeline(KernelProgram program, const PipelineOptions& options);

} // namespace nnc
