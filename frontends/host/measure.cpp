#include "frontends/host/measure.h"

#include "ir/kernel/work.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace nnc {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// The smallest sample that at least `share` of them do not exceed.
double quantile(const std::vector<double>& sorted, double share) {
  const auto count = static_cast<double>(sorted.size());
  const auto rank = static_cast<std::size_t>(std::ceil(share * count));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

void add_work(const KernelProgram& program, Measurement& result) {
  result.kernels = static_cast<std::int64_t>(program.kernels.size());
  const KernelWork work = work_of(program);
  result.flop = work.flop;
  result.bytes = work.bytes;
}

} // namespace

Result<Measurement> measure(Function& function, std::span<const Tensor> inputs,
                            const MeasureOptions& options, const std::function<bool()>& stop) {
  auto outputs = function.make_outputs();
  if (!outputs) return outputs.error();
  const std::vector<In> given(inputs.begin(), inputs.end());
  const std::vector<Out> results(outputs->begin(), outputs->end());
  for (const auto begin = Clock::now(); seconds_since(begin) < options.warm_up && !stop();)
    if (Status error = function.call(given, results)) return *error;
  std::vector<double> samples;
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(options.iterations, 1));
  for (const auto begin = Clock::now();
       (seconds_since(begin) < options.seconds || samples.size() < wanted) &&
       !(stop() && !samples.empty());) {
    const auto call = Clock::now();
    if (Status error = function.call(given, results)) return *error;
    samples.push_back(seconds_since(call) * 1e6);
  }
  std::ranges::sort(samples);
  Measurement result{.iterations = static_cast<std::int64_t>(samples.size()),
                     .minimum = samples.front(),
                     .median = quantile(samples, 0.5),
                     .p90 = quantile(samples, 0.9),
                     .p99 = quantile(samples, 0.99)};
  if (const KernelProgram* program = function.executor().program()) add_work(*program, result);
  result.memory = function.executor().workspace_bytes();
  for (const Leaf& leaf : function.signature().leaves) result.memory += leaf.type.bytes();
  for (const auto& [name, type] : function.signature().outputs) result.memory += type.bytes();
  return result;
}

} // namespace nnc
