#include "compiler/target/cpu/call_table.h"

#include "compiler/target/cpu/loop.h"

#include <llvm/IR/Constants.h>

namespace nnc::cpu {
namespace {

// Words of 64 bits. A call: its function, the number of addresses, then for each address the
// position of its base and an offset. Bases are arguments, counted from 0, and before them the two
// below. What is in the module is told by its distance from the table, which needs no relocation
// when the code is loaded.
constexpr std::int64_t workspace_base = -1, table_base = -2;

llvm::GlobalVariable* make_table(llvm::Module& module, std::span<const PlacedCall> calls) {
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* word = llvm::Type::getInt64Ty(context);
  std::size_t size = 0;
  for (const PlacedCall& call : calls) size += 2 + 2 * call.addresses.size();
  auto* type = llvm::ArrayType::get(word, size);
  auto* table = new llvm::GlobalVariable(module, type, true, llvm::GlobalValue::InternalLinkage,
                                         nullptr, "nnc_calls");
  table->setAlignment(llvm::Align(8));
  const auto number = [&](std::int64_t value) -> llvm::Constant* {
    return llvm::ConstantInt::getSigned(word, value);
  };
  const auto distance = [&](llvm::Constant* to) {
    return llvm::ConstantExpr::getSub(llvm::ConstantExpr::getPtrToInt(to, word),
                                      llvm::ConstantExpr::getPtrToInt(table, word));
  };
  std::vector<llvm::Constant*> words;
  words.reserve(size);
  for (const PlacedCall& call : calls) {
    words.push_back(distance(call.callee));
    words.push_back(number(static_cast<std::int64_t>(call.addresses.size())));
    for (const auto& [base, argument, constant, offset] : call.addresses) {
      const bool in_module = base == CallAddress::Base::constant;
      words.push_back(number(base == CallAddress::Base::argument
                                 ? static_cast<std::int64_t>(argument)
                             : in_module ? table_base
                                         : workspace_base));
      words.push_back(in_module ? llvm::ConstantExpr::getAdd(distance(constant), number(offset))
                                : number(offset));
    }
  }
  table->setInitializer(llvm::ConstantArray::get(type, words));
  return table;
}

/// void nnc_call_all(ptr table, i64 calls, ptr list, ptr arguments, ptr workspace, ptr host)
class Caller {
public:
  explicit Caller(llvm::Function* function)
      : function_(function),
        ir_(llvm::BasicBlock::Create(function->getContext(), "entry", function)),
        word_(ir_.getInt64Ty()), pointer_(ir_.getPtrTy()) {}

  void emit() {
    llvm::Value* own = ir_.CreateAlloca(pointer_, ir_.getInt32(2));
    ir_.CreateStore(table(), own);
    ir_.CreateStore(function_->getArg(4), ir_.CreateConstGEP1_64(pointer_, own, 1));
    llvm::Value* behind_own = ir_.CreateConstGEP1_64(pointer_, own, 2);
    Loop calls(ir_, ir_.getInt64(0), function_->getArg(1), 1, "call");
    llvm::PHINode* at = calls.carry(table());
    llvm::Value* callee = ir_.CreateGEP(ir_.getInt8Ty(), table(), word(at, 0));
    llvm::Value* count = word(at, 1);
    llvm::Value* first = ir_.CreateConstGEP1_64(word_, at, 2);
    emit_if(ir_, ir_.CreateICmpSGT(count, ir_.getInt64(0)),
            [&] { fill_list(first, count, behind_own); });
    auto* type = llvm::FunctionType::get(ir_.getVoidTy(), {pointer_, pointer_}, false);
    ir_.CreateCall(type, callee, {list(), function_->getArg(5)});
    calls.update(at, ir_.CreateGEP(word_, first, ir_.CreateShl(count, 1)));
    calls.close();
    ir_.CreateRetVoid();
  }

private:
  llvm::Value* table() { return function_->getArg(0); }
  llvm::Value* list() { return function_->getArg(2); }
  llvm::Value* word(llvm::Value* at, std::uint64_t position) {
    return ir_.CreateLoad(word_, ir_.CreateConstGEP1_64(word_, at, position));
  }

  void fill_list(llvm::Value* first, llvm::Value* count, llvm::Value* behind_own) {
    Loop addresses(ir_, ir_.getInt64(0), count, 1, "address");
    llvm::Value* at = ir_.CreateGEP(word_, first, ir_.CreateShl(addresses.index(), 1));
    llvm::Value* position = word(at, 0);
    llvm::Value* bases = ir_.CreateSelect(ir_.CreateICmpSLT(position, ir_.getInt64(0)), behind_own,
                                          function_->getArg(3));
    llvm::Value* base = ir_.CreateLoad(pointer_, ir_.CreateGEP(pointer_, bases, position));
    ir_.CreateStore(ir_.CreateGEP(ir_.getInt8Ty(), base, word(at, 1)),
                    ir_.CreateGEP(pointer_, list(), addresses.index()));
    addresses.close();
  }

  llvm::Function* function_;
  IR ir_;
  llvm::Type *word_, *pointer_;
};

llvm::Function* caller(llvm::Module& module) {
  constexpr const char* name = "nnc_call_all";
  if (llvm::Function* known = module.getFunction(name)) return known;
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* pointer = llvm::PointerType::getUnqual(context);
  llvm::Type* word = llvm::Type::getInt64Ty(context);
  auto* type = llvm::FunctionType::get(llvm::Type::getVoidTy(context),
                                       {pointer, word, pointer, pointer, pointer, pointer}, false);
  auto* function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, name, module);
  function->addFnAttr(llvm::Attribute::NoInline);
  Caller(function).emit();
  return function;
}

} // namespace

void emit_call_table(IR& ir, std::span<const PlacedCall> calls, llvm::Value* list,
                     llvm::Value* arguments, llvm::Value* workspace, llvm::Value* host) {
  llvm::Module& module = *ir.GetInsertBlock()->getModule();
  ir.CreateCall(caller(module), {make_table(module, calls), number(ir, std::ssize(calls)), list,
                                 arguments, workspace, host});
}

} // namespace nnc::cpu
