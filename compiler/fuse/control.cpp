#include "compiler/fuse/control.h"

#include "compiler/lower.h"
#include "ir/kernel/kernel_list.h"
#include "ir/kernel/regions.h"
#include "ir/kernel/relocate.h"

#include <algorithm>

namespace nnc {
namespace {

/// Where a buffer of a body lies: in one of the program around it, or in a slice of that.
struct Place {
  std::uint32_t buffer = Region::none;
  bool slice = false;
};

std::uint32_t add_buffer(KernelProgram& program, Buffer buffer) {
  program.buffers.push_back(std::move(buffer));
  return static_cast<std::uint32_t>(program.buffers.size() - 1);
}

std::uint32_t add_scalar(KernelProgram& program, const std::string& name, DType dtype,
                         OriginId origin) {
  return add_buffer(program, {.name = name, .type = {dtype, {}}, .data = {}, .origin = origin});
}

/// Its stores put zeros in the place of what a copy would.
Kernel zero_kernel(std::span<const Buffer> buffers, std::uint32_t to) {
  Kernel kernel = copy_kernel(buffers, to, to);
  const DType dtype = buffers[to].type.dtype;
  kernel.stages[0].stores[0].value =
      is_float(dtype) ? kernel.pool.constant(dtype, 0) : kernel.pool.constant_int(dtype, 0);
  return kernel;
}

/// Kernels and regions of `program`, from its first on, come `by` kernels later.
void shift(KernelProgram& program, std::uint32_t by) {
  for (Region& region : program.regions) {
    region.first += by;
    region.middle += by;
    region.last += by;
  }
  for (RangeCheck& check : program.checks) check.before_kernel += by;
}

/// Checks and regions use buffers, not slices of them.
bool used_as_a_whole(const KernelProgram& program, std::uint32_t buffer) {
  const auto uses = [&](const Region& region) {
    return region.condition == buffer || region.count == buffer || region.steps == buffer;
  };
  return std::ranges::any_of(program.regions, uses) ||
         std::ranges::find(program.checks, buffer, &RangeCheck::buffer) != program.checks.end();
}

/// A copy of what comes or goes as a slice, where that cannot be.
void copy_slice(KernelProgram& part, std::uint32_t slice, bool comes) {
  Buffer own = part.buffers[slice];
  own.role = BufferRole::arena;
  const std::uint32_t whole = add_buffer(part, std::move(own));
  rename_buffer(part, slice, whole);
  if (!comes) return part.kernels.push_back(copy_kernel(part.buffers, whole, slice));
  insert_kernel(part, 0, copy_kernel(part.buffers, slice, whole));
}

/// Appends kernels to those of the region that is last on the list. `ports`: where inputs and
/// outputs of the part lie.
class PartAppender {
public:
  PartAppender(KernelProgram& program, std::uint32_t region)
      : program_(program), region_(region), counter_(program.regions[region].counter),
        length_(program.regions[region].length) {}

  void append(KernelProgram part, std::span<const Place> inputs, std::span<const Place> outputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i].slice && used_as_a_whole(part, part.inputs[i].buffer))
        copy_slice(part, part.inputs[i].buffer, true);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i].slice && used_as_a_whole(part, part.outputs[i].buffer))
        copy_slice(part, part.outputs[i].buffer, false);
    place_buffers(part, inputs, outputs);
    shift(part, static_cast<std::uint32_t>(program_.kernels.size()));
    const auto regions = static_cast<std::uint32_t>(program_.regions.size());
    for (Region& region : part.regions) {
      relocate(region, [&](std::uint32_t buffer) { return places_[buffer].buffer; });
      program_.regions.push_back(region);
    }
    for (RangeCheck& check : part.checks) {
      check.buffer = places_[check.buffer].buffer;
      check.region = check.region == Region::none ? region_ : check.region + regions;
      program_.checks.push_back(std::move(check));
    }
    for (Kernel& kernel : part.kernels) {
      relocate(kernel, [&](ExprPool& pool, const Access& access) { return moved(pool, access); });
      program_.kernels.push_back(std::move(kernel));
    }
  }

private:
  void place_buffers(const KernelProgram& part, std::span<const Place> inputs,
                     std::span<const Place> outputs) {
    places_.assign(part.buffers.size(), {});
    for (std::size_t i = 0; i < inputs.size(); ++i) places_[part.inputs[i].buffer] = inputs[i];
    for (std::size_t i = 0; i < outputs.size(); ++i) places_[part.outputs[i].buffer] = outputs[i];
    for (std::size_t b = 0; b < places_.size(); ++b)
      if (places_[b].buffer == Region::none)
        places_[b] = {add_buffer(program_, part.buffers[b]), false};
  }

  Access moved(ExprPool& pool, const Access& access) const {
    const Place place = places_[access.buffer];
    Access result{place.buffer, access.at};
    if (place.slice) {
      const Expr slice = pool.load(counter_, DType::i64, {});
      result.at.insert(result.at.begin(), pool.indices().of_data(slice.id, length_));
    }
    return result;
  }

  KernelProgram& program_;
  const std::uint32_t region_, counter_;
  const std::int64_t length_;
  std::vector<Place> places_;
};

