#include "compiler/target/cpu/micro_kernel.h"

#include "compiler/target/cpu/loop.h"

#include <llvm/IR/Intrinsics.h>

namespace nnc::cpu {
namespace {

constexpr unsigned first_level_argument = 7;

class MicroKernel {
public:
  MicroKernel(llvm::Function* function, const MicroKernelForm& form)
      : form_(form), function_(function),
        ir_(llvm::BasicBlock::Create(function->getContext(), "entry", function)),
        element_(value_type(function->getContext(), form.dtype)),
        vector_(lanes_of(element_, form.lanes)) {}

  void emit() {
    b_ = function_->getArg(2);
    for (std::int64_t row = 0; row < (form_.a_along_k ? form_.rows : 1); ++row)
      rows_.push_back(ir_.CreateGEP(element_, function_->getArg(0),
                                    ir_.CreateMul(function_->getArg(1), number(ir_, row))));
    std::vector<llvm::Value*> sums = start();
    sums = all_runs(std::move(sums));
    for (std::size_t i = 0; i < sums.size(); ++i)
      ir_.CreateAlignedStore(sums[i], tile(i), llvm::Align(64));
    ir_.CreateRetVoid();
  }

private:
  std::size_t count() const { return static_cast<std::size_t>(form_.rows) * form_.vectors; }

  llvm::Value* tile(std::size_t i) {
    return ir_.CreateConstGEP1_64(vector_, function_->getArg(4), i);
  }

  llvm::BasicBlock* block(const char* name) {
    return llvm::BasicBlock::Create(ir_.getContext(), name, function_);
  }

  /// Code that runs where `condition` holds; gives new sums, or the old ones where it does not.
  template <class Body>
  std::vector<llvm::Value*> where(llvm::Value* condition, std::vector<llvm::Value*> sums,
                                  Body body) {
    llvm::BasicBlock *before = ir_.GetInsertBlock(), *inside = block("inside"),
                     *done = block("done");
    ir_.CreateCondBr(condition, inside, done);
    ir_.SetInsertPoint(inside);
    const std::vector<llvm::Value*> fresh = body(sums);
    inside = ir_.GetInsertBlock();
    ir_.CreateBr(done);
    ir_.SetInsertPoint(done);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      llvm::PHINode* joined = ir_.CreatePHI(vector_, 2);
      joined->addIncoming(sums[i], before);
      joined->addIncoming(fresh[i], inside);
      sums[i] = joined;
    }
    return sums;
  }

  std::vector<llvm::Value*> start() {
    const std::vector<llvm::Value*> zeros(count(), llvm::Constant::getNullValue(vector_));
    if (!form_.accumulate) return zeros;
    return where(function_->getArg(6), zeros, [&](std::vector<llvm::Value*> sums) {
      for (std::size_t i = 0; i < sums.size(); ++i)
        sums[i] = ir_.CreateAlignedLoad(vector_, tile(i), llvm::Align(64));
      return sums;
    });
  }

  llvm::Value* level_argument(unsigned level, unsigned which) {
    return function_->getArg(first_level_argument + 3 * level + which);
  }

  /// All levels, unless one of them is empty.
  std::vector<llvm::Value*> all_runs(std::vector<llvm::Value*> sums) {
    if (form_.levels == 0) return run(std::move(sums));
    llvm::Value* some = ir_.getTrue();
    for (unsigned level = 0; level < form_.levels; ++level)
      some = ir_.CreateAnd(some, ir_.CreateICmpSGT(level_argument(level, 0), number(ir_, 0)));
    return where(some, std::move(sums), [&](std::vector<llvm::Value*> before) {
      return level(0, number(ir_, 0), function_->getArg(2), std::move(before));
    });
  }

  std::vector<llvm::Value*> level(unsigned depth, llvm::Value* a_offset, llvm::Value* b,
                                  std::vector<llvm::Value*> sums) {
    if (depth == form_.levels) {
      a_offset_ = a_offset;
      b_ = b;
      return run(std::move(sums));
    }
    Loop loop(ir_, number(ir_, 0), level_argument(depth, 0), 1, "level");
    std::vector<llvm::PHINode*> carried;
    for (llvm::Value* sum : sums) carried.push_back(loop.carry(sum));
    const auto along = [&](unsigned which) {
      return ir_.CreateMul(loop.index(), level_argument(depth, which));
    };
    sums = level(depth + 1, ir_.CreateAdd(a_offset, along(1)), ir_.CreateGEP(element_, b, along(2)),
                 {carried.begin(), carried.end()});
    for (std::size_t i = 0; i < sums.size(); ++i) loop.update(carried[i], sums[i]);
    loop.close();
    return sums;
  }

