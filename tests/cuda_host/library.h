// CUDA sources compiled for this machine, opened, and the memory of their emulated device.
#pragma once

#include "runtime/cuda_host/emulation/interface.h"
#include "testing/process.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace nnc::cuda_host_test {

enum class Mode { fast, checked };

/// A source of tests/cuda_host/kernels as a shared library that is opened.
class Library {
public:
  Library(const std::string& source, Mode mode);
  const cuda_host::Interface& emulation() const { return *emulation_; }

  /// Calls a function of the source by its name: its parameters have the types of these arguments.
  template <class... Arguments>
  int call(const char* name, Arguments... arguments) const {
    auto* function = reinterpret_cast<int (*)(Arguments...)>(symbol(name));
    return function(arguments...);
  }
  /// The texts of the reports, a line each.
  std::string reports() const;
  /// The name of the error since this was last asked for.
  std::string error() const;

private:
  void* symbol(const char* name) const;

  struct Close {
    void operator()(void* library) const;
  };
  cli_test::Folder folder_;
  std::unique_ptr<void, Close> library_;
  const cuda_host::Interface* emulation_ = nullptr;
};

/// Memory of the device that holds an array; `name` is what reports call it.
template <class T>
class DeviceArray {
public:
  DeviceArray(const Library& library, const std::vector<T>& values, const char* name = nullptr)
      : DeviceArray(library, values.size(), name) {
    EXPECT_EQ(library.emulation().copy(pointer_, values.data(), values.size() * sizeof(T)), 0);
  }
  /// Not written.
  DeviceArray(const Library& library, std::size_t size, const char* name = nullptr)
      : library_(library), size_(size) {
    void* memory = nullptr;
    EXPECT_EQ(library.call("cudaMalloc", &memory, size * sizeof(T)), 0);
    pointer_ = static_cast<T*>(memory);
    if (name) library.emulation().name_buffer(pointer_, name);
  }
  ~DeviceArray() { library_.call("cudaFree", static_cast<void*>(pointer_)); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* get() const { return pointer_; }
  const T* read() const { return pointer_; }
  std::vector<T> values() const {
    std::vector<T> values(size_);
    EXPECT_EQ(library_.emulation().copy(values.data(), pointer_, size_ * sizeof(T)), 0);
    return values;
  }

private:
  const Library& library_;
  T* pointer_ = nullptr;
  std::size_t size_;
};

/// `count` numbers that look random, between -1 and 1.
std::vector<float> scattered(std::size_t count, unsigned start = 1);

} // namespace nnc::cuda_host_test
