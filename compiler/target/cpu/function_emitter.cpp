#include "compiler/target/cpu/function_emitter.h"

#include "compiler/target/cpu/call_table.h"
#include "compiler/target/cpu/inline_calls.h"
#include "compiler/target/cpu/loop.h"
#include "ir/kernel/regions.h"

#include <algorithm>
#include <set>

namespace nnc::cpu {
namespace {

constexpr std::size_t calls_in_a_part = 128; ///< code generation is not linear in a function's size
constexpr std::size_t worth_a_table = 16;    ///< calls; fewer are faster as code

class FunctionEmitter {
public:
  FunctionEmitter(llvm::Module& module, const KernelProgram& program,
                  std::span<const KernelCall> calls)
      : module_(module), context_(module.getContext()), program_(program), calls_(calls),
        pointer_(llvm::PointerType::getUnqual(context_)),
        type_(llvm::FunctionType::get(llvm::Type::getInt32Ty(context_),
                                      {pointer_, pointer_, pointer_}, false)),
        argument_(program.buffers.size(), SIZE_MAX) {
    std::size_t position = 0;
    for (const ProgramPort& port : program.inputs) argument_[port.buffer] = position++;
    for (const ProgramPort& port : program.outputs) argument_[port.buffer] = position++;
    for (const KernelCall& call : calls)
      scratch_bytes_ = std::max(scratch_bytes_, call.code->scratch_bytes);
    arena_bytes_ = padded_bytes(program.arena_bytes);
    for (const RangeCheck& check : program.checks)
      checked_before_.insert({check.region, check.before_kernel});
  }

  CompiledFunction emit(const std::string& symbol) {
    symbol_ = symbol;
    llvm::Function* function = new_function(symbol, llvm::GlobalValue::ExternalLinkage);
    IR ir(llvm::BasicBlock::Create(context_, "entry", function));
    llvm::Value* saved = save_control_word(ir);
    set_control_word(ir, saved, program_.flush_denormals);
    const auto count = static_cast<std::uint32_t>(program_.kernels.size());
    llvm::Value* code =
        call_part(ir, function, emit_sequence({.units = units(program_), .last = count}));
    restore_control_word(ir, saved);
    ir.CreateRet(code);
    small_.inline_all();
    return {symbol, arena_bytes_ + scratch_bytes_};
  }

private:
  /// Units of a region (of none: of the program), and the checks among them.
  struct Sequence {
    std::vector<Unit> units = {};
    std::uint32_t last = 0; ///< where it ends
    std::uint32_t region = Region::none;
    bool checks_at_end = true; ///< those between the parts of a region are of the second one
    bool small = false;        ///< its kernels, and those of regions in it, take the place of calls
  };

  llvm::Function* new_function(const std::string& name, llvm::GlobalValue::LinkageTypes linkage) {
    auto* function = llvm::Function::Create(type_, linkage, name, module_);
    function->addFnAttr(llvm::Attribute::NoInline);
    // The list of arguments and the workspace are read and written through these pointers alone.
    function->addParamAttr(0, llvm::Attribute::NoAlias);
    function->addParamAttr(0, llvm::Attribute::ReadOnly);
    function->addParamAttr(1, llvm::Attribute::NoAlias);
    return function;
  }
  llvm::Function* new_inner_function() {
    return new_function(symbol_ + ".part" + std::to_string(parts_++),
                        llvm::GlobalValue::InternalLinkage);
  }
  static llvm::SmallVector<llvm::Value*, 3> arguments_of(llvm::Function* function) {
    return {function->getArg(0), function->getArg(1), function->getArg(2)};
  }

  llvm::CallInst* call_part(IR& ir, llvm::Function* function, llvm::Function* callee) {
    llvm::CallInst* call = ir.CreateCall(callee, arguments_of(function));
    if (small_.fit(callee)) small_.add(*call);
    return call;
  }

