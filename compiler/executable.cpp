#include "compiler/executable.h"

namespace nnc {

Result<Executable> Executable::make(KernelProgram program, const CpuOptions& options,
                                    ThreadPool* pool, const OriginPool* origins) {
  auto loaded = load_program(std::span(&program, 1), options, pool, origins);
  if (!loaded) return loaded.error();
  return Executable(std::move(program), std::move(*loaded));
}

} // namespace nnc
