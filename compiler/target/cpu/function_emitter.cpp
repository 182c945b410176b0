#include "compiler/target/cpu/function_emitter.h"

#include "compiler/target/cpu/loop.h"

#include <algorithm>

namespace nnc::cpu {
namespace {

constexpr std::size_t calls_in_a_part = 128; ///< code generation is not linear in a function's size

class FunctionEmitter {
public:
  FunctionEmitter(llvm::Module& module, const KernelProgram& program,
                  std::span<const KernelCode* const> code)
      : module_(module), context_(module.getContext()), program_(program), code_(code),
        pointer_(llvm::PointerType::getUnqual(context_)),
        type_(llvm::FunctionType::get(llvm::Type::getInt32Ty(context_),
                                      {pointer_, pointer_, pointer_}, false)),
        argument_(program.buffers.size(), SIZE_MAX) {
    std::size_t position = 0;
    for (const ProgramPort& port : program.inputs) argument_[port.buffer] = position++;
    for (const ProgramPort& port : program.outputs) argument_[port.buffer] = position++;
    for (const KernelCode* each : code)
      scratch_bytes_ = std::max(scratch_bytes_, each->scratch_bytes);
    arena_bytes_ = padded_bytes(program.arena_bytes);
  }

  CompiledFunction emit(const std::string& symbol) {
    llvm::Function* function = new_function(symbol, llvm::GlobalValue::ExternalLinkage);
    IR ir(llvm::BasicBlock::Create(context_, "entry", function));
    llvm::Value* saved = save_control_word(ir);
    set_control_word(ir, saved, program_.flush_denormals);
    auto* done = llvm::BasicBlock::Create(context_, "done", function);
    llvm::SmallVector<llvm::Value*, 3> arguments;
    for (llvm::Argument& argument : function->args()) arguments.push_back(&argument);
    std::vector<std::pair<llvm::Value*, llvm::BasicBlock*>> results;
    const std::size_t count = program_.kernels.size();
    for (std::size_t first = 0; first < count + 1; first += calls_in_a_part) {
      const std::size_t last = std::min(first + calls_in_a_part, count + 1);
      llvm::Value* result = ir.CreateCall(
          emit_part(symbol + ".part" + std::to_string(first), first, last), arguments);
      results.emplace_back(result, ir.GetInsertBlock());
      auto* next = llvm::BasicBlock::Create(context_, "next", function);
      ir.CreateCondBr(ir.CreateICmpNE(result, ir.getInt32(0)), done, next);
      ir.SetInsertPoint(next);
    }
    results.emplace_back(ir.getInt32(0), ir.GetInsertBlock());
    ir.CreateBr(done);
    ir.SetInsertPoint(done);
    llvm::PHINode* code = ir.CreatePHI(ir.getInt32Ty(), static_cast<unsigned>(results.size()));
    for (const auto& [value, block] : results) code->addIncoming(value, block);
    restore_control_word(ir, saved);
    ir.CreateRet(code);
    return {symbol, arena_bytes_ + scratch_bytes_};
  }

private:
  llvm::Function* new_function(const std::string& name, llvm::GlobalValue::LinkageTypes linkage) {
    auto* function = llvm::Function::Create(type_, linkage, name, module_);
    function->addFnAttr(llvm::Attribute::NoInline);
    return function;
  }

  /// Kernels first..last-1, each after the checks that come before it; kernel `count` is the end.
  llvm::Function* emit_part(const std::string& name, std::size_t first, std::size_t last) {
    llvm::Function* function = new_function(name, llvm::GlobalValue::InternalLinkage);
    IR ir(llvm::BasicBlock::Create(context_, "entry", function));
    std::size_t longest = 1;
    for (std::size_t k = first; k < std::min(last, code_.size()); ++k)
      longest = std::max(longest, kernel_buffers(program_.kernels[k]).size() + 1);
    llvm::Value* list = ir.CreateAlloca(pointer_, ir.getInt64(longest));
    for (std::size_t k = first; k < last; ++k) {
      for (std::size_t c = 0; c < program_.checks.size(); ++c)
        if (program_.checks[c].before_kernel == k) emit_check(ir, function, c);
      if (k < code_.size()) emit_call(ir, function, k, list);
    }
    ir.CreateRet(ir.getInt32(0));
    return function;
  }

  llvm::Value* address(IR& ir, llvm::Function* function, std::uint32_t id) {
    const Buffer& buffer = program_.buffers[id];
    if (argument_[id] != SIZE_MAX) return buffer_address(ir, function->getArg(0), argument_[id]);
    if (buffer.role == BufferRole::constant) return constant(id);
    if (buffer.offset < 0)
      throw InternalError("CPU target: buffer '" + buffer.name + "' has no place");
    return workspace(ir, function, buffer.offset);
  }

