#include "compiler/pipeline.h"

#include "compiler/bodies.h"
#include "compiler/differentiate.h"
#include "compiler/fold.h"
#include "compiler/fuse.h"
#include "compiler/inline.h"
#include "compiler/loops.h"
#include "compiler/lower.h"
#include "compiler/plan.h"
#include "compiler/rewrite/refine.h"
#include "compiler/rewrite/rewrite.h"
#include "compiler/schedule.h"
#include "compiler/seeds/choice.h"
#include "compiler/seeds/limits.h"
#include "compiler/separate.h"
#include "compiler/unchanged.h"
#include "ir/interpret/memory.h"
#include "ir/kernel/old_values.h"
#include "ir/kernel/verify.h"
#include "ir/unmade.h"
#include "ir/verify.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace nnc {
namespace {

/// The first `stabilize`, where cuts are still there.
Graph separate_and_stabilize(const Graph& from, Context& context, const RewriteOptions& options) {
  const auto separated = separate_derivatives(from, context);
  return stabilize(separated ? *separated : from, context, options);
}
Graph separate_and_stabilize(const Graph& from, Context& context) {
  return separate_and_stabilize(from, context, {});
}

bool no_bodies(const Graph& graph) { return !has_control(graph); }
bool nothing_to_fold(const Graph& graph) { return no_bodies(graph) && !has_foldable(graph); }
bool nothing_to_refine(const Graph& graph) { return no_bodies(graph) && !has_refinable(graph); }

/// A step on kernels that no limit of memory stops.
template <KernelProgram (*step)(KernelProgram)>
Result<KernelProgram> at_any_size(KernelProgram program, std::int64_t, const OriginPool*) {
  return step(std::move(program));
}

constexpr std::array steps = {
    Step{.name = "inline", .graph = inline_calls, .whole = true},
    Step{.name = "stabilize", .graph = separate_and_stabilize, .rewrite = separate_and_stabilize},
    Step{.name = "simplify", .graph = simplify, .rewrite = simplify},
    Step{.name = "differentiate", .graph = differentiate, .whole = true},
    Step{.name = "simplify.2", .graph = simplify, .rewrite = simplify},
    Step{.name = "loops", .graph = tidy_loops, .idle = no_bodies},
    Step{.name = "stabilize.2", .graph = stabilize, .rewrite = stabilize},
    Step{.name = "fold", .graph = fold, .idle = nothing_to_fold},
    Step{.name = "simplify.3", .graph = simplify, .rewrite = simplify},
    Step{.name = "refine", .graph = refine, .rewrite = refine, .idle = nothing_to_refine},
    Step{.name = "fuse", .to_kernels = fuse},
    Step{.name = "schedule", .kernels = at_any_size<schedule>},
    Step{.name = "lower", .kernels = at_any_size<lower>},
    Step{.name = "plan", .kernels = plan},
};

class Clock {
public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double, std::milli> taken = now - last_;
    last_ = now;
    return taken.count();
  }

private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

Status run_step(const Step& step, PipelineResult& state, const PipelineOptions& options) {
  if (step.graph) {
    return run_graph_step(step, state.graph, options);
  } else if (step.to_kernels) {
    state.program = step.to_kernels(state.graph, state.graph.context());
  } else {
    auto next =
        step.kernels(std::move(*state.program), options.max_memory, &state.graph.context().origins);
    if (!next) return next.error();
    state.program = std::move(*next);
  }
  return std::nullopt;
}

[[noreturn]] void broken(std::string_view step, std::string_view name, const std::string& text) {
  throw InternalError("after step '" + std::string(step) + "' @" + std::string(name) +
                      " is not well formed:\n" + text);
}

/// Verifies what each step makes, and takes the time.
class Check {
public:
  explicit Check(bool wanted) : wanted_(wanted) {}

  void before(const PipelineResult& state) {
    old_values_.reset();
    if (!wanted_ || !state.program) return;
    Clock clock;
    old_values_.emplace(*state.program);
    milliseconds += clock.lap();
  }

  void after(std::string_view step, const PipelineResult& state) {
    if (!wanted_) return;
    Clock clock;
    if (state.program)
      verify_after(step, *state.program);
    else
      verify_after(step, state.graph);
    if (old_values_)
      if (const auto faults = old_values_->check(*state.program); !faults.empty())
        broken(step, state.program->name, fault_text(*state.program, faults));
    milliseconds += clock.lap();
  }

  double milliseconds = 0;

private:
  bool wanted_;
  std::optional<OldValues> old_values_;
};

} // namespace

std::span<const Step> pipeline_steps() { return steps; }

std::string last_graph_step() {
  const auto last = std::ranges::find_if_not(steps, [](const Step& step) { return step.graph; });
  return std::string(std::prev(last)->name);
}

namespace {

Graph run_on_one(const Step& step, const Graph& graph, const PipelineOptions& options) {
  Context& context = graph.context();
  RewriteCheck* check = options.check_rewrites;
  if (!check || !step.rewrite) return step.graph(graph, context);
  const auto is = [&](std::string_view name) {
    return std::ranges::find(steps, name, &Step::name);
  };
  const bool gradients = is(step.name) < is("differentiate");
  return step.rewrite(
      graph, context,
      {.on_fired = [&](const Rewrite& rewrite, const Graph& at, Value before, Value after) {
        check->compare(rewrite.name, at, before, after, gradients);
      }});
}

const Step* differentiating() { return std::ranges::find(steps, &differentiate, &Step::graph); }

/// The steps of one function, one after the other.
class Run {
public:
  Run(Graph graph, const PipelineOptions& options)
      : state_{.graph = std::move(graph)}, options_(options), check_(options.verify) {}