  std::vector<llvm::Value*> run(std::vector<llvm::Value*> sums) {
    llvm::Value* positions = function_->getArg(5);
    llvm::Value* even = ir_.CreateAnd(positions, number(ir_, -2));
    sums = in_pairs(even, std::move(sums));
    return last_one(positions, even, std::move(sums));
  }

  /// One position: a broadcast element of each row times the vectors of b.
  void add_position(llvm::Value* position, std::vector<llvm::Value*>& sums) {
    const llvm::Align align(dtype_size(form_.dtype));
    llvm::Value* b_row = ir_.CreateGEP(element_, b_, ir_.CreateMul(position, function_->getArg(3)));
    std::vector<llvm::Value*> b;
    for (unsigned v = 0; v < form_.vectors; ++v)
      b.push_back(ir_.CreateAlignedLoad(vector_, ir_.CreateConstGEP1_64(vector_, b_row, v), align));
    llvm::Value* place = form_.a_along_k ? position : ir_.CreateMul(position, function_->getArg(1));
    if (a_offset_) place = ir_.CreateAdd(a_offset_, place);
    llvm::Value* column = ir_.CreateGEP(element_, rows_[0], place);
    for (std::size_t row = 0; row < static_cast<std::size_t>(form_.rows); ++row) {
      llvm::Value* address = form_.a_along_k ? ir_.CreateGEP(element_, rows_[row], place)
                                             : ir_.CreateConstGEP1_64(element_, column, row);
      llvm::Value* a = splat(ir_, ir_.CreateAlignedLoad(element_, address, align), form_.lanes);
      for (unsigned v = 0; v < form_.vectors; ++v) {
        llvm::Value*& sum = sums[row * form_.vectors + v];
        sum = ir_.CreateIntrinsic(llvm::Intrinsic::fma, {vector_}, {a, b[v], sum});
      }
    }
  }

  std::vector<llvm::Value*> in_pairs(llvm::Value* even, std::vector<llvm::Value*> sums) {
    return where(ir_.CreateICmpSGT(even, number(ir_, 0)), std::move(sums),
                 [&](const std::vector<llvm::Value*>& before) {
                   Loop loop(ir_, number(ir_, 0), even, 2, "pair");
                   std::vector<llvm::PHINode*> carried;
                   for (llvm::Value* sum : before) carried.push_back(loop.carry(sum));
                   std::vector<llvm::Value*> after(carried.begin(), carried.end());
                   add_position(loop.index(), after);
                   add_position(ir_.CreateAdd(loop.index(), number(ir_, 1)), after);
                   for (std::size_t i = 0; i < after.size(); ++i) loop.update(carried[i], after[i]);
                   loop.close();
                   return after;
                 });
  }

  std::vector<llvm::Value*> last_one(llvm::Value* positions, llvm::Value* even,
                                     std::vector<llvm::Value*> sums) {
    return where(ir_.CreateICmpNE(positions, even), std::move(sums),
                 [&](std::vector<llvm::Value*> after) {
                   add_position(even, after);
                   return after;
                 });
  }

  const MicroKernelForm& form_;
  llvm::Function* function_;
  IR ir_;
  llvm::Type *element_, *vector_;
  std::vector<llvm::Value*> rows_;
  llvm::Value* b_ = nullptr;        ///< of the run
  llvm::Value* a_offset_ = nullptr; ///< likewise; null for 0
};

} // namespace

llvm::Function* micro_kernel(llvm::Module& module, const MicroKernelForm& form) {
  const std::string name =
      "nnc_tile_" + std::string(dtype_name(form.dtype)) + "_" + std::to_string(form.rows) + "x" +
      std::to_string(form.vectors * form.lanes) + (form.a_along_k ? "" : "_t") +
      (form.accumulate ? "_add" : "") + (form.levels ? "_" + std::to_string(form.levels) : "");
  if (llvm::Function* known = module.getFunction(name)) return known;
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* pointer = llvm::PointerType::getUnqual(context);
  llvm::Type* i64 = llvm::Type::getInt64Ty(context);
  std::vector<llvm::Type*> arguments{
      pointer, i64, pointer, i64, pointer, i64, llvm::Type::getInt1Ty(context)};
  arguments.insert(arguments.end(), 3 * form.levels, i64);
  auto* type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), arguments, false);
  auto* function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, name, module);
  function->addFnAttr(llvm::Attribute::NoInline);
  for (const unsigned argument : {0u, 2u, 4u})
    function->addParamAttr(argument, llvm::Attribute::NoAlias);
  MicroKernel(function, form).emit();
  return function;
}

} // namespace nnc::cpu
