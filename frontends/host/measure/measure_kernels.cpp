#include "frontends/host/measure/measure_kernels.h"

#include "compiler/kernel_runs.h"
#include "ir/kernel/work.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

namespace nnc {
namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double> samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::ranges::nth_element(samples, middle);
  return *middle;
}

/// Terms of the first sum; 0 when there is none.
std::int64_t terms(const Kernel& kernel) {
  for (const Stage& stage : kernel.stages) {
    const std::vector<Expr> roots = stage_roots(kernel.pool, stage);
    for (const Expr expr : topological_order(kernel.pool, roots)) {
      const ExprNode& node = kernel.pool.node(expr);
      if (node.op != ScalarOp::reduce) continue;
      std::int64_t count = 1;
      for (const Axis axis : kernel.pool.axis_list(node))
        count *= kernel.pool.indices().axis(axis).extent;
      return count;
    }
  }
  return 0;
}

/// "contraction 128x512 over 784 -> h": the sizes of what it stores last, and of its first sum.
std::string describe(const Kernel& kernel, const KernelProgram& program) {
  std::string text(form_name(kernel.form)), names;
  const std::vector<std::uint32_t> written = buffers_written(kernel);
  for (std::size_t i = 0; i < written.size(); ++i)
    names += (i ? ", " : " -> ") + program.buffers[written[i]].name;
  if (written.empty()) return text;
  const Type& type = program.buffers[written.back()].type;
  if (!type.shape.empty()) text += fmt::format(" {}", fmt::join(type.shape, "x"));
  if (const std::int64_t count = terms(kernel)) text += fmt::format(" over {}", count);
  return text + names;
}

/// "loop of 50, 3 kernels: contraction 32x512 over 128 -> z, ..."
std::string describe(const Unit& unit, const KernelProgram& program) {
  if (unit.region == Region::none) return describe(program.kernels[unit.first], program);
  const Region& region = program.regions[unit.region];
  std::string text = region.kind == Region::Kind::branch ? "branch" : "loop";
  if (region.kind == Region::Kind::loop && region.length >= 0)
    text += fmt::format(" of {}", region.length);
  const std::uint32_t kernels = unit.last - unit.first;
  text += fmt::format(", {} kernel{}: ", kernels, kernels == 1 ? "" : "s");
  constexpr std::uint32_t shown = 3;
  for (std::uint32_t k = unit.first; k < unit.last && k < unit.first + shown; ++k)
    text += (k > unit.first ? "; " : "") + describe(program.kernels[k], program);
  return text + (kernels > shown ? "; ..." : "");
}

bool any_f64(const Kernel& kernel, const KernelProgram& program) {
  return std::ranges::any_of(buffers_written(kernel), [&](std::uint32_t buffer) {
    return program.buffers[buffer].type.dtype == DType::f64;
  });
}

KernelTime expected_of(const Unit& unit, const KernelProgram& program, MachineLimit& limit) {
  const KernelWork work = work_of(program, unit);
  KernelTime time{.name = program.kernels[unit.first].name,
                  .what = describe(unit, program),
                  .flop = work.flop,
                  .bytes = work.bytes};
  if (unit.last - unit.first > 1) time.name += ".." + program.kernels[unit.last - 1].name;
  for (std::uint32_t k = unit.first; k < unit.last; ++k) {
    const Kernel& kernel = program.kernels[k];
    const KernelWork one = work_of(kernel, program.buffers);
    const double times = unit.region == Region::none ? 1 : times_run(program, k);
    time.limit += times * limit.microseconds(one.flop, one.bytes, any_f64(kernel, program));
  }
  return time;
}

/// The samples of each kernel, and in the end those of a call that does nothing.
Result<std::vector<std::vector<double>>> sample(KernelRuns& runs, std::size_t kernels,
                                                const void* const* arguments,
                                                const KernelMeasureOptions& options,
                                                const std::function<bool()>& stop) {
  std::vector<std::vector<double>> samples(kernels + 1);
  const auto begin = Clock::now();
  const auto enough = [&] {
    const std::chrono::duration<double> taken = Clock::now() - begin;
    const auto done = static_cast<std::int64_t>(samples[kernels].size());
    return (taken.count() >= options.seconds && done >= options.iterations) || (done > 0 && stop());
  };
  while (!enough()) {
    auto before = Clock::now();
    for (std::size_t k = 0; k <= kernels; ++k) {
      const int failed = k < kernels ? runs.call(k, arguments) : runs.call_nothing(arguments);
      const auto after = Clock::now();
      if (failed) return Error{.code = "E0621", .message = "an index is out of range"};
      samples[k].push_back(std::chrono::duration<double, std::micro>(after - before).count());
      before = Clock::now();
    }
  }
  return samples;
}

} // namespace

double KernelTimes::sum() const {
  return std::accumulate(kernels.begin(), kernels.end(), 0.0,
                         [](double sum, const KernelTime& one) { return sum + one.microseconds; });
}

Result<KernelTimes> measure_kernels(Session& session, const Function& function,
                                    std::span<const Tensor> inputs,
                                    const KernelMeasureOptions& options,
                                    const std::function<bool()>& stop) {
  const KernelProgram* program = function.executor().program();
  if (!program) return KernelTimes{};
  auto outputs = function.make_outputs();
  if (!outputs) return outputs.error();
  std::vector<const void*> arguments;
  std::size_t next = 0;
  for (const Leaf& leaf : function.signature().leaves)
    arguments.push_back(leaf.role == Role::input ? inputs[next++].bytes().data()
                                                 : session.find(leaf.name)->bytes().data());
  for (const Tensor& output : *outputs) arguments.push_back(output.bytes().data());
  auto runs = KernelRuns::make(*program, {.cpu = options.cpu}, options.pool);
  if (!runs) return runs.error();
  const std::vector<Unit> parts = units(*program);
  auto samples = sample(*runs, parts.size(), arguments.data(), options, stop);
  if (!samples) return samples.error();
  KernelTimes times{.kernels = {}, .entry = median(samples->back())};
  MachineLimit limit(options.pool, options.threads);
  for (std::size_t k = 0; k < parts.size(); ++k) {
    times.kernels.push_back(expected_of(parts[k], *program, limit));
    times.kernels.back().microseconds = std::max(0.0, median((*samples)[k]) - times.entry);
  }
  return times;
}

} // namespace nnc
