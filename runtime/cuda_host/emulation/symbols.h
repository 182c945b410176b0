// Names of the kernels and shared arrays of this library, from the symbol table of its file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nnc::cuda_host {

/// Where thread storage of this library is for the calling thread: the shared memory of blocks.
struct Range {
  std::uintptr_t begin = 0, end = 0;
  bool holds(std::uintptr_t address) const { return address - begin < end - begin; }
};

class Symbols {
public:
  /// Read from the file when it is loaded, after which it may go; without a symbol table nothing
  /// has a name.
  static const Symbols& of_library();

  /// A function without parameters and result: "add" for `void add(float*)`.
  std::string function(const void* address) const;
  struct Array {
    std::string name;    ///< without the function that it is declared in
    std::uint64_t begin; ///< from the begin of thread storage
    std::uint64_t size;
    std::string function; ///< mangled, where it is declared in one
  };
  const std::vector<Array>& shared_arrays() const { return arrays_; }
  /// The shared array at an offset into thread storage, or null.
  const Array* shared_array(std::uint64_t offset) const;
  /// A function as arrays name it; empty where it has no symbol.
  std::string mangled(const void* function) const;
  /// Bytes of the shared arrays that a function declares.
  std::uint64_t static_shared(const void* function) const;
  /// "lib.so+0x12" for an address in the library's code.
  std::string place(std::uintptr_t code) const;
  /// Whether an address is in what the library was loaded as: its constants and variables.
  bool in_library(std::uintptr_t address) const;

private:
  Symbols();
  void read_file(const std::string& path);

  struct Function {
    std::uint64_t begin, size;
    std::string mangled;
  };
  const Function* function_at(std::uintptr_t address) const;

  std::vector<Function> functions_;
  std::vector<Array> arrays_;
  std::vector<Range> segments_;
  std::uintptr_t base_ = 0;
  std::string file_;
};

/// Thread storage of this library, for the calling thread.
Range thread_storage();

} // namespace nnc::cuda_host
