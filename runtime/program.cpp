#include "runtime/program.h"

#include "ir/messages.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace nnc {
namespace {

bool overlap(const ArgumentBytes& a, const ArgumentBytes& b) {
  const auto first = reinterpret_cast<std::uintptr_t>(a.data);
  const auto second = reinterpret_cast<std::uintptr_t>(b.data);
  return first < second + static_cast<std::uintptr_t>(b.bytes) &&
         second < first + static_cast<std::uintptr_t>(a.bytes);
}

} // namespace

Status check_arguments(const Program& program, std::span<const ArgumentBytes> arguments) {
  const auto& wanted = program.arguments;
  if (arguments.size() != wanted.size())
    return Error{.code = "E0620",
                 .message = quote(program.name) + " takes " + std::to_string(wanted.size()) +
                            " arguments, not " + std::to_string(arguments.size())};
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (arguments[i].bytes != wanted[i].type.bytes())
      return Error{.code = "E0620",
                   .message = quote(wanted[i].name) + " is " + to_string(wanted[i].type) + ", " +
                              std::to_string(wanted[i].type.bytes()) + " bytes, not " +
                              std::to_string(arguments[i].bytes)};
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (!arguments[i].data && arguments[i].bytes > 0)
      return Error{.code = "E0620", .message = quote(wanted[i].name) + " has no data"};
  for (std::size_t out = 0; out < wanted.size(); ++out) {
    if (!wanted[out].written) continue;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (i != out && overlap(arguments[i], arguments[out]))
        return Error{.code = "E0623",
                     .message = quote(wanted[out].name) + ", which is written, overlaps " +
                                quote(wanted[i].name),
                     .help = "give everything that is written memory of its own"};
  }
  return std::nullopt;
}

void ProgramRunner::FreeWorkspace::operator()(void* memory) const { std::free(memory); }

Result<ProgramRunner> ProgramRunner::make(Program program, ThreadPool* pool) {
  // aligned_alloc wants a multiple of the alignment, and something to give back.
  const std::int64_t bytes = padded_bytes(std::max<std::int64_t>(program.workspace_bytes, 1));
  ProgramRunner runner(std::move(program), pool);
  runner.checked_.resize(runner.program_.arguments.size());
  runner.pointers_.resize(runner.program_.arguments.size());
  runner.program_.workspace_bytes = bytes;
  runner.workspace_.reset(std::aligned_alloc(static_cast<std::size_t>(buffer_alignment),
                                             static_cast<std::size_t>(bytes)));
  if (!runner.workspace_)
    return Error{.code = "E0602",
                 .message = "no memory for a workspace of " + std::to_string(bytes) + " bytes"};
  return runner;
}

Status ProgramRunner::call(std::span<const ArgumentBytes> arguments) {
  if (!ready_ || !std::ranges::equal(arguments, checked_)) {
    if (auto error = check_arguments(program_, arguments)) return error;
    std::ranges::copy(arguments, checked_.begin());
    std::ranges::transform(arguments, pointers_.begin(), &ArgumentBytes::data);
    ready_ = true;
  }
  for (std::size_t step = 0; step < program_.steps.size(); ++step)
    if (const int code = run_step(step, pointers_.data()); code != 0) {
      // Nothing has written to the indices since.
      const IndexLimit& limit = program_.steps[step].limits.at(static_cast<std::size_t>(code - 1));
      return out_of_range(limit, indices_of(limit, pointers_.data(), workspace_.get()));
    }
  return std::nullopt;
}

int ProgramRunner::call_unchecked(const void* const* arguments) {
  for (std::size_t step = 0; step < program_.steps.size(); ++step)
    if (const int code = run_step(step, arguments); code != 0) return code;
  return 0;
}

} // namespace nnc
