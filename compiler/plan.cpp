#include "compiler/plan.h"

#include "ir/kernel/regions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace nnc {
namespace {

/// At most max_bytes.
std::int64_t sum_of_bytes(std::int64_t a, std::int64_t b) {
  return a > max_bytes - b ? max_bytes : a + b;
}

/// Even an empty buffer has a place of its own.
std::int64_t padded(std::int64_t bytes) { return std::max(padded_bytes(bytes), buffer_alignment); }

/// Free space of the arena by offset; neighbours are joined.
class FreeList {
public:
  std::int64_t take(std::int64_t bytes) {
    auto best = free_.end();
    for (auto it = free_.begin(); it != free_.end(); ++it)
      if (it->second >= bytes && (best == free_.end() || it->second < best->second)) best = it;
    if (best == free_.end()) return grow(bytes);
    const auto [offset, size] = *best;
    free_.erase(best);
    if (size > bytes) free_.emplace(offset + bytes, size - bytes);
    return offset;
  }

  void give(std::int64_t offset, std::int64_t bytes) {
    auto after = free_.lower_bound(offset);
    if (after != free_.end() && offset + bytes == after->first) {
      bytes += after->second;
      after = free_.erase(after);
    }
    if (after != free_.begin()) {
      const auto before = std::prev(after);
      if (before->first + before->second == offset) {
        before->second += bytes;
        return;
      }
    }
    free_.emplace(offset, bytes);
  }

  std::int64_t end() const { return end_; }

private:
  /// The last free block is extended before new space is taken.
  std::int64_t grow(std::int64_t bytes) {
    std::int64_t offset = end_;
    if (!free_.empty()) {
      const auto last = std::prev(free_.end());
      if (last->first + last->second == end_) {
        offset = last->first;
        free_.erase(last);
      }
    }
    end_ = offset + bytes;
    return offset;
  }

  std::map<std::int64_t, std::int64_t> free_;
  std::int64_t end_ = 0;
};

/// What the arena takes if no two buffers share a place.
std::int64_t arena_at_most(const KernelProgram& program, const std::vector<Life>& lives) {
  std::int64_t total = 0;
  for (std::uint32_t b = 0; b < program.buffers.size(); ++b)
    if (program.buffers[b].role == BufferRole::arena && !lives[b].none())
      total = sum_of_bytes(total, padded(program.buffers[b].type.bytes()));
  return total;
}

void place_arena(KernelProgram& program, const std::vector<Life>& lives) {
  std::vector<std::vector<std::uint32_t>> begins(program.kernels.size() + 1), ends(begins.size());
  for (std::uint32_t b = 0; b < program.buffers.size(); ++b) {
    if (program.buffers[b].role != BufferRole::arena || lives[b].none()) continue;
    begins[lives[b].first].push_back(b);
    ends[std::min(lives[b].last, program.kernels.size())].push_back(b);
  }
  FreeList arena;
  for (std::size_t k = 0; k < begins.size(); ++k) {
    std::ranges::stable_sort(begins[k], std::greater<>{},
                             [&](std::uint32_t b) { return program.buffers[b].type.bytes(); });
    for (const std::uint32_t b : begins[k])
      program.buffers[b].offset = arena.take(padded(program.buffers[b].type.bytes()));
    for (const std::uint32_t b : ends[k])
      arena.give(program.buffers[b].offset, padded(program.buffers[b].type.bytes()));
  }
  program.arena_bytes = arena.end();
}

} // namespace

std::string size_text(std::int64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double size = static_cast<double>(bytes);
  std::string_view unit = "B";
  for (const std::string_view next : {"KB", "MB", "GB", "TB"}) {
    if (size < 1024) break;
    size /= 1024;
    unit = next;
  }
  return fmt::format("{:.1f} {}", size, unit);
}

namespace {

/// "252992 bytes (247.1 KB)".
std::string exactly(std::int64_t bytes) {
  const std::string exact = std::to_string(bytes) + " bytes";
  return bytes < 1024 ? exact : exact + " (" + size_text(bytes) + ")";
}

} // namespace

Error too_large(const std::string& name, std::vector<MemoryUse> uses, std::int64_t bytes,
                std::int64_t max_memory) {
  std::ranges::stable_sort(uses, std::greater<>{}, &MemoryUse::bytes);
  Error error{.code = "E0501",
              .message = "'" + name + "' needs " + exactly(bytes) + ", the limit is " +
                         exactly(max_memory),
              .place = uses.empty() ? Place{} : uses[0].place,
              .help = "raise --max-memory, or make the sizes smaller"};
  for (std::size_t i = 0; i < std::min<std::size_t>(uses.size(), 5); ++i)
    error.notes.push_back({{}, uses[i].what + ", " + exactly(uses[i].bytes)});
  return error;
}

std::int64_t peak_bytes(const KernelProgram& program) {
  std::int64_t total = program.arena_bytes;
  for (const Buffer& buffer : program.buffers)
    if (buffer.role != BufferRole::arena) total = sum_of_bytes(total, buffer.type.bytes());
  return total;
}

namespace {

/// What takes memory of a program in which `placed` says which buffers do.
Status refuse_over(const KernelProgram& program, std::int64_t bytes, std::int64_t max_memory,
                   const Scratch& scratch, const OriginPool* origins,
                   const std::function<bool(std::uint32_t)>& placed) {
  if (bytes <= max_memory) return std::nullopt;
  std::vector<MemoryUse> uses;
  for (std::uint32_t b = 0; b < program.buffers.size(); ++b) {
    const Buffer& buffer = program.buffers[b];
    if (buffer.role == BufferRole::arena && !placed(b)) continue;
    uses.push_back({buffer.type.bytes(),
                    std::string(buffer_role_name(buffer.role)) + " '" + buffer.name + "' " +
                        to_string(buffer.type),
                    origins ? (*origins)[buffer.origin].place : Place{}});
  }
  if (scratch.bytes > 0)
    uses.push_back({scratch.bytes, "scratch of kernel '" + scratch.kernel + "'"});
  return too_large(program.name, std::move(uses), bytes, max_memory);
}

} // namespace

Status check_memory(const KernelProgram& program, std::int64_t max_memory, const Scratch& scratch,
                    const OriginPool* origins) {
  const std::int64_t bytes = sum_of_bytes(peak_bytes(program), scratch.bytes);
  return refuse_over(program, bytes, max_memory, scratch, origins,
                     [&](std::uint32_t b) { return program.buffers[b].offset >= 0; });
}

Result<KernelProgram> plan(KernelProgram program, std::int64_t max_memory,
                           const OriginPool* origins) {
  const std::vector<Life> lives = buffer_lives(program);
  if (arena_at_most(program, lives) == max_bytes) // offsets would not fit their numbers
    return *refuse_over(program, max_bytes, std::min(max_memory, max_bytes - 1), {}, origins,
                        [&](std::uint32_t b) { return !lives[b].none(); });
  place_arena(program, lives);
  if (Status error = check_memory(program, max_memory, {}, origins)) return *error;
  return program;
}

} // namespace nnc
