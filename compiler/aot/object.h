// Object files and shared libraries of compiled functions, with their C header and weights.
#pragma once

#include "compiler/aot/module.h"
#include "compiler/target/cpu/cpu_target.h"
#include "runtime/tensor.h"

namespace nnc::aot {

/// A module's object code with what belongs to it.
struct Object {
  Module module; ///< its functions refer to the programs given
  ObjectCode code;
  std::string header;
  std::vector<std::byte> weights;            ///< empty when callers bring them from elsewhere
  std::vector<std::int64_t> workspace_bytes; ///< by function: what callers bring

  std::string_view bytes() const; ///< of the object file
};

struct ObjectOptions {
  std::string name;   ///< begins every symbol
  std::string source; ///< the model file, for the header's first line
  std::string cpu = "host";
  std::int64_t max_memory = max_bytes;
  bool embed = false; ///< weights inside the object file, else in a file of their own
  bool llvm_text = false, assembly_text = false;
};

/// `programs` are after `plan`. `weights`: values of params and state; empty when callers bring
/// them. E0501 and E0502 as compile_object.
Result<Object> build_object(std::span<const KernelProgram> programs,
                            std::span<const NamedTensor> weights, const ObjectOptions& options);

/// Where the parts of an object go; nowhere where a path is empty. There are no weights to write
/// when the object embeds them or has none.
struct ObjectPaths {
  std::string object = {}, header = {}, weights = {};
};
/// STEM.o, STEM.h, STEM.weights.
ObjectPaths paths_beside(const std::string& stem);
/// Each file atomically. E0122.
Status write_object(const Object& object, const ObjectPaths& paths);

/// A shared library from an object file, by the C compiler's linker; written atomically. E0504 when
/// that fails, E0122.
Status link_library(const std::string& object, const std::string& library);

} // namespace nnc::aot
