// Compiled functions as a C library: what the object file, the C header and the signature describe.
//
// Each function takes one struct of pointers: inputs, params and state, outputs, then an optional
// host with threads. What a C program sees is described in docs/command.md, "Object files", and in
// the header that nnc writes.
#pragma once

#include "ir/kernel/kernel.h"
#include "runtime/tensor.h"

#include <span>

namespace nnc::aot {

/// A tensor that a function takes or gives.
struct Argument {
  std::string name;        ///< the user's
  std::string c_name = {}; ///< the member of the struct
  BufferRole role = BufferRole::input;
  Type type;
  bool written = false;            ///< an output, or a param or state that the function updates
  std::int64_t weight_offset = -1; ///< in the embedded weights, used when the pointer is null
};

struct Function {
  std::string name;        ///< the user's
  std::string c_name = {}; ///< with the module's name in front: the symbol
  std::vector<Argument> arguments = {};
  const KernelProgram* program = nullptr;
};

/// One tensor of the weights: of the file NAME.weights, or inside the object file.
struct Weight {
  std::string name, c_name;
  Type type;
  std::int64_t offset = 0;
};

struct Module {
  std::string name;        ///< the user's
  std::string c_name = {}; ///< begins every symbol
  std::string source = {}; ///< the model file, for the header's first line
  std::vector<Function> functions = {};
  std::vector<Weight> weights = {}; ///< empty: the caller has them from elsewhere
  std::int64_t weight_bytes = 0;
  bool embedded = false;
};

/// Names for the functions, arguments and weights of `programs` (after `plan`), which the module
/// refers to. Different names of a model stay different in C.
Module describe(std::string name, std::string source, std::span<const KernelProgram> programs);

/// Gives each weight an offset, a multiple of 64, in the order given; `embedded`: functions find
/// them there when they are not updated and the caller gives null.
void place_weights(Module& module, std::span<const std::pair<std::string, Type>> weights,
                   bool embedded);

/// As place_weights, of these values; their bytes at the offsets.
std::vector<std::byte> add_weights(Module& module, std::span<const NamedTensor> weights,
                                   bool embedded);

/// Whose memory the arguments are in.
enum class Caller : std::uint8_t { of_host, of_device };
std::string header_text(const Module& module, std::span<const std::int64_t> workspace_bytes,
                        Caller caller = Caller::of_host);
/// {"nnc":1,"name":...,"functions":[{"name":...,"in":[...],"out":[...]}]}
std::string signature_json(const Module& module);

inline constexpr int abi_version = 1;

} // namespace nnc::aot
