#include "compiler/target/cpu/companion.h"

#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/Constants.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/SourceMgr.h>

namespace nnc::cpu {

void link_companion(llvm::Module& module, const Machine& machine, const Companion& companion,
                    std::span<const std::string> inner) {
  llvm::LLVMContext& context = module.getContext();
  for (const auto& [name, bytes] : companion.constants) {
    const llvm::StringRef text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    llvm::Constant* data =
        llvm::ConstantDataArray::getRaw(text, bytes.size(), llvm::Type::getInt8Ty(context));
    auto* global = new llvm::GlobalVariable(module, data->getType(), true,
                                            llvm::GlobalValue::ExternalLinkage, data, name);
    global->setAlignment(llvm::Align(64));
  }
  llvm::SMDiagnostic problem;
  auto parsed = llvm::parseAssemblyString(companion.llvm_text, problem, context);
  if (!parsed)
    throw InternalError("the companion's text, line " + std::to_string(problem.getLineNo()) + ": " +
                        problem.getMessage().str());
  machine.prepare(*parsed);
  if (llvm::Linker::linkModules(module, std::move(parsed)))
    throw InternalError("the companion's text does not fit the functions");
  const auto hide = [](llvm::GlobalValue* value) {
    value->setVisibility(llvm::GlobalValue::DefaultVisibility);
    value->setLinkage(llvm::GlobalValue::InternalLinkage);
  };
  for (const std::string& name : inner) hide(module.getFunction(name));
  for (const auto& constant : companion.constants) hide(module.getGlobalVariable(constant.first));
}

} // namespace nnc::cpu
