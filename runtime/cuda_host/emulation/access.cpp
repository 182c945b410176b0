#include "access.h"

#include "execution.h"
#include "memory.h"

namespace nnc::cuda_host {

namespace {

using Access = Shadow::Access;

/// One access of the thread that runs.
struct Seen {
  std::uintptr_t address;
  std::size_t bytes;
  Access access;
  std::uintptr_t code;
};

const char* verb(Access access) {
  return access == Access::read     ? "reads"
         : access == Access::atomic ? "atomically updates"
                                    : "writes";
}

/// An address as a buffer, or shared array, and an offset.
std::string location(const Execution& execution, std::uintptr_t address) {
  if (execution.shared().holds(address)) {
    const std::uintptr_t offset = address - execution.shared().begin;
    const Symbols::Array* array = Symbols::of_library().shared_array(offset);
    return array ? text(array->name, '+', offset - array->begin) : text("shared memory+", offset);
  }
  const Allocation* allocation = device_memory().nearest(address);
  if (!device_memory().in_range(address) || !allocation) return hexadecimal(address);
  return text(allocation->name, '+', address - allocation->begin);
}

std::string accesses(const Execution& execution, const Seen& seen) {
  return text(verb(seen.access), ' ', seen.bytes, seen.bytes == 1 ? " byte at " : " bytes at ",
              location(execution, seen.address));
}

/// Where in the code: the call of the hook, which returns to `code`, or a line that was given
/// instead. With -g, addr2line makes a line of the former.
std::string code_text(const Seen& seen) {
  const Symbols& symbols = Symbols::of_library();
  return symbols.in_library(seen.code) ? text(" [", symbols.place(seen.code - 1), ']')
                                       : text(" [line ", seen.code, ']');
}

/// Why no thread may access this, or empty.
std::string out_of_bounds(const Execution& execution, const Seen& seen) {
  if (execution.shared().holds(seen.address))
    return execution.in_shared(seen.address, seen.bytes) ? "" : "outside of the block's memory";
  if (device_memory().in_range(seen.address)) {
    const Allocation* allocation = device_memory().nearest(seen.address);
    if (!allocation) return "before every buffer";
    if (allocation->freed) return "which is freed";
    if (seen.address - allocation->begin + seen.bytes <= allocation->size) return "";
    return text("past its ", allocation->size, " bytes");
  }
  if (execution.on_other_stack(seen.address)) return "in the registers of another thread";
  return "which is no device memory";
}

bool in_bounds(const Execution& execution, const Seen& seen) {
  if (execution.shared().holds(seen.address)) return execution.in_shared(seen.address, seen.bytes);
  const Allocation* allocation = device_memory().nearest(seen.address);
  return allocation && !allocation->freed && device_memory().in_range(seen.address) &&
         seen.address - allocation->begin + seen.bytes <= allocation->size;
}

void locate(Execution& execution, const Seen& seen) {
  if (!in_bounds(execution, seen)) {
    execution.report(
        Fault::out_of_bounds, seen.code,
        text(accesses(execution, seen), ", ", out_of_bounds(execution, seen), code_text(seen)));
    execution.abandon(cudaErrorIllegalAddress);
  }
  if (seen.address % seen.bytes != 0) {
    execution.report(Fault::misaligned, seen.code,
                     text(accesses(execution, seen), ", no multiple of its size", code_text(seen)));
    execution.abandon(cudaErrorMisalignedAddress);
  }
  if (seen.access == Access::atomic) return;
  execution.traffic().add({seen.code, seen.address, execution.lane(),
                           static_cast<std::uint8_t>(seen.bytes),
                           execution.shared().holds(seen.address), seen.access != Access::read});
}

std::string conflict_text(const Execution& execution, const Conflict& conflict) {
  if (conflict.kind == Conflict::Kind::unwritten) return ", which nobody has written";
  if (conflict.kind == Conflict::Kind::on_its_way)
    return ", which an asynchronous copy brings that nobody has waited for";
  const char* did = conflict.kind == Conflict::Kind::write ? " wrote" : " read";
  const Moment now = execution.moment();
  if (conflict.interval < now.block)
    return text(", which ",
                conflict.interval == 0 ? "another block" : execution.block_of(conflict.interval),
                did, " in the same launch");
  return text(", which ",
              conflict.thread < 0 ? "another thread"
                                  : execution.thread_text(static_cast<unsigned>(conflict.thread)),
              did, " with no barrier between");
}

void order(Execution& execution, const Seen& seen) {
  Moment now = execution.moment();
  const bool shared = execution.shared().holds(seen.address);
  if (shared) now.launch = now.block; // no other block has it
  Allocation* allocation = shared ? nullptr : device_memory().nearest(seen.address);
  Shadow& shadow = shared ? execution.shared_shadow() : device_memory().shadow(*allocation);
  const std::uintptr_t begin = shared ? execution.shared().begin : allocation->begin;
  const Interval valid_from = shared ? now.block : allocation->assume_written ? 0 : host_interval;
  const Conflict conflict =
      shadow.access(seen.address - begin, seen.bytes, seen.access, now, valid_from);
  if (conflict.kind == Conflict::Kind::none) return;
  const Seen place{begin + conflict.offset, seen.bytes, seen.access, seen.code};
  execution.report(
      conflict.kind == Conflict::Kind::unwritten ? Fault::uninitialised : Fault::race, seen.code,
      text(accesses(execution, place), conflict_text(execution, conflict), code_text(seen)));
}

} // namespace

void watch(const void* address, std::size_t bytes, Access access, std::uintptr_t code, Watch what) {
  Execution* execution = watched_execution;
  if (!execution) return;
  const Seen seen{reinterpret_cast<std::uintptr_t>(address), bytes, access, code};
  if (execution->current().stack->holds(seen.address)) return;
  // Constants and variables of the library, which reports do not follow.
  const bool followed =
      execution->shared().holds(seen.address) || device_memory().in_range(seen.address);
  if (!followed && Symbols::of_library().in_library(seen.address)) return;
  if (what == Watch::all) locate(*execution, seen);
  order(*execution, seen);
}

} // namespace nnc::cuda_host