  llvm::Value* workspace(IR& ir, llvm::Function* function, std::int64_t offset) {
    return ir.CreateConstGEP1_64(ir.getInt8Ty(), function->getArg(1),
                                 static_cast<std::uint64_t>(offset));
  }

  llvm::GlobalVariable* constant(std::uint32_t id) {
    llvm::GlobalVariable*& global = constants_[id];
    if (global) return global;
    const Literal& literal = program_.buffers[id].data.value();
    const auto* bytes = reinterpret_cast<const char*>(literal.bytes->data());
    llvm::Constant* data =
        llvm::ConstantDataArray::getRaw(llvm::StringRef(bytes, literal.bytes->size()),
                                        literal.bytes->size(), llvm::Type::getInt8Ty(context_));
    global = new llvm::GlobalVariable(module_, data->getType(), true,
                                      llvm::GlobalValue::InternalLinkage, data, "nnc_constant");
    global->setAlignment(llvm::Align(64));
    return global;
  }

  void emit_call(IR& ir, llvm::Function* function, std::size_t k, llvm::Value* list) {
    std::uint64_t position = 0;
    const auto put = [&](llvm::Value* value) {
      ir.CreateStore(value, ir.CreateConstInBoundsGEP1_64(pointer_, list, position++));
    };
    for (const std::uint32_t id : kernel_buffers(program_.kernels[k]))
      put(address(ir, function, id));
    if (code_[k]->scratch_bytes) put(workspace(ir, function, arena_bytes_));
    auto* type = llvm::FunctionType::get(ir.getVoidTy(), {pointer_, pointer_}, false);
    llvm::FunctionCallee callee = module_.getOrInsertFunction(code_[k]->symbol, type);
    ir.CreateCall(callee, {list, function->getArg(2)});
  }

  void emit_check(IR& ir, llvm::Function* function, std::size_t c) {
    const RangeCheck& check = program_.checks[c];
    const Type& type = program_.buffers[check.buffer].type;
    if (type.elements() == 0) return;
    llvm::Value* good = ir.CreateCall(check_function(type.dtype),
                                      {address(ir, function, check.buffer),
                                       number(ir, type.elements()), number(ir, check.extent)});
    auto* bad = llvm::BasicBlock::Create(context_, "bad", function);
    auto* fine = llvm::BasicBlock::Create(context_, "fine", function);
    ir.CreateCondBr(good, fine, bad);
    ir.SetInsertPoint(bad);
    ir.CreateRet(ir.getInt32(static_cast<std::uint32_t>(c + 1)));
    ir.SetInsertPoint(fine);
  }

  /// i1 check(ptr indices, i64 count, i64 extent): are all indices in 0..extent-1?
  llvm::Function* check_function(DType dtype) {
    const std::string name = "nnc_check_" + std::string(dtype_name(dtype));
    if (llvm::Function* known = module_.getFunction(name)) return known;
    llvm::Type* i64 = llvm::Type::getInt64Ty(context_);
    auto* type =
        llvm::FunctionType::get(llvm::Type::getInt1Ty(context_), {pointer_, i64, i64}, false);
    auto* function =
        llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, name, module_);
    function->addFnAttr(llvm::Attribute::NoInline);
    IR ir(llvm::BasicBlock::Create(context_, "entry", function));
    llvm::Type* element = memory_type(context_, dtype);
    Loop loop(ir, ir.getInt64(0), function->getArg(1), 1, "check");
    llvm::PHINode* before = loop.carry(ir.getTrue());
    llvm::Value* index =
        ir.CreateLoad(element, ir.CreateGEP(element, function->getArg(0), loop.index()));
    index = ir.CreateIntCast(index, i64, is_signed(dtype));
    llvm::Value* good = ir.CreateAnd(before, ir.CreateICmpULT(index, function->getArg(2)));
    loop.update(before, good);
    loop.close();
    ir.CreateRet(good);
    return function;
  }

  llvm::Module& module_;
  llvm::LLVMContext& context_;
  const KernelProgram& program_;
  std::span<const KernelCode* const> code_;
  llvm::Type* pointer_;
  llvm::FunctionType* type_;
  std::vector<std::size_t> argument_;
  std::unordered_map<std::uint32_t, llvm::GlobalVariable*> constants_;
  std::int64_t arena_bytes_ = 0, scratch_bytes_ = 0;
};

} // namespace

CompiledFunction emit_function(llvm::Module& module, const KernelProgram& program,
                               std::span<const KernelCode* const> code, const std::string& symbol) {
  return FunctionEmitter(module, program, code).emit(symbol);
}

} // namespace nnc::cpu
