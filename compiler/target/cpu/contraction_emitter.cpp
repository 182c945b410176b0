#include "compiler/target/cpu/contraction_emitter.h"

#include "compiler/target/cpu/micro_kernel.h"
#include "compiler/target/cpu/stage_emitter.h"
#include "compiler/target/cpu/tile_access.h"
#include "compiler/target/cpu/tile_packing.h"

#include <llvm/IR/Intrinsics.h>

#include <algorithm>

namespace nnc::cpu {
namespace {

constexpr std::int64_t packed_b_in_cache = 768 * 1024; ///< what the inner loops go over again
constexpr std::int64_t few_tiles = 4;
/// Products in tiles take so much less time than the arithmetic that the sizes of pieces speak of:
/// with 0.3 MFLOP two threads took 10.7 us where one takes 3.9.
constexpr double tile_speed = 24;
constexpr std::int64_t few_elements_of_a = 8 * 1024; ///< packed once for all panels of a piece

/// Expressions below the stores that are not below the reduction alone, operands first.
std::vector<Expr> epilogue_order(const ExprPool& pool, const Stage& stage, Expr reduction) {
  std::vector<bool> seen(pool.size(), false);
  std::vector<Expr> pending = stage_roots(pool, stage), order;
  while (!pending.empty()) {
    const Expr next = pending.back();
    pending.pop_back();
    if (seen[next.id] || next == reduction) continue;
    seen[next.id] = true;
    order.push_back(next);
    pool.children(next, pending);
  }
  std::ranges::sort(order, {}, &Expr::id);
  return order;
}

class ContractionEmitter {
public:
  ContractionEmitter(llvm::Module& module, const Kernel& kernel, const TilePlan& plan,
                     std::span<const Buffer> buffers, std::span<const KernelOperand> operands,
                     const std::string& name, bool flush_denormals)
      : module_(module), kernel_(kernel), stage_(kernel.stages[0]), plan_(plan), buffers_(buffers),
        operands_(operands), name_(name), flush_denormals_(flush_denormals),
        element_bytes_(static_cast<std::int64_t>(dtype_size(plan.dtype))),
        panel_elements_(plan.panel_elements()) {
    by_panels_ = plan.batch * plan.tiles() < few_tiles &&
                 (plan.a_direct || (plan.batch == 1 && plan.blocks() == 1 &&
                                    plan.m * plan.block_positions() <= few_elements_of_a));
  }

  llvm::Function* emit() {
    llvm::Function* pack = plan_.b_direct ? nullptr : emit_packing();
    llvm::Function* sum = emit_sums();
    llvm::LLVMContext& context = module_.getContext();
    llvm::Type* pointer = llvm::PointerType::getUnqual(context);
    auto* type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer, pointer}, false);
    auto* function =
        llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, name_, module_);
    IR ir(llvm::BasicBlock::Create(context, "entry", function));
    llvm::Value *list = function->getArg(0), *host = function->getArg(1);
    Loop loop(ir, number(ir, 0), number(ir, plan_.k_outer_extent), plan_.k_block, "block");
    if (plan_.blocks() > 1)
      ir.CreateStore(loop.index(), buffer_address(ir, list, operands_.size()));
    if (pack) {
      const std::int64_t count = plan_.batch * plan_.panels();
      const double moved = static_cast<double>(count * panel_elements_);
      call_in_pieces(ir, pack, list, host, count, cut(count, 1, moved), flush_denormals_);
    }
    const double work = plan_.flops() / static_cast<double>(plan_.blocks()) / tile_speed;
    call_in_pieces(ir, sum, list, host, tasks(), cut(tasks(), 1, work), flush_denormals_);
    loop.close();
    ir.CreateRetVoid();
    return function;
  }