  void check(std::string_view step) { check_.after(step, state_); }

  /// Steps first..last-1, or up to the one to stop after.
  Status steps_between(const Step* first, const Step* last) {
    for (const Step* step = first; step != last && !stopped_; ++step) {
      check_.before(state_);
      Clock clock;
      if (Status error = run_step(*step, state_, options_)) return error;
      state_.times.push_back({std::string(step->name), clock.lap()});
      check_.after(step->name, state_);
      if (options_.after_step)
        options_.after_step(step->name, state_.program ? nullptr : &state_.graph,
                            state_.program ? &*state_.program : nullptr);
      stopped_ = step->name == options_.stop_after;
    }
    return std::nullopt;
  }

  /// Does the rest of the steps come to a plan that a number of seeds has to be chosen for?
  bool has_seeds_to_choose() const {
    const auto stop = std::ranges::find(steps, options_.stop_after, &Step::name);
    const bool last = stop >= steps.end() - 1 ||
                      (options_.bytes_of_run && options_.stop_after == last_graph_step());
    return !stopped_ && last && most_seeds(state_.graph) > 1;
  }

  /// The rest of the steps, with the number of seeds that serves best.
  Status steps_with_chosen_seeds() {
    Clock clock;
    SeedTry chosen = choose_seeds(std::move(state_.graph), options_.max_memory,
                                  [&](Graph asked) { return try_seeds(std::move(asked)); });
    if (chosen.made && chosen.made->program)
      if (Status error = check_memory(*chosen.made->program, options_.max_memory,
                                      scratch_of(*chosen.made->program),
                                      &chosen.made->graph.context().origins))
        return error;
    double in_vain = clock.lap();
    if (!chosen.made || options_.after_step || options_.check_rewrites) { // to be looked at
      state_.graph = std::move(chosen.asked);
      if (Status error = steps_between(differentiating(), steps.end())) return error;
    } else {
      state_.graph = std::move(chosen.made->graph);
      state_.program = std::move(chosen.made->program);
      for (StepTime& time : chosen.made->times) {
        in_vain -= time.milliseconds;
        state_.times.push_back(std::move(time));
      }
    }
    state_.times.push_back({"tries", in_vain});
    return std::nullopt;
  }

  PipelineResult take() {
    if (options_.verify) state_.times.push_back({"verify", check_.milliseconds});
    return std::move(state_);
  }

private:
  Scratch scratch_of(const KernelProgram& program) const {
    return options_.scratch ? options_.scratch(program) : Scratch{};
  }

  SeedTry try_seeds(Graph asked) const {
    SeedTry result{.asked = std::move(asked), .made = {}};
    const PipelineOptions silent{.stop_after = options_.bytes_of_run ? options_.stop_after : "",
                                 .verify = options_.verify,
                                 .max_memory = max_bytes};
    Run run(copy_live(result.asked), silent);
    if (run.steps_between(differentiating(), steps.end())) return result;
    if (options_.bytes_of_run) {
      result.call = options_.bytes_of_run(run.state_.graph);
      result.workspace = result.call - bytes_of_leaves(run.state_.graph);
    } else {
      const KernelProgram& program = *run.state_.program;
      const std::int64_t scratch = scratch_of(program).bytes;
      result.workspace = program.arena_bytes + scratch;
      result.call = peak_bytes(program) + scratch;
    }
    result.made = std::move(run.state_);
    return result;
  }

  PipelineResult state_;
  const PipelineOptions& options_;
  Check check_;
  bool stopped_ = false;
};

} // namespace

Status run_graph_step(const Step& step, Graph& graph, const PipelineOptions& options) {
  if (step.idle && step.idle(graph)) return std::nullopt;
  const auto on_one = [&](const Graph& one) { return run_on_one(step, one, options); };
  try {
    graph = step.whole ? step.graph(graph, graph.context()) : change_all(graph, on_one);
  } catch (const UnmadeNode& failure) {
    return failure.error();
  }
  return std::nullopt;
}

void verify_after(std::string_view step, const Graph& graph) {
  const auto faults = verify(graph);
  if (!faults.empty()) broken(step, graph.name, fault_text(graph, faults));
}

void verify_after(std::string_view step, const KernelProgram& program) {
  const auto faults = verify(program, {.planned = step == steps.back().name});
  if (!faults.empty()) broken(step, program.name, fault_text(program, faults));
}

Result<PipelineResult> run_pipeline(Graph graph, const PipelineOptions& options) {
  Run run(std::move(graph), options);
  run.check("load");
  if (Status error = run.steps_between(steps.begin(), differentiating())) return *error;
  if (Status error = run.has_seeds_to_choose() ? run.steps_with_chosen_seeds()
                                               : run.steps_between(differentiating(), steps.end()))
    return *error;
  return run.take();
}

Result<KernelProgram> finish_pipeline(KernelProgram program, const PipelineOptions& options) {
  // A text may be of any step from `fuse` on; only lowered programs update all in place.
  const bool lowered = std::ranges::all_of(
      program.updates, [](const auto& update) { return update.copy_from == update.target; });
  for (const Step& step : steps) {
    if (!step.kernels || (lowered && step.name == "lower")) continue;
    auto next = step.kernels(std::move(program), options.max_memory, nullptr);
    if (!next) return next.error();
    program = std::move(*next);
  }
  if (options.verify) verify_after(steps.back().name, program);
  return program;
}

} // namespace nnc
