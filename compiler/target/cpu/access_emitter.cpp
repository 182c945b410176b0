// Loads and stores. Nothing outside a tensor is ever touched: where a guard is false the address of
// a block of zeros takes the place of the element's, or the lane is masked off.
#include "compiler/target/cpu/expr_emitter.h"

#include "compiler/target/cpu/scalar_ops.h"

#include <llvm/IR/Module.h>

#include <algorithm>
#include <bit>

namespace nnc::cpu {
namespace {

constexpr unsigned zero_bytes = 512; ///< the widest vector: 64 elements of 8 bytes

llvm::Value* zeros(IR& ir) {
  llvm::Module& module = *ir.GetInsertBlock()->getModule();
  constexpr const char* name = "nnc_zeros";
  if (llvm::GlobalVariable* known = module.getGlobalVariable(name, true)) return known;
  auto* type = llvm::ArrayType::get(ir.getInt8Ty(), zero_bytes);
  auto* block = new llvm::GlobalVariable(module, type, true, llvm::GlobalValue::InternalLinkage,
                                         llvm::ConstantAggregateZero::get(type), name);
  block->setAlignment(llvm::Align(64));
  return block;
}

llvm::Align element_alignment(llvm::Type* element) {
  return llvm::Align(element->getScalarSizeInBits() / 8);
}

llvm::Value* all_true(IR& ir, unsigned lanes) {
  return llvm::ConstantInt::getTrue(lanes_of(ir.getInt1Ty(), lanes));
}

llvm::Value* reversed(IR& ir, llvm::Value* vector) { return ir.CreateVectorReverse(vector); }

} // namespace

llvm::Value* ExprEmitter::guarded_address(llvm::Value* guard, llvm::Value* address) {
  return ir.CreateSelect(guard, address, zeros(ir));
}

llvm::Value* ExprEmitter::lane_mask_of(Expr guard) {
  if (!guard.valid() || !varies(guard)) return mask_;
  llvm::Value* wanted = value(guard);
  return mask_ ? ir.CreateAnd(mask_, wanted) : wanted;
}

llvm::Value* ExprEmitter::load(const ExprNode& node) {
  llvm::Type* type = memory_type(ir.getContext(), node.dtype);
  const Index at = pool.index_list(node)[0];
  llvm::Value* loaded = nullptr;
  const bool guard_varies = node.guard.valid() && varies(node.guard);
  if (index_varies(at)) {
    loaded = load_vector(node, type);
  } else if (guard_varies) { // one element for some of the lanes
    llvm::Value* mask = lane_mask_of(node.guard);
    llvm::Value* address = ir.CreateGEP(type, pointer_(node.source), index(at));
    llvm::Value* one = ir.CreateAlignedLoad(type, guarded_address(ir.CreateOrReduce(mask), address),
                                            element_alignment(type));
    loaded = ir.CreateSelect(mask, splat(ir, one, lanes_),
                             llvm::Constant::getNullValue(lanes_of(type, lanes_)));
  } else {
    llvm::Value* address = ir.CreateGEP(type, pointer_(node.source), index(at));
    loaded = load_single(node, type, address);
  }
  return from_memory(ir, node.dtype, loaded);
}

llvm::Value* ExprEmitter::load_single(const ExprNode& node, llvm::Type* type,
                                      llvm::Value* address) {
  if (node.guard.valid()) address = guarded_address(value(node.guard), address);
  return ir.CreateAlignedLoad(type, address, element_alignment(type));
}

/// Addresses of all lanes, for accesses that do not run with the vector.
llvm::Value* ExprEmitter::lane_addresses(std::uint32_t buffer, Index at, llvm::Type* type) {
  const auto stride = stride_of(pool, at, *vector_axis_);
  llvm::Value* base = pointer_(buffer);
  if (!stride) return ir.CreateGEP(type, base, vector_index_value(at));
  base = ir.CreateGEP(type, base, index(at));
  const bool narrow = std::abs(*stride) < (std::int64_t{1} << 24);
  llvm::Value* steps = lane_numbers(ir, lanes_, narrow ? 32 : 64);
  return ir.CreateGEP(type, base, ir.CreateMul(steps, integer_like(steps, *stride)));
}

/// Elements at constant `offsets` from that at `first`, close together: one load of all from the
/// least to the greatest, or two that overlap, and a permutation. Null where they are far apart.
llvm::Value* ExprEmitter::load_near(llvm::Value* first, std::span<const std::int64_t> offsets,
                                    llvm::Type* type) {
  const auto ends = std::ranges::minmax(offsets);
  const std::int64_t least = ends.min, greatest = ends.max;
  const auto width = static_cast<std::uint64_t>(greatest - least + 1);
  const auto piece = static_cast<unsigned>(std::bit_floor(width));
  if (width > 2 * lanes_) return nullptr;
  const auto load_at = [&](std::int64_t offset) -> llvm::Value* {
    return ir.CreateAlignedLoad(lanes_of(type, piece),
                                ir.CreateGEP(type, first, number(ir, offset)),
                                element_alignment(type));
  };
  const std::int64_t second = greatest - piece + 1;
  if (piece == 1) return splat(ir, load_at(least), lanes_);
  const auto place = [&](std::int64_t offset) {
    return static_cast<int>(offset - least < piece ? offset - least : piece + offset - second);
  };
  std::vector<int> permutation(lanes_, place(offsets[0])); // lanes that are not there: any element
  std::ranges::transform(offsets, permutation.begin(), place);
  llvm::Value* low = load_at(least);
  return ir.CreateShuffleVector(low, width == piece ? low : load_at(second), permutation);
}

llvm::Value* ExprEmitter::load_vector(const ExprNode& node, llvm::Type* type) {
  const Index at = pool.index_list(node)[0];
  const auto stride = stride_of(pool, at, *vector_axis_);
  llvm::Type* vector = lanes_of(type, lanes_);
  llvm::Value* zero = llvm::Constant::getNullValue(vector);
  llvm::Value* mask = lane_mask_of(node.guard);
  const bool single_guard = node.guard.valid() && !varies(node.guard);
  const llvm::Align align = element_alignment(type);
  if (stride && (*stride == 1 || (*stride == -1 && !mask))) {
    llvm::Value* address = ir.CreateGEP(type, pointer_(node.source), index(at));
    if (*stride == -1)
      address = ir.CreateGEP(type, address, number(ir, 1 - static_cast<std::int64_t>(lanes_)));
    if (single_guard) address = guarded_address(value(node.guard), address);
    if (mask) return ir.CreateMaskedLoad(vector, address, align, mask, zero);
    llvm::Value* loaded = ir.CreateAlignedLoad(vector, address, align);
    return *stride == -1 ? reversed(ir, loaded) : loaded;
  }
  if (const auto offsets = lane_offsets(at); !offsets.empty() && !node.guard.valid())
    if (llvm::Value* near =
            load_near(ir.CreateGEP(type, pointer_(node.source), index(at)), offsets, type))
      return near;
  if (!mask) mask = all_true(ir, lanes_);
  if (single_guard) mask = ir.CreateAnd(mask, splat(ir, value(node.guard), lanes_));
  llvm::Value* addresses = lane_addresses(node.source, at, type);
  return ir.CreateMaskedGather(vector, addresses, align, mask, zero);
}

void ExprEmitter::store(const Store& store, DType dtype, llvm::Value* value) {
  llvm::Type* type = memory_type(ir.getContext(), dtype);
  if (vector_axis_) {
    llvm::Value* vector = splat(ir, value, lanes_);
    const bool single_guard = store.guard.valid() && !varies(store.guard);
    const auto body = [&] { store_vector(store, dtype, vector); };
    return single_guard ? emit_if(ir, this->value(store.guard), body) : body();
  }
  const auto body = [&] {
    llvm::Value* address = ir.CreateGEP(type, pointer_(store.buffer), index(store.at[0]));
    if (store.accumulate) {
      llvm::Value* old =
          from_memory(ir, dtype, ir.CreateAlignedLoad(type, address, element_alignment(type)));
      const DType dtypes[] = {dtype, dtype};
      llvm::Value* const operands[] = {old, value};
      value =
          emit_operation(ir, {.op = ScalarOp::add, .dtype = dtype, .arity = 2}, dtypes, operands);
    }
    ir.CreateAlignedStore(to_memory(ir, dtype, value), address, element_alignment(type));
  };
  return store.guard.valid() ? emit_if(ir, this->value(store.guard), body) : body();
}

void ExprEmitter::store_vector(const Store& store, DType dtype, llvm::Value* value) {
  llvm::Type* type = memory_type(ir.getContext(), dtype);
  const Index at = store.at[0];
  const auto stride = stride_of(pool, at, *vector_axis_);
  llvm::Value* mask = lane_mask_of(store.guard);
  const llvm::Align align = element_alignment(type);
  const bool runs_along = stride && *stride == 1;
  llvm::Value* address = runs_along ? ir.CreateGEP(type, pointer_(store.buffer), index(at))
                                    : lane_addresses(store.buffer, at, type);
  llvm::Type* vector = lanes_of(type, lanes_);
  if (store.accumulate) {
    llvm::Value* some = mask ? mask : all_true(ir, lanes_);
    llvm::Value* zero = llvm::Constant::getNullValue(vector);
    llvm::Value* old = runs_along ? ir.CreateMaskedLoad(vector, address, align, some, zero)
                                  : ir.CreateMaskedGather(vector, address, align, some, zero);
    const DType dtypes[] = {dtype, dtype};
    llvm::Value* const operands[] = {from_memory(ir, dtype, old), value};
    value = emit_operation(ir, {.op = ScalarOp::add, .dtype = dtype, .arity = 2}, dtypes, operands);
  }
  value = to_memory(ir, dtype, value);
  if (!runs_along)
    ir.CreateMaskedScatter(value, address, align, mask ? mask : all_true(ir, lanes_));
  else if (mask && !ends_in_padding(store, dtype))
    ir.CreateMaskedStore(value, address, align, mask);
  else
    store_whole(store, dtype, value, address);
}

/// Does the last vector of the only ones that are stored to a local end before the next local?
bool ExprEmitter::ends_in_padding(const Store& store, DType dtype) const {
  const auto found = padded_.find(store.buffer);
  if (found == padded_.end() || store.guard.valid()) return false;
  const std::int64_t extent = pool.indices().axis(*vector_axis_).extent;
  const IndexRange range = pool.indices().range(store.at[0]);
  if (extent != found->second || range.low != 0 || range.high != extent - 1) return false;
  const auto size = static_cast<std::int64_t>(dtype_size(dtype));
  return (extent + lanes_ - 1) / lanes_ * lanes_ * size <= padded_bytes(extent * size);
}

/// Is the place of every vector a multiple of `elements`, counted from where its buffer begins?
bool ExprEmitter::steps_by(Index index, std::int64_t elements) const {
  const IndexForm& form = pool.indices().form(index);
  return form.constant % elements == 0 &&
         std::ranges::all_of(form.terms, [&](const IndexTerm& term) {
           if (term.atom.kind != AtomKind::axis) return false;
           const bool along = Axis{term.atom.id} == *vector_axis_;
           return term.coefficient * (along ? lanes_ : 1) % elements == 0;
         });
}

void ExprEmitter::store_whole(const Store& store, DType dtype, llvm::Value* value,
                              llvm::Value* address) {
  const llvm::Align align = element_alignment(memory_type(ir.getContext(), dtype));
  const auto found = streams_.find(store.buffer);
  if (found == streams_.end() ||
      !steps_by(store.at[0], found->second.bytes / static_cast<std::int64_t>(dtype_size(dtype)))) {
    ir.CreateAlignedStore(value, address, align);
    return;
  }
  const Stream& stream = found->second;
  emit_if(ir, stream.aligned, [&] {
    const llvm::Align whole(static_cast<std::uint64_t>(stream.bytes));
    auto* past = ir.CreateAlignedStore(value, address, whole);
    past->setMetadata(
        llvm::LLVMContext::MD_nontemporal,
        llvm::MDNode::get(ir.getContext(), llvm::ConstantAsMetadata::get(ir.getInt32(1))));
  });
  emit_if(ir, ir.CreateNot(stream.aligned), [&] { ir.CreateAlignedStore(value, address, align); });
}

} // namespace nnc::cpu