std::uint32_t next_kernel(const KernelProgram& program) {
  return static_cast<std::uint32_t>(program.kernels.size());
}

std::uint32_t begin_region(KernelProgram& program, Region region) {
  region.first = region.middle = region.last = next_kernel(program);
  program.regions.push_back(region);
  return static_cast<std::uint32_t>(program.regions.size() - 1);
}

/// A region without kernels does nothing.
void end_region(KernelProgram& program, std::uint32_t region) {
  program.regions[region].last = next_kernel(program);
  if (program.regions[region].first == program.regions[region].last) program.regions.pop_back();
}

std::vector<Place> wholes(std::span<const std::uint32_t> buffers) {
  std::vector<Place> places;
  for (const std::uint32_t buffer : buffers) places.push_back({buffer, false});
  return places;
}

class LoopAppender {
public:
  LoopAppender(KernelProgram& program, const ControlUnit& unit)
      : program_(program), unit_(unit), loop_(unit.control),
        carries_(static_cast<std::size_t>(loop_.carries)),
        over_(static_cast<std::size_t>(loop_.over)), operands_(unit.operands) {
    if (loop_.counted) operands_ = operands_.first(operands_.size() - 1);
  }

  void append(KernelProgram body, KernelProgram condition) {
    const bool may_skip_slices = loop_.condition || loop_.counted || loop_.length == 0;
    for (std::size_t i = 0; i < carries_; ++i)
      program_.kernels.push_back(copy_kernel(program_.buffers, operands_[i], unit_.results[i]));
    for (std::size_t i = carries_; i < unit_.results.size(); ++i)
      if (may_skip_slices && (i < stacked_end() || loop_.length == 0))
        program_.kernels.push_back(zero_kernel(program_.buffers, unit_.results[i]));
    if (loop_.length == 0) return;
    const std::uint32_t region = begin_region(program_, header());
    PartAppender appender(program_, region);
    if (loop_.condition) append_condition(appender, region, std::move(condition));
    program_.regions[region].middle = next_kernel(program_);
    append_body(appender, std::move(body));
    end_region(program_, region);
  }

private:
  std::size_t stacked_end() const { return carries_ + static_cast<std::size_t>(loop_.stacked()); }
  const std::string& name() const { return program_.buffers[unit_.results[0]].name; }

  Region header() {
    Region region{.kind = Region::Kind::loop,
                  .length = loop_.length,
                  .reverse = loop_.reverse,
                  .origin = unit_.origin};
    if (loop_.counted) region.count = unit_.operands.back();
    if (loop_.condition) region.steps = unit_.results.back();
    if (over_ > 0 || loop_.stacked() > 0)
      region.counter = add_scalar(program_, name() + ".slice", DType::i64, unit_.origin);
    return region;
  }

  std::vector<Place> carried_and(std::span<const Place> slices) const {
    std::vector<Place> places = wholes(std::span(unit_.results).first(carries_));
    places.insert(places.end(), slices.begin(), slices.end());
    for (const std::uint32_t buffer : operands_.subspan(carries_ + over_))
      places.push_back({buffer, false});
    return places;
  }

  void append_condition(PartAppender& appender, std::uint32_t region, KernelProgram condition) {
    const std::uint32_t more = add_scalar(program_, name() + ".more", DType::boolean, unit_.origin);
    program_.regions[region].condition = more;
    appender.append(std::move(condition), carried_and({}), wholes(std::span(&more, 1)));
  }

  void append_body(PartAppender& appender, KernelProgram body) {
    std::vector<Place> over, stacked;
    for (const std::uint32_t buffer : operands_.subspan(carries_, over_))
      over.push_back({buffer, true});
    for (std::size_t i = carries_; i < stacked_end(); ++i)
      stacked.push_back({unit_.results[i], true});
    appender.append(settle_updates(std::move(body)), carried_and(over), stacked);
  }

  KernelProgram& program_;
  const ControlUnit& unit_;
  const Control& loop_;
  const std::size_t carries_, over_;
  std::span<const std::uint32_t> operands_; ///< but for the number of steps
};

void append_branch(KernelProgram& program, const ControlUnit& unit, KernelProgram body,
                   KernelProgram other) {
  const std::uint32_t region = begin_region(
      program,
      {.kind = Region::Kind::branch, .condition = unit.operands[0], .origin = unit.origin});
  const std::vector<Place> inputs = wholes(std::span(unit.operands).subspan(1));
  const std::vector<Place> outputs = wholes(unit.results);
  PartAppender appender(program, region);
  appender.append(std::move(body), inputs, outputs);
  program.regions[region].middle = next_kernel(program);
  appender.append(std::move(other), inputs, outputs);
  end_region(program, region);
}

} // namespace

void append_control(KernelProgram& program, const ControlUnit& unit, KernelProgram body,
                    KernelProgram other) {
  if (unit.control.kind == ControlKind::loop)
    LoopAppender(program, unit).append(std::move(body), std::move(other));
  else
    append_branch(program, unit, std::move(body), std::move(other));
}

} // namespace nnc
