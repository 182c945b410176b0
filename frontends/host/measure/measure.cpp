#include "frontends/host/measure/measure.h"

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

/// Seconds that a sample should take at least, so that reading the clock is little of it.
constexpr double least_sample = 4e-6;

/// Calls that do not count, and how many of them a sample needs.
Result<std::int64_t> warm_up(Function& function, std::span<const In> inputs,
                             std::span<const Out> outputs, double seconds,
                             const std::function<bool()>& stop) {
  std::int64_t calls = 0;
  const auto begin = Clock::now();
  for (; seconds_since(begin) < seconds && !stop(); ++calls)
    if (Status error = function.call(inputs, outputs)) return *error;
  if (calls == 0) return 1;
  const double call = seconds_since(begin) / static_cast<double>(calls);
  return std::max<std::int64_t>(static_cast<std::int64_t>(std::ceil(least_sample / call)), 1);
}

/// Microseconds of one call, the mean of `calls` of them.
Result<double> sample(Function& function, std::span<const In> inputs, std::span<const Out> outputs,
                      std::int64_t calls) {
  const auto begin = Clock::now();
  for (std::int64_t i = 0; i < calls; ++i)
    if (Status error = function.call(inputs, outputs)) return *error;
  return seconds_since(begin) * 1e6 / static_cast<double>(calls);
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
  const auto calls = warm_up(function, given, results, options.warm_up, stop);
  if (!calls) return calls.error();
  std::vector<double> samples;
  const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(options.iterations, 1));
  for (const auto begin = Clock::now();
       (seconds_since(begin) < options.seconds || samples.size() < wanted) &&
       !(stop() && !samples.empty());) {
    const auto microseconds = sample(function, given, results, *calls);
    if (!microseconds) return microseconds.error();
    samples.push_back(*microseconds);
  }
  std::ranges::sort(samples);
  Measurement result{.iterations = *calls * static_cast<std::int64_t>(samples.size()),
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