  /// Calls `callee`, and returns what it does unless that is 0.
  void call_or_return(IR& ir, llvm::Function* function, llvm::Function* callee) {
    llvm::Value* result = call_part(ir, function, callee);
    auto* failed = llvm::BasicBlock::Create(context_, "failed", function);
    auto* next = llvm::BasicBlock::Create(context_, "next", function);
    ir.CreateCondBr(ir.CreateICmpNE(result, ir.getInt32(0)), failed, next);
    ir.SetInsertPoint(failed);
    ir.CreateRet(result);
    ir.SetInsertPoint(next);
  }

  /// All of it in one function, which calls others where it is long.
  llvm::Function* emit_sequence(Sequence sequence) {
    sequence.small = is_small(sequence);
    const std::size_t count = sequence.units.size();
    if (count < calls_in_a_part) return emit_part(sequence, 0, count, sequence.checks_at_end);
    llvm::Function* function = new_inner_function();
    IR ir(llvm::BasicBlock::Create(context_, "entry", function));
    for (std::size_t first = 0; first < count; first += calls_in_a_part) {
      const std::size_t last = std::min(first + calls_in_a_part, count);
      call_or_return(ir, function,
                     emit_part(sequence, first, last, last == count && sequence.checks_at_end));
    }
    ir.CreateRet(ir.getInt32(0));
    return function;
  }

  /// Units first..last-1, each after the checks that come before it.
  llvm::Function* emit_part(const Sequence& sequence, std::size_t first, std::size_t last,
                            bool checks_at_end) {
    llvm::Function* function = new_inner_function();
    IR ir(llvm::BasicBlock::Create(context_, "entry", function));
    std::size_t longest = 1;
    for (std::size_t u = first; u < last; ++u)
      if (const Unit& unit = sequence.units[u]; unit.region == Region::none)
        longest = std::max(longest, calls_[unit.first].operands.size() + 1);
    llvm::Value* list = ir.CreateAlloca(llvm::ArrayType::get(pointer_, longest));
    for (std::size_t u = first; u < last;) {
      const Unit& unit = sequence.units[u];
      emit_checks(ir, function, sequence.region, unit.first);
      if (unit.region != Region::none) {
        call_or_return(ir, function, emit_region(unit.region));
        ++u;
        continue;
      }
      const std::size_t end = end_of_run(sequence, u, last);
      emit_calls(ir, function, sequence.small, std::span(sequence.units).subspan(u, end - u), list);
      u = end;
    }
    if (checks_at_end) emit_checks(ir, function, sequence.region, sequence.last);
    ir.CreateRet(ir.getInt32(0));
    return function;
  }

  /// Where kernels that run one after the other, with no check in between, end.
  std::size_t end_of_run(const Sequence& sequence, std::size_t first, std::size_t last) const {
    std::size_t end = first + 1;
    while (end < last && sequence.units[end].region == Region::none &&
           !checked_before_.contains({sequence.region, sequence.units[end].first}))
      ++end;
    return end;
  }

  // ---- regions ----

  llvm::Function* emit_region(std::uint32_t r) {
    const Region& region = program_.regions[r];
    return region.kind == Region::Kind::loop ? emit_loop(r) : emit_branch(r);
  }

  llvm::Function* emit_first_part(std::uint32_t r) {
    const Region& region = program_.regions[r];
    return emit_sequence({.units = units_of_part(program_, r, region.first, region.middle),
                          .last = region.middle,
                          .region = r,
                          .checks_at_end = false});
  }
  llvm::Function* emit_second_part(std::uint32_t r) {
    const Region& region = program_.regions[r];
    return emit_sequence({.units = units_of_part(program_, r, region.middle, region.last),
                          .last = region.last,
                          .region = r});
  }

  llvm::Value* load_scalar(IR& ir, llvm::Function* function, std::uint32_t buffer) {
    llvm::Type* type = memory_type(context_, program_.buffers[buffer].type.dtype);
    return ir.CreateLoad(type, address(ir, function, buffer));
  }
  llvm::Value* is_true(IR& ir, llvm::Function* function, std::uint32_t buffer) {
    llvm::Value* value = load_scalar(ir, function, buffer);
    return ir.CreateICmpNE(value, llvm::Constant::getNullValue(value->getType()));
  }

