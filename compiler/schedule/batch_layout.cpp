#include "compiler/schedule/batch_layout.h"

#include "compiler/schedule/axis_classes.h"
#include "compiler/schedule/contraction.h"
#include "compiler/schedule/forms.h"
#include "compiler/schedule/split_stages.h"
#include "ir/kernel/kernel_list.h"
#include "ir/kernel/regions.h"
#include "ir/kernel/relocate.h"

#include <algorithm>
#include <map>
#include <set>

namespace nnc {
namespace {

constexpr std::int64_t lanes = 16;    ///< of a vector, on every target
constexpr double worth_moving = 1.25; ///< lanes computed per lane used, of all that could move
constexpr std::size_t least_axes = 3; ///< of a tensor that moves for its own sake

/// The load of a sum's window, if the kernel is a convolution or a gradient of one: some index
/// goes along an axis of the result and a summed one at once.
std::vector<const ExprNode*> windows(const Kernel& kernel) {
  const auto contraction = find_contraction(kernel);
  if (!contraction) return {};
  const ExprPool& pool = kernel.pool;
  std::vector<const ExprNode*> found;
  const Expr factors[] = {contraction->a, contraction->b};
  for (const Expr expr : topological_order(pool, factors)) {
    const ExprNode& node = pool.node(expr);
    if (node.op != ScalarOp::load) continue;
    for (const Index index : pool.index_list(node)) {
      const std::vector<Axis>& axes = pool.indices().axes_of(index);
      const auto summed = [&](Axis axis) {
        return std::ranges::find(contraction->k, axis) != contraction->k.end();
      };
      if (axes.size() < 2 || std::ranges::count_if(axes, summed) == 0 ||
          std::ranges::all_of(axes, summed))
        continue;
      found.push_back(&node);
      break;
    }
  }
  return found;
}

class BatchLayout {
public:
  explicit BatchLayout(KernelProgram program)
      : program_(std::move(program)), classes_(program_), fixed_(program_.buffers.size(), false) {
    find_fixed();
  }

  KernelProgram run() {
    std::optional<std::uint32_t> best;
    double most = 0;
    for (const std::uint32_t batch : candidates())
      if (const double saved = choose(batch); saved > most) {
        most = saved;
        best = batch;
      }
    if (!best) return std::move(program_);
    choose(*best);
    split_kernels(*best);
    move();
    set_forms(program_);
    return std::move(program_);
  }

private:
  /// Buffers that are more than what kernels make of them.
  void find_fixed() {
    for (std::uint32_t b = 0; b < program_.buffers.size(); ++b)
      fixed_[b] = program_.buffers[b].role != BufferRole::arena;
    for (const auto& update : program_.updates)
      fixed_[update.target] = fixed_[update.copy_from] = true;
    for (const RangeCheck& check : program_.checks) fixed_[check.buffer] = true;
    for (const Unit& unit : units(program_)) {
      if (unit.region == Region::none) continue;
      for (const std::uint32_t b : buffers_read(program_, unit)) fixed_[b] = true;
      for (const std::uint32_t b : buffers_written(program_, unit)) fixed_[b] = true;
    }
  }

  /// Classes of axes that windows do not slide along.
  std::set<std::uint32_t> candidates() const {
    std::set<std::uint32_t> found;
    for (const Kernel& kernel : program_.kernels)
      for (const ExprNode* window : windows(kernel)) {
        const auto at = kernel.pool.index_list(*window);
        for (std::size_t i = 0; i < at.size(); ++i)
          if (plain_axis(kernel.pool.indices(), at[i]))
            found.insert(classes_.of(window->source, i));
      }
    return found;
  }

  /// The one axis of a buffer that is of the class and can be cut into vectors.
  std::optional<std::size_t> axis_of(std::uint32_t buffer, std::uint32_t batch) const {
    if (fixed_[buffer]) return std::nullopt;
    const Shape& shape = program_.buffers[buffer].type.shape;
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (classes_.of(buffer, i) != batch) continue;
      if (found || shape[i] % lanes != 0 || shape[i] == 0) return std::nullopt;
      found = i;
    }
    return found;
  }

