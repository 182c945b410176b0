#include "frontends/cli/kernel_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace nnc::cli {
namespace {

constexpr std::size_t shown_kernels = 24;

// Both measurements are disturbed by whatever else runs; a copy also writes as much as it reads.
constexpr const char* beaten =
    "over 100 %: other work slowed the measurement of the limit, or the kernel reads much\n"
    "more than it writes, which is faster than a copy; measure on an idle machine\n";

} // namespace

double percent_of_limit(const KernelTime& kernel) {
  return kernel.microseconds > 0 ? 100 * kernel.limit / kernel.microseconds : 100;
}

std::string kernel_table(const KernelTimes& times, double call) {
  std::vector<double> sorted;
  std::size_t width = 8;
  for (const KernelTime& one : times.kernels) sorted.push_back(one.microseconds);
  std::ranges::sort(sorted, std::greater<>{});
  const double least = sorted.size() > shown_kernels ? sorted[shown_kernels] : -1;
  for (const KernelTime& one : times.kernels)
    if (one.microseconds > least) width = std::max(width, one.name.size());
  std::string text =
      fmt::format("\n{:{}}    time us    GF/s  % of limit    GB/s  what\n", "kernel", width);
  double rest = 0;
  bool over = false;
  for (const KernelTime& one : times.kernels) {
    if (one.microseconds <= least) {
      rest += one.microseconds;
      continue;
    }
    const double ns = one.microseconds * 1e3, percent = percent_of_limit(one);
    if (one.microseconds < times.entry / 2) { // no rate: it would be one of the clock's
      text += fmt::format("{:{}} {:>10} {:>7} {:>9}   {:>7}  {}   (less than a call)\n", one.name,
                          width, "-", "-", "-", "-", one.what);
      continue;
    }
    over = over || percent >= 100.5; // shown as 101 %
    text += fmt::format("{:{}} {:10.2f} {:7.1f} {:9.0f} % {:7.1f}  {}{}\n", one.name, width,
                        one.microseconds, one.flop / ns, percent, one.bytes / ns, one.what,
                        one.microseconds < times.entry ? "   (call overhead bound)" : "");
  }
  if (rest > 0) text += fmt::format("{:{}} {:10.2f}\n", "others", width, rest);
  text += fmt::format("{:{}} {:10.2f}   {:.0f} % of the median call; entering the code "
                      "takes {:.2f} more\n",
                      "sum", width, times.sum(), 100 * times.sum() / call, times.entry);
  return text + (over ? beaten : "");
}

} // namespace nnc::cli