  llvm::Function* emit_branch(std::uint32_t r) {
    llvm::Function *yes = emit_first_part(r), *no = emit_second_part(r);
    llvm::Function* function = new_inner_function();
    IR ir(llvm::BasicBlock::Create(context_, "entry", function));
    auto* then = llvm::BasicBlock::Create(context_, "then", function);
    auto* otherwise = llvm::BasicBlock::Create(context_, "else", function);
    ir.CreateCondBr(is_true(ir, function, program_.regions[r].condition), then, otherwise);
    for (const auto& [block, part] : {std::pair(then, yes), std::pair(otherwise, no)}) {
      ir.SetInsertPoint(block);
      ir.CreateRet(call_part(ir, function, part));
    }
    return function;
  }

  /// How many steps there are at most; null: no limit.
  llvm::Value* step_limit(IR& ir, llvm::Function* function, const Region& region) {
    if (region.length < 0) return nullptr;
    llvm::Value* limit = number(ir, region.length);
    if (region.count == Region::none) return limit;
    llvm::Value* count = load_scalar(ir, function, region.count);
    count = ir.CreateBinaryIntrinsic(llvm::Intrinsic::smax, count, ir.getInt64(0));
    return ir.CreateBinaryIntrinsic(llvm::Intrinsic::smin, count, limit);
  }

  llvm::Function* emit_loop(std::uint32_t r) {
    const Region& region = program_.regions[r];
    llvm::Function* test = region.condition == Region::none ? nullptr : emit_first_part(r);
    llvm::Function* body = emit_second_part(r);
    llvm::Function* function = new_inner_function();
    auto* entry = llvm::BasicBlock::Create(context_, "entry", function);
    auto* next = llvm::BasicBlock::Create(context_, "next", function);
    auto* step_block = llvm::BasicBlock::Create(context_, "step", function);
    auto* done = llvm::BasicBlock::Create(context_, "done", function);
    IR ir(entry);
    llvm::Value* limit = step_limit(ir, function, region);
    ir.CreateBr(next);
    ir.SetInsertPoint(next);
    llvm::PHINode* step = ir.CreatePHI(ir.getInt64Ty(), 2);
    step->addIncoming(ir.getInt64(0), entry);
    if (limit)
      ir.CreateCondBr(ir.CreateICmpSLT(step, limit), step_block, done);
    else
      ir.CreateBr(step_block);
    ir.SetInsertPoint(step_block);
    if (test) {
      call_or_return(ir, function, test);
      auto* more = llvm::BasicBlock::Create(context_, "more", function);
      ir.CreateCondBr(is_true(ir, function, region.condition), more, done);
      ir.SetInsertPoint(more);
    }
    if (region.counter != Region::none) {
      llvm::Value* slice = step;
      if (region.reverse) slice = ir.CreateSub(ir.CreateSub(limit, ir.getInt64(1)), step);
      ir.CreateStore(slice, address(ir, function, region.counter));
    }
    call_or_return(ir, function, body);
    step->addIncoming(ir.CreateAdd(step, ir.getInt64(1)), ir.GetInsertBlock());
    ir.CreateBr(next);
    ir.SetInsertPoint(done);
    if (region.steps != Region::none) ir.CreateStore(step, address(ir, function, region.steps));
    ir.CreateRet(ir.getInt32(0));
    return function;
  }

  // ---- kernels and checks ----

