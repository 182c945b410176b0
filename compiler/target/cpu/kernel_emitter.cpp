#include "compiler/target/cpu/kernel_emitter.h"

#include "compiler/target/cpu/contraction_emitter.h"
#include "compiler/target/cpu/inline_calls.h"
#include "compiler/target/cpu/kernel_body.h"
#include "compiler/target/cpu/row_strips.h"
#include "compiler/target/cpu/stage_emitter.h"
#include "ir/kernel/locals.h"
#include "ir/kernel/runs.h"
#include "ir/kernel/small_stage.h"
#include "ir/math/expand.h"

#include <llvm/IR/IntrinsicsX86.h>

#include <algorithm>

namespace nnc::cpu {
namespace {

constexpr std::int64_t stack_bytes = 16 * 1024; ///< local buffers beyond this go to scratch
/// Results from this size on leave no room for what is read next to them, and lines that are
/// written whole need not be fetched before. Measured: at 4 MB both ways take as long, at 16 MB
/// 0.78.
constexpr double streamed_bytes = 4 << 20;

/// The axis that pieces are cut along, if iterations of the outermost loop are independent.
std::optional<Axis> cut_axis(const Kernel& kernel) {
  if (!kernel.axes.empty()) return kernel.axes[0];
  if (kernel.stages.size() != 1) return std::nullopt;
  const Stage& stage = kernel.stages[0];
  if (stage.axes.empty() || stage.serial[0]) return std::nullopt;
  return stage.axes[0];
}

Pieces pieces_of(const Kernel& kernel) {
  const auto axis = cut_axis(kernel);
  if (!axis) return {1, 1};
  std::int64_t unit = run_length(kernel);
  if (kernel.axes.empty())
    if (const auto vector = choose_vector_axis(kernel.pool, kernel.stages[0]))
      unit = vector->axis == *axis ? vector->lanes : 1;
  const std::int64_t extent = kernel.pool.indices().axis(*axis).extent;
  return cut(extent, unit, arithmetic(kernel) + static_cast<double>(extent));
}

/// Pieces run at the same time, so large blocks of local buffers come from scratch memory by the
/// position of the piece.
std::int64_t scratch_of_locals(const Kernel& kernel) {
  const std::int64_t bytes = local_bytes(kernel);
  return bytes <= stack_bytes ? 0 : bytes * pieces_of(kernel).count;
}

/// Emits the loops of one kernel that is not a tiled contraction.
class LoopKernel {
public:
  LoopKernel(llvm::Module& module, const Kernel& kernel, std::span<const Buffer> buffers,
             std::span<const KernelOperand> operands, const std::string& name,
             std::int64_t vector_bytes)
      : kernel_(kernel), buffers_(buffers), body_(module, name + ".body", kernel.pool, operands),
        ir_(body_.ir), emitter_(body_.emitter), vector_bytes_(vector_bytes) {}

  llvm::Function* emit() {
    place_locals();
    order_ = topological_order(kernel_.pool, kernel_roots(kernel_));
    written_ = loads_of_written(kernel_.pool, order_, kernel_.stages);
    const bool streams = stream_large_results();
    const bool small = std::ranges::all_of(
        kernel_.stages, [&](const Stage& stage) { return is_small_stage(kernel_.pool, stage); });
    emitter_.unroll_up_to(small ? small_sum_terms : 0); // what no loop of a stage changes
    outer_loop(0);
    // What goes past the caches is in no order with other stores; others may read it after this.
    if (streams) ir_.CreateIntrinsic(ir_.getVoidTy(), llvm::Intrinsic::x86_sse_sfence, {});
    ir_.CreateRetVoid();
    return body_.function;
  }

private:
  /// One block of memory an execution of the outer loops.
  void place_locals() {
    const std::int64_t bytes = local_bytes(kernel_);
    if (bytes == 0) return;
    llvm::Value* block = nullptr;
    if (bytes <= stack_bytes) {
      block = body_.stack(bytes);
    } else {
      const Pieces pieces = pieces_of(kernel_);
      llvm::Value* piece =
          ir_.CreateUDiv(body_.begin(), number(ir_, std::max<std::int64_t>(pieces.grain, 1)));
      llvm::Value* offset = ir_.CreateMul(piece, number(ir_, bytes));
      block = ir_.CreateGEP(ir_.getInt8Ty(), body_.scratch(), offset);
    }
    std::int64_t offset = 0;
    for (std::uint32_t i = 0; i < kernel_.locals.size(); ++i) {
      body_.pointers[local_buffer + i] =
          ir_.CreateConstGEP1_64(ir_.getInt8Ty(), block, static_cast<std::uint64_t>(offset));
      offset += padded_bytes(kernel_.locals[i].type.bytes());
      emitter_.pad(local_buffer + i, kernel_.locals[i].type.elements());
    }
  }

  /// What is read here too has its lines in the cache anyway.
  bool stream_large_results() {
    const std::vector<std::uint32_t> read = buffers_read(kernel_);
    bool some = false;
    for (const Stage& stage : kernel_.stages)
      for (const Store& store : stage.stores) {
        if (store.buffer >= local_buffer || std::ranges::find(read, store.buffer) != read.end())
          continue;
        double bytes = static_cast<double>(dtype_size(buffers_[store.buffer].type.dtype));
        for (const std::vector<Axis>* axes : {&kernel_.axes, &stage.axes})
          for (const Axis axis : *axes)
            bytes *= static_cast<double>(kernel_.pool.indices().axis(axis).extent);
        if (bytes < streamed_bytes) continue;
        llvm::Value* start = ir_.CreatePtrToInt(body_.pointers.at(store.buffer), ir_.getInt64Ty());
        llvm::Value* beyond = ir_.CreateAnd(start, number(ir_, vector_bytes_ - 1));
        emitter_.stream(store.buffer, ir_.CreateIsNull(beyond), vector_bytes_);
        some = true;
      }
    return some;
  }

