#include "compiler/target/cpu/tile_access.h"

#include <llvm/IR/Intrinsics.h>

namespace nnc::cpu {

std::vector<Places> places_of_levels(KernelBody& body, const TilePlan& plan) {
  IR& ir = body.ir;
  std::vector<Places> all;
  for (const TileLevel& level : plan.levels) {
    llvm::Value *first = number(ir, 0), *last = number(ir, level.extent - 1);
    for (const TileLevel::Bound& bound : level.bounds) {
      llvm::Value* index = body.emitter.index(bound.index);
      llvm::Value *low = number(ir, bound.range.low), *high = number(ir, bound.range.high);
      llvm::Value* from = bound.falls ? ir.CreateSub(index, high) : ir.CreateSub(low, index);
      llvm::Value* to = bound.falls ? ir.CreateSub(index, low) : ir.CreateSub(high, index);
      first = ir.CreateBinaryIntrinsic(llvm::Intrinsic::smax, first, from);
      last = ir.CreateBinaryIntrinsic(llvm::Intrinsic::smin, last, to);
    }
    all.push_back({first, ir.CreateAdd(ir.CreateSub(last, first), number(ir, 1))});
  }
  return all;
}

llvm::Value* start_of(KernelBody& body, const TilePlan& plan, Expr factor, Axis axis,
                      llvm::Value* first, const Block& positions, std::span<const Places> places) {
  ExprEmitter& emitter = body.emitter;
  const ExprPool& pool = emitter.pool;
  const ExprNode& node = pool.node(factor);
  emitter.bind(axis, first);
  for (const Axis summed : plan.k_axes()) emitter.bind(summed, number(body.ir, 0));
  emitter.bind(plan.k_outer, positions.first);
  for (std::size_t i = 0; i < places.size(); ++i)
    emitter.bind(plan.levels[i].axis, places[i].first);
  const ExprEmitter::Scope scope(emitter);
  const Index at = pool.index_list(node)[0];
  for (const std::uint32_t data : pool.indices().data_of(at)) {
    const Expr root{data};
    emitter.emit(topological_order(pool, std::span(&root, 1)));
  }
  llvm::Value* index = emitter.index(at);
  unbind_all(emitter, plan.k_axes());
  emitter.unbind(axis);
  return body.ir.CreateGEP(value_type(body.ir.getContext(), plan.dtype),
                           body.pointers.at(node.source), index);
}

} // namespace nnc::cpu
