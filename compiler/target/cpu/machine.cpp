#include "compiler/target/cpu/machine.h"

#include "ir/messages.h"

#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/PassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetOptions.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/LICM.h>
#include <llvm/Transforms/Scalar/LoopPassManager.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>

#include <mutex>

namespace nnc::cpu {
namespace {

constexpr const char* triple_name = "x86_64-unknown-linux-gnu";

void initialize_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
  });
}

std::string host_features() {
  std::string list;
  for (const auto& [name, on] : llvm::sys::getHostCPUFeatures()) {
    // AVX10 and AMX stay off: no kernel uses them, and their presence alone changes choices.
    if (name.starts_with("avx10") || name.starts_with("amx")) continue;
    list += (list.empty() ? "" : ",") + std::string(on ? "+" : "-") + name.str();
  }
  return list;
}

Error unknown_cpu(const std::string& cpu, const std::string& why) {
  return {.code = "E0502",
          .message = "cannot compile for CPU " + quote(cpu) + ": " + why,
          .help = "use host, x86-64-v3, x86-64-v4 or a CPU name such as haswell or znver4"};
}

} // namespace

Result<Machine> Machine::make(const std::string& cpu) {
  initialize_once();
  std::string message;
#if LLVM_VERSION_MAJOR >= 21
  const llvm::Triple triple(triple_name);
#else
  const std::string triple(triple_name);
#endif
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target) throw InternalError("LLVM has no x86-64 target: " + message);
  Machine machine;
  const bool host = cpu == "host";
  // The name of the host's CPU is not used: virtual machines report wrong ones. Its features are
  // what matters, and a schedule that does not spill the tiles.
  machine.cpu_ = host ? "x86-64" : cpu;
  machine.features_ = host ? host_features() : "";
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  const std::unique_ptr<llvm::MCSubtargetInfo> known(
      target->createMCSubtargetInfo(triple, "x86-64", ""));
  if (!host && !known->isCPUStringValid(cpu)) return unknown_cpu(cpu, "LLVM does not know it");
  machine.target_.reset(target->createTargetMachine(
      triple, machine.cpu_, machine.features_, options, llvm::Reloc::PIC_, llvm::CodeModel::Small,
      llvm::CodeGenOptLevel::Default));
  const llvm::MCSubtargetInfo& info = *machine.target_->getMCSubtargetInfo();
  for (const char* feature : {"+avx2", "+fma", "+f16c"})
    if (!info.checkFeatures(feature))
      return unknown_cpu(cpu, "it lacks " + std::string(feature + 1));
  machine.wide_ = info.checkFeatures("+avx512f") && info.checkFeatures("+avx512vl") &&
                  info.checkFeatures("+avx512dq") && info.checkFeatures("+avx512bw");
  return machine;
}

bool Machine::has_feature(const std::string& name) const {
  return target_->getMCSubtargetInfo()->checkFeatures("+" + name);
}

void Machine::prepare(llvm::Module& module) const {
#if LLVM_VERSION_MAJOR >= 21
  module.setTargetTriple(llvm::Triple(triple_name));
#else
  module.setTargetTriple(triple_name);
#endif
  module.setDataLayout(target_->createDataLayout());
}

void Machine::optimize(llvm::Module& module, bool flush_denormals) const {
  for (llvm::Function& function : module) {
    if (function.isDeclaration() || function.hasFnAttribute("target-cpu")) continue;
    function.addFnAttr(llvm::Attribute::NoUnwind);
    function.addFnAttr("target-cpu", cpu_);
    if (!features_.empty()) function.addFnAttr("target-features", features_);
    function.addFnAttr("tune-cpu", wide_ ? "sapphirerapids" : "generic");
    // Without this LLVM may prefer vectors of 256 bits and split each tile in two.
    function.addFnAttr("prefer-vector-width", wide_ ? "512" : "256");
    if (wide_) function.addFnAttr("min-legal-vector-width", "512");
    function.addFnAttr("no-builtins");
    function.addFnAttr("frame-pointer", "none");
    if (flush_denormals) function.addFnAttr("denormal-fp-math", "preserve-sign,preserve-sign");
  }
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (llvm::verifyModule(module, &stream)) throw InternalError("LLVM IR is broken: " + problem);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(target_.get());
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::PreserveCFG)); // lists of inlined calls
  passes.addPass(llvm::EarlyCSEPass(true));
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LICMPass(llvm::LICMOptions()), true));
  for (llvm::Function& function : module)
    if (!function.isDeclaration()) passes.run(function, functions);
}

namespace {

template <class Emit>
std::vector<char> generate(Emit emit) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  emit(stream);
  return {bytes.begin(), bytes.end()};
}

} // namespace

std::vector<char> Machine::object(llvm::Module& module) const {
  return generate([&](llvm::raw_pwrite_stream& stream) {
    llvm::legacy::PassManager passes;
    if (target_->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
      throw InternalError("LLVM cannot write object files");
    passes.run(module);
  });
}

std::string Machine::assembly(llvm::Module& module) const {
  const std::vector<char> text = generate([&](llvm::raw_pwrite_stream& stream) {
    llvm::legacy::PassManager passes;
    if (target_->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile))
      throw InternalError("LLVM cannot write assembly");
    passes.run(module);
  });
  return {text.begin(), text.end()};
}

} // namespace nnc::cpu
