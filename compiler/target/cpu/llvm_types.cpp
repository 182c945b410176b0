#include "compiler/target/cpu/llvm_types.h"

#include <llvm/IR/InlineAsm.h>

#include <bit>

namespace nnc::cpu {

llvm::Type* value_type(llvm::LLVMContext& context, DType dtype) {
  switch (dtype) {
  case DType::f64:
    return llvm::Type::getDoubleTy(context);
  case DType::f32:
    return llvm::Type::getFloatTy(context);
  case DType::f16:
    return llvm::Type::getHalfTy(context);
  case DType::boolean:
    return llvm::Type::getInt1Ty(context);
  default:
    return llvm::Type::getIntNTy(context, static_cast<unsigned>(dtype_size(dtype) * 8));
  }
}

llvm::Type* memory_type(llvm::LLVMContext& context, DType dtype) {
  return dtype == DType::boolean ? llvm::Type::getInt8Ty(context) : value_type(context, dtype);
}

llvm::Type* lanes_of(llvm::Type* element, unsigned lanes) {
  return lanes == 1 ? element : llvm::FixedVectorType::get(element, lanes);
}

unsigned lane_count(const llvm::Value* value) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(value->getType());
  return vector ? vector->getNumElements() : 1;
}

llvm::Value* splat(IR& ir, llvm::Value* value, unsigned lanes) {
  return lane_count(value) == lanes ? value : ir.CreateVectorSplat(lanes, value);
}

llvm::Value* from_memory(IR& ir, DType dtype, llvm::Value* loaded) {
  if (dtype != DType::boolean) return loaded;
  return ir.CreateICmpNE(loaded, llvm::Constant::getNullValue(loaded->getType()));
}

llvm::Value* to_memory(IR& ir, DType dtype, llvm::Value* value) {
  if (dtype != DType::boolean) return value;
  return ir.CreateZExt(value, lanes_of(ir.getInt8Ty(), lane_count(value)));
}

llvm::Constant* constant_value(llvm::LLVMContext& context, DType dtype, std::uint64_t bits) {
  llvm::Type* type = value_type(context, dtype);
  if (dtype == DType::bf16)
    return llvm::ConstantInt::get(type,
                                  float_to_bf16(static_cast<float>(std::bit_cast<double>(bits))));
  if (!is_float(dtype)) return llvm::ConstantInt::get(type, bits, is_signed(dtype));
  bool inexact = false;
  llvm::APFloat value(std::bit_cast<double>(bits));
  value.convert(type->getFltSemantics(), llvm::APFloat::rmNearestTiesToEven, &inexact);
  return llvm::ConstantFP::get(context, value);
}

llvm::Constant* integer_like(llvm::Value* value, std::int64_t number) {
  return llvm::ConstantInt::get(value->getType(), static_cast<std::uint64_t>(number), true);
}

llvm::Constant* lane_numbers(IR& ir, unsigned lanes, unsigned width) {
  std::vector<llvm::Constant*> numbers;
  for (unsigned i = 0; i < lanes; ++i)
    numbers.push_back(llvm::ConstantInt::get(ir.getIntNTy(width), i));
  return llvm::ConstantVector::get(numbers);
}

llvm::Constant* lane_mask(IR& ir, unsigned lanes, std::int64_t count) {
  std::vector<llvm::Constant*> bits;
  for (unsigned i = 0; i < lanes; ++i)
    bits.push_back(ir.getInt1(static_cast<std::int64_t>(i) < count));
  return llvm::ConstantVector::get(bits);
}

llvm::Value* opaque_lane_mask(IR& ir, unsigned lanes, std::int64_t count) {
  llvm::Type* i32 = ir.getInt32Ty();
  auto* keep = llvm::InlineAsm::get(llvm::FunctionType::get(i32, {i32}, false), "", "=r,0", false);
  llvm::Value* opaque = ir.CreateCall(keep, {ir.getInt32(static_cast<std::uint32_t>(count))});
  return ir.CreateICmpULT(lane_numbers(ir, lanes, 32), splat(ir, opaque, lanes));
}

} // namespace nnc::cpu
