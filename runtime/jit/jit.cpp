#include "runtime/jit/jit.h"

#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#if __has_include(<llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h>) // its own since LLVM 21
#include <llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h>
#endif
#include <llvm/Support/MemoryBuffer.h>

namespace nnc {
namespace {

Error load_error(llvm::Error error) {
  return {.code = "E0503",
          .message = "compiled code does not load: " + llvm::toString(std::move(error))};
}

} // namespace

struct LoadedCode::State {
  explicit State(std::unique_ptr<llvm::orc::ExecutorProcessControl> control)
      : session(std::move(control)), layer(session), library(session.createBareJITDylib("nnc")) {
    session.setErrorReporter([](llvm::Error error) { llvm::consumeError(std::move(error)); });
  }
  ~State() { llvm::consumeError(session.endSession()); }

  llvm::orc::ExecutionSession session;
  llvm::orc::ObjectLinkingLayer layer;
  llvm::orc::JITDylib& library;
};

LoadedCode::LoadedCode(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoadedCode::LoadedCode(LoadedCode&&) noexcept = default;
LoadedCode& LoadedCode::operator=(LoadedCode&&) noexcept = default;
LoadedCode::~LoadedCode() = default;

Result<LoadedCode> LoadedCode::load(std::span<const std::vector<char>> objects) {
  auto control = llvm::orc::SelfExecutorProcessControl::Create(
      nullptr, std::make_unique<llvm::orc::InPlaceTaskDispatcher>());
  if (!control) return load_error(control.takeError());
  auto state = std::make_unique<State>(std::move(*control));
  for (const std::vector<char>& object : objects) {
    auto buffer = llvm::MemoryBuffer::getMemBufferCopy({object.data(), object.size()}, "nnc");
    if (auto error = state->layer.add(state->library, std::move(buffer)))
      return load_error(std::move(error));
  }
  return LoadedCode(std::move(state));
}

Result<void*> LoadedCode::find(const std::string& symbol) const {
  auto found = state_->session.lookup({&state_->library}, symbol);
  if (!found) return load_error(found.takeError());
  return found->getAddress().toPtr<void*>();
}

} // namespace nnc
