#include "compiler/schedule/loop_layout.h"

#include "compiler/schedule/contraction.h"
#include "ir/kernel/kernel_list.h"
#include "ir/kernel/regions.h"
#include "ir/kernel/relocate.h"

#include <algorithm>
#include <set>

namespace nnc {
namespace {

constexpr std::int64_t few_rows = 48;     ///< of results: more are worth packing for
constexpr std::int64_t whole_panels = 64; ///< columns that any target's panels divide
constexpr std::int64_t cache_line = 64;   ///< bytes
constexpr std::int64_t far_apart = 1024;  ///< bytes; rows at multiples share few places

/// A buffer to be copied with axis `axis` last and rows of `pitch` elements.
struct Layout {
  std::uint32_t buffer;
  std::size_t axis;
  std::int64_t pitch;
  bool operator==(const Layout&) const = default;
};

std::int64_t good_pitch(std::int64_t extent, DType dtype) {
  const auto bytes = static_cast<std::int64_t>(dtype_size(dtype));
  return extent * bytes % far_apart == 0 ? extent + cache_line / bytes : extent;
}

/// The one index that varies with `axis`, and with nothing else, of a load that is the same in
/// every step.
std::optional<std::size_t> index_along(const ExprPool& pool, const ExprNode& load, Axis axis) {
  const auto at = pool.index_list(load);
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const auto& axes = pool.indices().axes_of(at[i]);
    if (!pool.indices().data_of(at[i]).empty()) return std::nullopt; // a slice is another each step
    if (std::ranges::find(axes, axis) == axes.end()) continue;
    if (found || axes.size() != 1) return std::nullopt;
    found = i;
  }
  return found;
}

/// How a kernel would like the factor that varies with the last axis of its results to lie, if in
/// another way than it does.
std::optional<Layout> wanted(const Kernel& kernel, std::span<const Buffer> buffers) {
  if (kernel.form != Form::contraction) return std::nullopt;
  const auto contraction = find_contraction(kernel);
  if (!contraction) return std::nullopt;
  const ExprPool& pool = kernel.pool;
  const ExprNode& factor = pool.node(contraction->b);
  if (factor.op != ScalarOp::load || factor.guard.valid() || factor.source >= local_buffer)
    return std::nullopt;
  std::int64_t rows = 1;
  for (const Axis axis : contraction->m) rows *= pool.indices().axis(axis).extent;
  const auto found = index_along(pool, factor, kernel.stages[0].axes.back());
  if (!found) return std::nullopt;
  const Type& type = buffers[factor.source].type;
  const std::int64_t extent = type.shape[*found];
  Layout layout{factor.source, *found, extent};
  if (rows <= few_rows && extent % whole_panels == 0) layout.pitch = good_pitch(extent, type.dtype);
  const bool lies_so = *found + 1 == type.shape.size() && layout.pitch == extent;
  return lies_so ? std::nullopt : std::optional(layout);
}

class LoopLayout {
public:
  explicit LoopLayout(KernelProgram program) : program_(std::move(program)) {}

  KernelProgram run() {
    for (const Unit& unit : units(program_))
      if (unit.region != Region::none) lay_out(unit);
    // Backwards, so that kernels before which others are put keep their numbers.
    for (auto copy = copies_.rbegin(); copy != copies_.rend(); ++copy)
      insert_kernel(program_, copy->before, kernel_of(*copy));
    return std::move(program_);
  }

private:
  struct Copy {
    std::uint32_t before; ///< kernel
    Layout of;
    std::uint32_t to;
  };

  /// Is the kernel in a loop of more than one step?
  bool repeated(std::uint32_t kernel) const {
    return std::ranges::any_of(program_.regions, [&](const Region& region) {
      return region.kind == Region::Kind::loop && region.length != 1 && holds(region, kernel);
    });
  }

  /// Is the index that of the slice which a step of a loop in the unit works on?
  bool slices(const ExprPool& pool, Index index) const {
    return std::ranges::any_of(pool.indices().data_of(index), [&](std::uint32_t data) {
      const ExprNode& node = pool.node(Expr{data});
      return node.op == ScalarOp::load &&
             std::ranges::find(program_.regions, node.source, &Region::counter) !=
                 program_.regions.end();
    });
  }

  /// Bytes of what the loops of a unit go over and stack.
  std::int64_t sliced_bytes(const Unit& unit) const {
    std::set<std::uint32_t> sliced;
    for (std::uint32_t k = unit.first; k < unit.last; ++k) {
      const Kernel& kernel = program_.kernels[k];
      const auto look_at = [&](std::uint32_t buffer, std::span<const Index> at) {
        if (buffer < local_buffer && !at.empty() && slices(kernel.pool, at[0]))
          sliced.insert(buffer);
      };
      for (const Expr expr : topological_order(kernel.pool, kernel_roots(kernel)))
        if (const ExprNode& node = kernel.pool.node(expr); node.op == ScalarOp::load)
          look_at(node.source, kernel.pool.index_list(node));
      for (const Stage& stage : kernel.stages)
        for (const Store& store : stage.stores) look_at(store.buffer, store.at);
    }
    std::int64_t bytes = 0;
    for (const std::uint32_t buffer : sliced) bytes += program_.buffers[buffer].type.bytes();
    return bytes;
  }

  void lay_out(const Unit& unit) {
    const std::vector<std::uint32_t> written = buffers_written(program_, unit);
    std::int64_t room = sliced_bytes(unit);
    for (std::uint32_t k = unit.first; k < unit.last; ++k) {
      const auto layout =
          repeated(k) ? wanted(program_.kernels[k], program_.buffers) : std::nullopt;
      if (!layout || std::ranges::find(written, layout->buffer) != written.end()) continue;
      const std::uint32_t to = copy_before(unit.first, *layout, room);
      if (to == Region::none) continue;
      relocate(program_.kernels[k], [&](ExprPool&, const Access& access) {
        if (access.buffer != layout->buffer) return access;
        Access moved{to, access.at};
        axis_to_back(moved.at, layout->axis);
        return moved;
      });
    }
  }

  /// The copy; none where there is no room for one.
  std::uint32_t copy_before(std::uint32_t kernel, const Layout& of, std::int64_t& room) {
    for (const Copy& copy : copies_)
      if (copy.before == kernel && copy.of == of) return copy.to;
    const Buffer& from = program_.buffers[of.buffer];
    Buffer buffer{
        .name = from.name + ".rows", .type = from.type, .data = {}, .origin = from.origin};
    axis_to_back(buffer.type.shape, of.axis);
    buffer.type.shape.back() = of.pitch;
    if (buffer.type.bytes() > room) return Region::none;
    room -= buffer.type.bytes();
    const auto to = static_cast<std::uint32_t>(program_.buffers.size());
    program_.buffers.push_back(std::move(buffer));
    copies_.push_back({kernel, of, to});
    return to;
  }

  Kernel kernel_of(const Copy& copy) const {
    Kernel kernel = copy_kernel(program_.buffers, copy.of.buffer, copy.to);
    Stage& stage = kernel.stages[0];
    axis_to_back(stage.axes, copy.of.axis);
    axis_to_back(stage.stores[0].at, copy.of.axis);
    return kernel;
  }

  KernelProgram program_;
  std::vector<Copy> copies_; ///< by ascending kernel
};

} // namespace

KernelProgram lay_out_for_loops(KernelProgram program) {
  if (program.regions.empty()) return program;
  return LoopLayout(std::move(program)).run();
}

} // namespace nnc