  void outer_loop(std::size_t depth) {
    const ExprEmitter::Scope scope(emitter_);
    emitter_.emit(order_, &written_);
    if (depth == kernel_.axes.size()) {
      for (const Stage& stage : kernel_.stages) emit_stage(stage);
      return;
    }
    const Axis axis = kernel_.axes[depth];
    const std::int64_t extent = kernel_.pool.indices().axis(axis).extent;
    if (extent == 0) return;
    llvm::Value *begin = ir_.getInt64(0), *end = number(ir_, extent);
    if (depth == 0) {
      begin = body_.begin();
      end = body_.end();
    }
    Loop loop(ir_, begin, end, 1, "row");
    emitter_.bind(axis, loop.index());
    outer_loop(depth + 1);
    emitter_.unbind(axis);
    loop.close();
  }

  /// Does a stage of a row read or write rows in memory that a stage of it writes?
  bool shares_rows(const Stage& stage) const {
    if (kernel_.axes.empty()) return false;
    std::vector<std::uint32_t> written;
    for (const Stage& one : kernel_.stages)
      for (const Store& store : one.stores)
        if (store.buffer < local_buffer) written.push_back(store.buffer);
    const auto is_written = [&](std::uint32_t buffer) {
      return std::ranges::find(written, buffer) != written.end();
    };
    const std::vector<std::uint32_t> read = buffers_read(kernel_);
    const auto order = topological_order(kernel_.pool, stage_roots(kernel_.pool, stage));
    return std::ranges::any_of(stage.stores,
                               [&](const Store& store) {
                                 return is_written(store.buffer) &&
                                        std::ranges::find(read, store.buffer) != read.end();
                               }) ||
           std::ranges::any_of(order, [&](Expr expr) {
             const ExprNode& node = kernel_.pool.node(expr);
             return node.op == ScalarOp::load && is_written(node.source);
           });
  }

  void emit_stage(const Stage& stage) {
    const auto dtype = [this](std::uint32_t buffer) {
      return buffer < local_buffer ? buffers_[buffer].type.dtype
                                   : kernel_.locals[buffer - local_buffer].type.dtype;
    };
    StageEmitter stage_emitter(emitter_, stage, dtype, shares_rows(stage));
    emitter_.unroll_up_to(is_small_stage(kernel_.pool, stage) ? small_sum_terms : 0);
    const bool cut = kernel_.axes.empty() && pieces_of(kernel_).count > 1;
    stage_emitter.emit(cut ? body_.begin() : nullptr, cut ? body_.end() : nullptr);
  }

  const Kernel& kernel_;
  std::span<const Buffer> buffers_;
  KernelBody body_;
  IR& ir_;
  ExprEmitter& emitter_;
  std::vector<Expr> order_;
  std::vector<bool> written_;
  std::int64_t vector_bytes_ = 0;
};

/// Functions that this target has an instruction or two for, and what is none.
bool has_instructions(ScalarOp op) {
  return is_basic(op) || op == ScalarOp::maximum || op == ScalarOp::minimum ||
         op == ScalarOp::is_nan || op == ScalarOp::is_finite;
}

Kernel ready_for_cpu(const Kernel& kernel, std::span<const Buffer> buffers,
                     std::span<const KernelOperand> operands) {
  Kernel ready = prepare(kernel, buffers, operands, has_instructions);
  join_small_stages(ready);
  take_rows_in_strips(ready);
  return ready;
}

} // namespace

EmittedKernel emit_kernel(llvm::Module& module, const Kernel& kernel,
                          std::span<const Buffer> buffers, std::span<const KernelOperand> operands,
                          const std::string& name, const MachineShape& machine,
                          bool flush_denormals) {
  llvm::LLVMContext& context = module.getContext();
  Kernel ready = ready_for_cpu(kernel, buffers, operands);
  if (const auto plan = plan_tiles(ready, machine))
    return {emit_contraction(module, ready, *plan, buffers, operands, name, flush_denormals),
            plan->scratch_bytes()};
  LoopKernel loops(module, ready, buffers, operands, name, machine.wide_vectors ? 64 : 32);
  llvm::Function* body = loops.emit();
  llvm::Type* pointer = llvm::PointerType::getUnqual(context);
  auto* type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer, pointer}, false);
  auto* function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, name, module);
  IR ir(llvm::BasicBlock::Create(context, "entry", function));
  const auto axis = cut_axis(ready);
  const std::int64_t extent = axis ? ready.pool.indices().axis(*axis).extent : 1;
  if (extent > 0)
    call_in_pieces(ir, body, function->getArg(0), function->getArg(1), extent, pieces_of(ready),
                   flush_denormals);
  ir.CreateRetVoid();
  if (body->hasOneUse()) {
    inline_call(*llvm::cast<llvm::CallBase>(*body->user_begin()));
    body->eraseFromParent();
  }
  return {function, scratch_of_locals(ready)};
}

std::int64_t scratch_bytes(const Kernel& kernel, std::span<const Buffer> buffers,
                           std::span<const KernelOperand> operands, const MachineShape& machine) {
  Kernel ready = ready_for_cpu(kernel, buffers, operands);
  if (const auto plan = plan_tiles(ready, machine)) return plan->scratch_bytes();
  return scratch_of_locals(ready);
}

} // namespace nnc::cpu