  /// Decides which buffers move for `batch`: the lanes that this saves, 0 if it is better not to.
  double choose(std::uint32_t batch) {
    moved_.clear();
    double used = 0, computed = 0;
    for (std::uint32_t b = 0; b < program_.buffers.size(); ++b) {
      const Type& type = program_.buffers[b].type;
      const auto axis = axis_of(b, batch);
      if (!axis || type.shape.size() < least_axes || *axis + 1 == type.shape.size()) continue;
      moved_[b] = *axis;
      const double elements = static_cast<double>(type.elements());
      const std::int64_t row = type.shape.back();
      used += elements;
      computed += elements / static_cast<double>(row) *
                  static_cast<double>((row + lanes - 1) / lanes * lanes);
    }
    if (computed <= worth_moving * used) return 0;
    add_neighbours(batch);
    for (std::uint32_t k = 0; k < program_.kernels.size(); ++k)
      if (moves(program_.kernels[k]) && !keeps_form(k, batch)) return 0;
    return computed - used;
  }

  bool moves(const Kernel& kernel) const {
    const auto is_moved = [&](std::uint32_t buffer) { return moved_.contains(buffer); };
    return std::ranges::any_of(buffers_read(kernel), is_moved) ||
           std::ranges::any_of(buffers_written(kernel), is_moved);
  }

  /// Rows of a matrix move along where a kernel goes over them beside something that moves.
  void add_neighbours(std::uint32_t batch) {
    std::map<std::uint32_t, std::size_t> more;
    for (const Kernel& kernel : program_.kernels) {
      if (kernel.form == Form::contraction || !moves(kernel)) continue;
      for (const std::uint32_t b : buffers_read(kernel))
        if (const auto axis = axis_of(b, batch); axis && !moved_.contains(b)) more[b] = *axis;
    }
    moved_.insert(more.begin(), more.end());
  }

  /// A contraction both of whose factors go along the batch would be none with it in the vector.
  bool keeps_form(std::uint32_t k, std::uint32_t batch) const {
    const Kernel& kernel = program_.kernels[k];
    if (kernel.form != Form::contraction) return true;
    const auto contraction = find_contraction(kernel);
    return std::ranges::none_of(contraction->batch,
                                [&](Axis axis) { return classes_.of_loop(k, axis) == batch; });
  }

  /// Kernels that stage examples one by one have no vectors of them.
  void split_kernels(std::uint32_t batch) {
    std::vector<std::vector<Kernel>> lists(program_.kernels.size());
    for (std::uint32_t k = 0; k < lists.size(); ++k) {
      Kernel& kernel = program_.kernels[k];
      const auto examples = std::ranges::find_if(
          kernel.axes, [&](Axis axis) { return classes_.of_loop(k, axis) == batch; });
      if (examples == kernel.axes.end() || !moves(kernel)) {
        lists[k].push_back(std::move(kernel));
        continue;
      }
      const auto first_local = static_cast<std::uint32_t>(program_.buffers.size());
      lists[k] = split_stages(kernel, program_.buffers);
      for (std::uint32_t b = first_local; b < program_.buffers.size(); ++b)
        moved_[b] = static_cast<std::size_t>(examples - kernel.axes.begin());
    }
    replace_kernels(program_, std::move(lists));
  }

  void move() {
    for (const auto& [buffer, axis] : moved_)
      axis_to_back(program_.buffers[buffer].type.shape, axis);
    for (Kernel& kernel : program_.kernels) {
      if (!moves(kernel)) continue;
      relocate(kernel, [&](ExprPool&, const Access& access) {
        const auto moved = moved_.find(access.buffer);
        if (moved == moved_.end()) return access;
        Access there = access;
        axis_to_back(there.at, moved->second);
        return there;
      });
      for (Stage& stage : kernel.stages) order_loops(kernel.pool, stage);
    }
  }

  /// The loop over examples is the innermost of a stage that stores them side by side.
  void order_loops(const ExprPool& pool, Stage& stage) const {
    if (std::ranges::find(stage.serial, true) != stage.serial.end()) return;
    for (const Store& store : stage.stores) {
      if (!moved_.contains(store.buffer)) continue;
      const auto examples = plain_axis(pool.indices(), store.at.back());
      const auto loop = std::ranges::find(stage.axes, examples);
      if (examples && loop != stage.axes.end())
        return axis_to_back(stage.axes, static_cast<std::size_t>(loop - stage.axes.begin()));
    }
  }

  KernelProgram program_;
  AxisClasses classes_;
  std::vector<bool> fixed_;                    ///< by buffer
  std::map<std::uint32_t, std::size_t> moved_; ///< buffers, with the axis that goes last
};

} // namespace

KernelProgram lay_out_batches(KernelProgram program) {
  const bool convolves = std::ranges::any_of(
      program.kernels, [](const Kernel& kernel) { return !windows(kernel).empty(); });
  if (!convolves) return program;
  return BatchLayout(std::move(program)).run();
}

} // namespace nnc