private:
  std::int64_t tasks() const { return plan_.batch * (by_panels_ ? plan_.panels() : plan_.tiles()); }
  std::int64_t rows_base() const { return plan_.m / plan_.tiles(); }
  std::int64_t larger_tiles() const { return plan_.m % plan_.tiles(); }

  Block block(KernelBody& body) const {
    llvm::Value* first = number(body.ir, 0);
    if (plan_.blocks() > 1) first = body.ir.CreateLoad(body.ir.getInt64Ty(), body.scratch());
    llvm::Value* last = number(body.ir, plan_.k_outer_extent);
    if (plan_.blocks() > 1)
      last = body.ir.CreateBinaryIntrinsic(
          llvm::Intrinsic::smin, body.ir.CreateAdd(first, number(body.ir, plan_.k_block)), last);
    return {first, last};
  }

  void bind_panel(KernelBody& body, llvm::Value* panel) const {
    llvm::Value* in_row = number(body.ir, plan_.panels_of_row());
    bind_point(body.emitter, plan_.n_outer, body.ir.CreateUDiv(panel, in_row));
  }
  llvm::Value* first_column(IR& ir, llvm::Value* panel) const {
    llvm::Value* position = ir.CreateURem(panel, number(ir, plan_.panels_of_row()));
    return ir.CreateMul(position, number(ir, plan_.columns()));
  }

  llvm::Value* element_address(KernelBody& body, llvm::Value* base, llvm::Value* index) const {
    return body.ir.CreateGEP(value_type(body.ir.getContext(), plan_.dtype), base, index);
  }

  llvm::Value* packed_b(KernelBody& body, llvm::Value* batch, llvm::Value* panel) const {
    IR& ir = body.ir;
    llvm::Value* position = ir.CreateAdd(ir.CreateMul(batch, number(ir, plan_.panels())), panel);
    llvm::Value* base =
        ir.CreateConstGEP1_64(ir.getInt8Ty(), body.scratch(), TilePlan::header_bytes);
    return element_address(body, base, ir.CreateMul(position, number(ir, panel_elements_)));
  }

  llvm::Function* emit_packing() {
    KernelBody body(module_, name_ + ".pack", kernel_.pool, operands_);
    IR& ir = body.ir;
    TilePacking packing(body, plan_);
    const Block positions = block(body);
    Loop loop(ir, body.begin(), body.end(), 1, "panel");
    llvm::Value* count = number(ir, plan_.panels());
    llvm::Value *batch = ir.CreateUDiv(loop.index(), count),
                *panel = ir.CreateURem(loop.index(), count);
    bind_point(body.emitter, plan_.form.batch, batch);
    bind_panel(body, panel);
    packing.pack_b(packed_b(body, batch, panel), first_column(ir, panel), positions);
    loop.close();
    ir.CreateRetVoid();
    return body.function;
  }

  llvm::Function* emit_sums() {
    KernelBody body(module_, name_ + ".sum", kernel_.pool, operands_);
    IR& ir = body.ir;
    TilePacking packing(body, plan_);
    llvm::Value* tile = body.stack(plan_.tile_elements() * element_bytes_);
    const std::int64_t packed_tiles = plan_.a_direct ? 0 : by_panels_ ? plan_.tiles() : 1;
    llvm::Value* a_panel =
        packed_tiles ? body.stack(packed_tiles * a_tile_bytes(packing)) : nullptr;
    const Block positions = block(body);
    if (by_panels_) {
      if (a_panel)
        each_tile(body, [&](const Tile& at) {
          packing.pack_a(packed_a(body, packing, a_panel, at), at.first, at.rows, positions);
        });
      each_task(body, plan_.panels(), [&](llvm::Value* batch, llvm::Value* panel) {
        each_tile(body, [&](const Tile& at) {
          llvm::Value* a =
              a_panel ? packed_a(body, packing, a_panel, at)
                      : start_of(body, plan_, plan_.form.a, plan_.form.m[0], at.first, positions);
          one_tile(body, positions, {at, batch, panel, a, tile});
        });
      });
    } else {
      each_group(body, [&](llvm::Value* first_panel, llvm::Value* last_panel) {
        each_task(body, plan_.tiles(), [&](llvm::Value* batch, llvm::Value* position) {
          const Tile at = tile_at(body, position);
          llvm::Value* a = a_panel;
          if (plan_.a_direct)
            a = start_of(body, plan_, plan_.form.a, plan_.form.m[0], at.first, positions);
          else
            packing.pack_a(a_panel, at.first, at.rows, positions);
          Loop panels(ir, first_panel, last_panel, 1, "panel");
          one_tile(body, positions, {at, batch, panels.index(), a, tile});
          panels.close();
        });
      });
    }
    ir.CreateRetVoid();
    return body.function;
  }

  struct Tile {
    llvm::Value *position, *first, *rows, *is_larger;
  };
  struct TileTask {
    Tile at;
    llvm::Value *batch, *panel, *a, *tile;
  };

  /// Tiles are balanced: the first ones have a row more where rows do not divide evenly.
  Tile tile_at(KernelBody& body, llvm::Value* position) const {
    IR& ir = body.ir;
    llvm::Value* larger = number(ir, larger_tiles());
    llvm::Value* is_larger = ir.CreateICmpSLT(position, larger);
    llvm::Value* first =
        ir.CreateAdd(ir.CreateMul(position, number(ir, rows_base())),
                     ir.CreateBinaryIntrinsic(llvm::Intrinsic::smin, position, larger));
    llvm::Value* rows =
        ir.CreateSelect(is_larger, number(ir, rows_base() + 1), number(ir, rows_base()));
    return {position, first, rows, is_larger};
  }

  template <class Inner>
  void each_tile(KernelBody& body, Inner inner) const {
    Loop tiles(body.ir, number(body.ir, 0), number(body.ir, plan_.tiles()), 1, "tile");
    inner(tile_at(body, tiles.index()));
    tiles.close();
  }

  std::int64_t a_tile_bytes(const TilePacking& packing) const {
    return padded_bytes(packing.a_bytes());
  }
  llvm::Value* packed_a(KernelBody& body, const TilePacking& packing, llvm::Value* a_panel,
                        const Tile& at) const {
    llvm::Value* offset = body.ir.CreateMul(at.position, number(body.ir, a_tile_bytes(packing)));
    return body.ir.CreateGEP(body.ir.getInt8Ty(), a_panel, offset);
  }

  template <class Inner>
  void each_task(KernelBody& body, std::int64_t in_batch, Inner inner) const {
    IR& ir = body.ir;
    Loop loop(ir, body.begin(), body.end(), 1, "task");
    llvm::Value* batch = ir.CreateUDiv(loop.index(), number(ir, in_batch));
    bind_point(body.emitter, plan_.form.batch, batch);
    const ExprEmitter::Scope scope(body.emitter);
    inner(batch, ir.CreateURem(loop.index(), number(ir, in_batch)));
    loop.close();
    unbind_all(body.emitter, plan_.form.batch);
  }

  /// Groups of panels that stay in cache while all tiles pass over them.
  template <class Inner>
  void each_group(KernelBody& body, Inner inner) const {
    IR& ir = body.ir;
    const std::int64_t panels = plan_.panels();
    const std::int64_t group =
        std::clamp<std::int64_t>(packed_b_in_cache / (panel_elements_ * element_bytes_), 1, panels);
    if (group == panels) return inner(number(ir, 0), number(ir, panels));
    Loop loop(ir, number(ir, 0), number(ir, panels), group, "group");
    inner(loop.index(), ir.CreateBinaryIntrinsic(llvm::Intrinsic::smin,
                                                 ir.CreateAdd(loop.index(), number(ir, group)),
                                                 number(ir, panels)));
    loop.close();
  }

  void one_tile(KernelBody& body, const Block& positions, const TileTask& task) const {
    IR& ir = body.ir;
    bind_panel(body, task.panel);
    llvm::Value* n_first = first_column(ir, task.panel);
    llvm::Value* tile = plan_.blocks() > 1 ? stored_sums(body, task) : task.tile;
    const std::vector<llvm::Value*> arguments = tile_sum(body, positions, task, n_first, tile);
    const auto call = [&](std::int64_t rows) {
      ir.CreateCall(
          micro_kernel(module_, {plan_.dtype, plan_.lanes, plan_.vectors, rows, plan_.a_along_k,
                                 plan_.blocks() > 1, static_cast<unsigned>(plan_.levels.size())}),
          arguments);
    };
    if (larger_tiles() == 0) {
      call(rows_base());
    } else {
      emit_if(ir, task.at.is_larger, [&] { call(rows_base() + 1); });
      emit_if(ir, ir.CreateNot(task.at.is_larger), [&] { call(rows_base()); });
    }
    if (plan_.blocks() == 1) {
      epilogue(body, task, tile, n_first);
    } else {
      llvm::Value* is_last = ir.CreateICmpEQ(positions.last, number(ir, plan_.k_outer_extent));
      emit_if(ir, is_last, [&] { epilogue(body, task, tile, n_first); });
    }
    unbind_all(body.emitter, plan_.n_outer);
  }

  /// The arguments of the micro-kernel.
  std::vector<llvm::Value*> tile_sum(KernelBody& body, const Block& positions, const TileTask& task,
                                     llvm::Value* n_first, llvm::Value* tile) const {
    IR& ir = body.ir;
    const std::vector<Places> places = places_of_levels(body, plan_);
    llvm::Value *a = task.a, *b = nullptr;
    if (plan_.b_direct)
      b = start_of(body, plan_, plan_.form.b, plan_.n_axis, n_first, positions, places);
    else
      b = packed_b(body, task.batch, task.panel);
    llvm::Value* count = number(ir, plan_.run);
    if (places.empty())
      count = ir.CreateMul(ir.CreateSub(positions.last, positions.first),
                           number(ir, plan_.k_inner_points));
    std::vector<llvm::Value*> of_levels;
    for (std::size_t i = 0; i < places.size(); ++i) {
      llvm::Value *a_step = number(ir, plan_.levels[i].a_step),
                  *b_step = number(ir, plan_.levels[i].b_step);
      a = element_address(body, a, ir.CreateMul(places[i].first, a_step));
      of_levels.insert(of_levels.end(), {places[i].count, a_step, b_step});
    }
    llvm::Value* add = ir.CreateICmpSGT(positions.first, number(ir, 0));
    std::vector<llvm::Value*> arguments{
        a, number(ir, plan_.a_stride), b, number(ir, plan_.b_stride), tile, count, add};
    arguments.insert(arguments.end(), of_levels.begin(), of_levels.end());
    return arguments;
  }

  /// Sums that wait for further blocks, tile by tile.
  llvm::Value* stored_sums(KernelBody& body, const TileTask& task) const {
    IR& ir = body.ir;
    llvm::Value* position =
        ir.CreateAdd(ir.CreateMul(task.batch, number(ir, plan_.tiles())), task.at.position);
    position = ir.CreateAdd(ir.CreateMul(position, number(ir, plan_.panels())), task.panel);
    llvm::Value* base = ir.CreateConstGEP1_64(
        ir.getInt8Ty(), body.scratch(),
        static_cast<std::uint64_t>(TilePlan::header_bytes + padded_bytes(plan_.packed_bytes())));
    return element_address(body, base, ir.CreateMul(position, number(ir, plan_.tile_elements())));
  }

  /// The stores, for each row of the tile and its columns vector by vector.
  void epilogue(KernelBody& body, const TileTask& task, llvm::Value* tile,
                llvm::Value* n_first) const {
    IR& ir = body.ir;
    ExprEmitter& emitter = body.emitter;
    const std::vector<Expr> order = epilogue_order(kernel_.pool, stage_, plan_.form.reduction);
    const std::vector<bool> written = loads_of_written(kernel_.pool, order, std::span(&stage_, 1));
    llvm::Value* n_last = ir.CreateBinaryIntrinsic(
        llvm::Intrinsic::smin, ir.CreateAdd(n_first, number(ir, plan_.columns())),
        number(ir, plan_.n));
    Loop rows(ir, number(ir, 0), task.at.rows, 1, "epilogue");
    bind_point(emitter, plan_.form.m, ir.CreateAdd(task.at.first, rows.index()));
    {
      const ExprEmitter::Scope scope(emitter);
      emitter.emit(order, &written);
      const bool whole = plan_.n % plan_.lanes == 0;
      lanes_loop(ir, n_first, n_last, plan_.lanes, whole, [&](llvm::Value* n, llvm::Value* mask) {
        llvm::Value* column = ir.CreateSub(n, n_first);
        llvm::Value* index =
            ir.CreateAdd(ir.CreateMul(rows.index(), number(ir, plan_.columns())), column);
        emitter.bind_vector(plan_.n_axis, n, plan_.lanes, mask);
        point(body, element_address(body, tile, index), order);
        emitter.unbind(plan_.n_axis);
      });
    }
    unbind_all(emitter, plan_.form.m);
    rows.close();
  }

  void point(KernelBody& body, llvm::Value* sums, std::span<const Expr> order) const {
    const ExprEmitter::Scope scope(body.emitter);
    llvm::Type* vector = lanes_of(value_type(body.ir.getContext(), plan_.dtype), plan_.lanes);
    body.emitter.set_value(plan_.form.reduction,
                           body.ir.CreateAlignedLoad(vector, sums, llvm::Align(64)));
    body.emitter.emit(order);
    for (const Store& store : stage_.stores)
      body.emitter.store(store, buffers_[store.buffer].type.dtype, body.emitter.value(store.value));
  }

  llvm::Module& module_;
  const Kernel& kernel_;
  const Stage& stage_;
  const TilePlan& plan_;
  std::span<const Buffer> buffers_;
  std::span<const KernelOperand> operands_;
  std::string name_;
  bool flush_denormals_, by_panels_ = false;
  std::int64_t element_bytes_, panel_elements_;
};

} // namespace

llvm::Function* emit_contraction(llvm::Module& module, const Kernel& kernel, const TilePlan& plan,
                                 std::span<const Buffer> buffers,
                                 std::span<const KernelOperand> operands, const std::string& name,
                                 bool flush_denormals) {
  return ContractionEmitter(module, kernel, plan, buffers, operands, name, flush_denormals).emit();
}

} // namespace nnc::cpu
