#include "compiler/target/cpu/expr_emitter.h"

#include "compiler/target/cpu/division.h"
#include "compiler/target/cpu/scalar_ops.h"

#include <algorithm>
#include <bit>

namespace nnc::cpu {
namespace {

/// A whole vector by what all of its lanes share, which is no constant.
bool divides_by_one(std::span<llvm::Value* const> operands, unsigned lanes) {
  llvm::Type* element = operands[1]->getType();
  return lane_count(operands[0]) == lanes && !llvm::isa<llvm::Constant>(operands[1]) &&
         (element->isFloatTy() || element->isDoubleTy()) && pays_off_to_multiply(element, lanes);
}

} // namespace

ExprEmitter::ExprEmitter(IR& builder, const ExprPool& expressions,
                         std::function<llvm::Value*(std::uint32_t)> pointer)
    : ir(builder), pool(expressions), pointer_(std::move(pointer)) {
  scopes_.emplace_back();
}

void ExprEmitter::bind(Axis axis, llvm::Value* index) { axes_[axis.id] = index; }

void ExprEmitter::bind_vector(Axis axis, llvm::Value* first, unsigned lanes, llvm::Value* mask) {
  axes_[axis.id] = first;
  vector_axis_ = axis;
  lanes_ = lanes;
  mask_ = mask;
}

void ExprEmitter::unbind(Axis axis) {
  axes_.erase(axis.id);
  if (vector_axis_ != axis) return;
  vector_axis_.reset();
  lanes_ = 1;
  mask_ = nullptr;
}

void ExprEmitter::set_value(Expr expr, llvm::Value* value) {
  if (values_.emplace(expr.id, value).second) scopes_.back().push_back(expr.id);
}

void ExprEmitter::leave() {
  for (const std::uint32_t id : scopes_.back()) values_.erase(id);
  scopes_.pop_back();
}

bool ExprEmitter::known(Expr expr) const {
  return std::ranges::all_of(pool.free_axes(expr), [&](Axis axis) {
    return axes_.contains(axis.id) || pool.indices().axis(axis).extent <= 1;
  });
}

bool ExprEmitter::varies(Expr expr) const {
  return vector_axis_ && depends_on(pool, expr, *vector_axis_);
}

void ExprEmitter::emit(std::span<const Expr> order, const std::vector<bool>* excluded) {
  for (const Expr expr : order) {
    if (values_.contains(expr.id) || !known(expr)) continue;
    if (excluded && (*excluded)[expr.id]) continue;
    set_value(expr, compute(expr, excluded ? std::span<const Expr>() : order));
  }
}

llvm::Value* ExprEmitter::value(Expr expr) const {
  const auto found = values_.find(expr.id);
  if (found == values_.end())
    throw InternalError("CPU target: expression " + std::to_string(expr.id) + " (" +
                        std::string(scalar_op_name(pool.node(expr).op)) + ") is not there yet");
  return found->second;
}

llvm::Value* ExprEmitter::compute(Expr expr, std::span<const Expr> waiting) {
  const ExprNode& node = pool.node(expr);
  switch (node.op) {
  case ScalarOp::constant:
    return constant_value(ir.getContext(), node.dtype, node.bits);
  case ScalarOp::load:
    return load(node);
  case ScalarOp::index:
    if (!varies(expr)) return index(Index{node.source});
    return ir.CreateSExt(vector_index_value(Index{node.source}), lanes_of(ir.getInt64Ty(), lanes_));
  case ScalarOp::reduce:
    return reduce(expr, waiting);
  case ScalarOp::element:
    throw InternalError("CPU target: an element that is neither computed nor stored");
  default:
    return operation(node);
  }
}

llvm::Value* ExprEmitter::operation(const ExprNode& node) {
  if (const auto compared = narrow_compare(node)) return *compared;
  std::vector<llvm::Value*> operands;
  std::vector<DType> dtypes;
  unsigned lanes = 1;
  for (int i = 0; i < node.arity; ++i) {
    operands.push_back(value(node.operand[i]));
    dtypes.push_back(pool.dtype(node.operand[i]));
    lanes = std::max(lanes, lane_count(operands.back()));
  }
  if (node.op == ScalarOp::div && divides_by_one(operands, lanes))
    return divided_by_one(ir, operands[0], operands[1]);
  for (llvm::Value*& operand : operands) operand = splat(ir, operand, lanes);
  return emit_operation(ir, node, dtypes, operands);
}

/// Comparisons of an index with a constant, as guards have them, in 32 bits where that is enough.
std::optional<llvm::Value*> ExprEmitter::narrow_compare(const ExprNode& node) {
  if (node.op < ScalarOp::eq || node.op > ScalarOp::ge || !varies(node.operand[0]))
    return std::nullopt;
  const ExprNode& left = pool.node(node.operand[0]);
  const auto right = pool.as_integer(node.operand[1]);
  if (left.op != ScalarOp::index || !right || !fits_32_bits(Index{left.source}) ||
      *right != static_cast<std::int32_t>(*right))
    return std::nullopt;
  llvm::Value* number = vector_index_value(Index{left.source});
  const DType dtypes[] = {DType::i32, DType::i32};
  llvm::Value* const operands[] = {number, integer_like(number, *right)};
  return emit_operation(ir, node, dtypes, operands);
}

unsigned full_lanes(const ExprPool& pool, std::span<const Expr> order) {
  for (const Expr expr : order) {
    const ExprNode& node = pool.node(expr);
    if (node.dtype == DType::f64 && node.op != ScalarOp::constant) return 8;
    const bool in_lanes = !pool.free_axes(expr).empty(); // not a number that all lanes share
    if (node.op == ScalarOp::load && dtype_size(node.dtype) == 8 && in_lanes) return 8;
  }
  return 16;
}

unsigned lanes_for(std::int64_t extent, unsigned full) {
  if (extent < 4) return 1;
  return std::min(full, std::bit_ceil(static_cast<unsigned>(std::min<std::int64_t>(extent, full))));
}

} // namespace nnc::cpu