  CallAddress place(const KernelOperand& operand) {
    const Buffer& buffer = program_.buffers[operand.buffer];
    const auto size = static_cast<std::int64_t>(dtype_size(buffer.type.dtype));
    CallAddress place{.offset = operand.first * size};
    if (argument_[operand.buffer] != SIZE_MAX) {
      place.base = CallAddress::Base::argument;
      place.argument = argument_[operand.buffer];
    } else if (buffer.role == BufferRole::constant) {
      place.base = CallAddress::Base::constant;
      place.constant = constant(operand.buffer);
    } else {
      if (buffer.offset < 0)
        throw InternalError("CPU target: buffer '" + buffer.name + "' has no place");
      place.offset += buffer.offset;
    }
    return place;
  }

  llvm::Value* address(IR& ir, llvm::Function* function, const CallAddress& place) {
    llvm::Value* base = function->getArg(1);
    if (place.base == CallAddress::Base::argument)
      base = buffer_address(ir, function->getArg(0), place.argument);
    if (place.base == CallAddress::Base::constant) base = place.constant;
    return ir.CreateGEP(ir.getInt8Ty(), base, number(ir, place.offset));
  }
  llvm::Value* address(IR& ir, llvm::Function* function, std::uint32_t buffer) {
    return address(ir, function, place({buffer, 0}));
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

  llvm::Function* callee_of(std::size_t k) {
    auto* type =
        llvm::FunctionType::get(llvm::Type::getVoidTy(context_), {pointer_, pointer_}, false);
    return llvm::cast<llvm::Function>(
        module_.getOrInsertFunction(calls_[k].code->symbol, type).getCallee());
  }

  bool is_small(const Sequence& sequence) {
    return sequence.units.empty() || small_.fit(sequence.units[0].first, sequence.last,
                                                [this](std::size_t k) { return callee_of(k); });
  }

  PlacedCall call_of(std::size_t k) {
    const auto& [code, operands] = calls_[k];
    PlacedCall call{.callee = callee_of(k), .addresses = {}};
    for (const KernelOperand& operand : operands) call.addresses.push_back(place(operand));
    if (code->scratch_bytes) call.addresses.push_back({.offset = arena_bytes_});
    return call;
  }

  /// Kernels one after the other: by a table, or code for each where there are few or `small` ones.
  void emit_calls(IR& ir, llvm::Function* function, bool small, std::span<const Unit> kernels,
                  llvm::Value* list) {
    std::vector<PlacedCall> calls;
    for (const Unit& unit : kernels) calls.push_back(call_of(unit.first));
    if (calls.size() >= worth_a_table && !small)
      return emit_call_table(ir, calls, list, function->getArg(0), function->getArg(1),
                             function->getArg(2));
    for (const PlacedCall& call : calls) {
      for (std::size_t i = 0; i < call.addresses.size(); ++i)
        ir.CreateStore(address(ir, function, call.addresses[i]),
                       ir.CreateConstInBoundsGEP1_64(pointer_, list, i));
      llvm::CallInst* made = ir.CreateCall(call.callee, {list, function->getArg(2)});
      if (small) small_.add(*made);
    }
  }

  void emit_checks(IR& ir, llvm::Function* function, std::uint32_t region, std::uint32_t k) {
    if (!checked_before_.contains({region, k})) return;
    for (std::size_t c = 0; c < program_.checks.size(); ++c)
      if (program_.checks[c].before_kernel == k && program_.checks[c].region == region)
        emit_check(ir, function, c);
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
  std::span<const KernelCall> calls_;
  llvm::Type* pointer_;
  llvm::FunctionType* type_;
  std::vector<std::size_t> argument_;
  std::unordered_map<std::uint32_t, llvm::GlobalVariable*> constants_;
  std::int64_t arena_bytes_ = 0, scratch_bytes_ = 0;
  std::string symbol_;
  std::size_t parts_ = 0; ///< functions within the function
  SmallCalls small_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> checked_before_; ///< region and kernel
};

} // namespace

CompiledFunction emit_function(llvm::Module& module, const KernelProgram& program,
                               std::span<const KernelCall> calls, const std::string& symbol) {
  return FunctionEmitter(module, program, calls).emit(symbol);
}

} // namespace nnc::cpu
