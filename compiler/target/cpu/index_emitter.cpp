// Index arithmetic: scalar for addresses, vectors where an index does not run evenly.
#include "compiler/target/cpu/expr_emitter.h"

#include <algorithm>
#include <limits>

namespace nnc::cpu {
namespace {

/// floor(value / by) or value mod by, for by > 0 and a value whose lowest is known.
llvm::Value* divide(IR& ir, AtomKind kind, llvm::Value* value, IndexRange range, std::int64_t by) {
  const std::int64_t lifted = lift_of(range, by);
  if (lifted) value = ir.CreateAdd(value, integer_like(value, lifted));
  llvm::Value* divisor = integer_like(value, by);
  if (kind == AtomKind::mod) return ir.CreateURem(value, divisor);
  llvm::Value* quotient = ir.CreateUDiv(value, divisor);
  return lifted ? ir.CreateSub(quotient, integer_like(value, lifted / by)) : quotient;
}

} // namespace

llvm::Value* ExprEmitter::atom(const Atom& atom) {
  switch (atom.kind) {
  case AtomKind::axis:
    return axes_.at(atom.id);
  case AtomKind::data: {
    const Expr data{atom.id};
    return ir.CreateIntCast(value(data), ir.getInt64Ty(), is_signed(pool.dtype(data)));
  }
  default:
    return divide(ir, atom.kind, index(Index{atom.id}), pool.indices().range(Index{atom.id}),
                  atom.by);
  }
}

llvm::Value* ExprEmitter::index(Index index) {
  const IndexForm& form = pool.indices().form(index);
  llvm::Value* sum = nullptr;
  for (const IndexTerm& term : form.terms) {
    llvm::Value* part = atom(term.atom);
    if (term.coefficient != 1)
      part = ir.CreateMul(part, integer_like(part, term.coefficient), "", false, true);
    sum = sum ? ir.CreateAdd(sum, part, "", false, true) : part;
  }
  llvm::Value* constant = number(ir, form.constant);
  if (!sum) return constant;
  return form.constant ? ir.CreateAdd(sum, constant, "", false, true) : sum;
}

bool ExprEmitter::index_varies(Index index) const {
  if (!vector_axis_) return false;
  const auto stride = stride_of(pool, index, *vector_axis_);
  return !stride || *stride != 0;
}

/// The value of an index in a lane where nothing in it is known at run time only.
std::optional<std::int64_t> ExprEmitter::constant_index(Index index, unsigned lane) const {
  const IndexForm& form = pool.indices().form(index);
  std::int64_t sum = form.constant;
  for (const IndexTerm& term : form.terms) {
    std::int64_t part = 0;
    if (term.atom.kind == AtomKind::axis) {
      const auto* first = llvm::dyn_cast<llvm::ConstantInt>(axes_.at(term.atom.id));
      if (!first) return std::nullopt;
      part = first->getSExtValue() + (Axis{term.atom.id} == vector_axis_ ? lane : 0);
    } else {
      if (term.atom.kind == AtomKind::data) return std::nullopt;
      const auto inner = constant_index(Index{term.atom.id}, lane);
      if (!inner) return std::nullopt;
      const std::int64_t rest = (*inner % term.atom.by + term.atom.by) % term.atom.by;
      part = term.atom.kind == AtomKind::mod ? rest : (*inner - rest) / term.atom.by;
    }
    sum += term.coefficient * part;
  }
  return sum;
}

/// How far the lanes that are there lie from lane 0.
std::vector<std::int64_t> ExprEmitter::lane_offsets(Index index) const {
  std::int64_t last = lanes_;
  if (const auto* first = llvm::dyn_cast<llvm::ConstantInt>(axes_.at(vector_axis_->id)))
    last = std::min(last, pool.indices().axis(*vector_axis_).extent - first->getSExtValue());
  else if (mask_)
    return {};
  std::vector<std::int64_t> offsets;
  const auto stride = stride_of(pool, index, *vector_axis_);
  for (std::int64_t lane = 0; lane < last; ++lane) {
    if (stride) {
      offsets.push_back(*stride * lane);
      continue;
    }
    const auto here = constant_index(index, static_cast<unsigned>(lane));
    if (!here) return {};
    offsets.push_back(*here);
  }
  if (!stride)
    for (const std::int64_t start = offsets[0]; std::int64_t & offset : offsets) offset -= start;
  return offsets;
}

bool ExprEmitter::fits_32_bits(Index index) const {
  constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
  const auto inside = [](std::int64_t x) { return x <= limit && x >= -limit; };
  const IndexForm& form = pool.indices().form(index);
  std::int64_t reach = std::abs(form.constant);
  for (const IndexTerm& term : form.terms) {
    std::int64_t largest = term.atom.by;
    if (term.atom.kind == AtomKind::axis)
      largest = pool.indices().axis(Axis{term.atom.id}).extent + 64; // lanes past the end
    if (term.atom.kind == AtomKind::floor_div || term.atom.kind == AtomKind::mod) {
      if (!fits_32_bits(Index{term.atom.id}) || !inside(term.atom.by)) return false;
      const IndexRange range = pool.indices().range(Index{term.atom.id});
      largest = std::max({std::abs(range.low), std::abs(range.high), term.atom.by}) + 64;
    }
    std::int64_t product = 0;
    if (__builtin_mul_overflow(std::abs(term.coefficient), largest, &product) ||
        __builtin_add_overflow(reach, product, &reach) || !inside(reach))
      return false;
  }
  return inside(reach);
}

llvm::Value* ExprEmitter::vector_atom(const Atom& atom, unsigned width) {
  llvm::Type* type = lanes_of(ir.getIntNTy(width), lanes_);
  switch (atom.kind) {
  case AtomKind::axis: {
    llvm::Value* first = ir.CreateIntCast(axes_.at(atom.id), ir.getIntNTy(width), true);
    if (Axis{atom.id} != *vector_axis_) return splat(ir, first, lanes_);
    return ir.CreateAdd(splat(ir, first, lanes_), lane_numbers(ir, lanes_, width));
  }
  case AtomKind::data: {
    const Expr data{atom.id};
    return ir.CreateIntCast(splat(ir, value(data), lanes_), type, is_signed(pool.dtype(data)));
  }
  default:
    return divide(ir, atom.kind, vector_index(Index{atom.id}, width),
                  pool.indices().range(Index{atom.id}), atom.by);
  }
}

llvm::Value* ExprEmitter::vector_index(Index index, unsigned width) {
  const IndexForm& form = pool.indices().form(index);
  llvm::Value* sum = llvm::ConstantInt::get(lanes_of(ir.getIntNTy(width), lanes_),
                                            static_cast<std::uint64_t>(form.constant), true);
  for (const IndexTerm& term : form.terms) {
    llvm::Value* part = vector_atom(term.atom, width);
    sum = ir.CreateAdd(sum, ir.CreateMul(part, integer_like(part, term.coefficient)));
  }
  return sum;
}

llvm::Value* ExprEmitter::vector_index_value(Index index) {
  return vector_index(index, fits_32_bits(index) ? 32 : 64);
}

} // namespace nnc::cpu
