#include "object/both_ways.h"

#include "runtime/files/npy.h"
#include "testing/process.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <memory>

namespace nnc::object_test {

using cli_test::Folder;
using cli_test::nnc;
using cli_test::run_program;

namespace {

/// What `nnc run` writes for one function, in the order of its outputs.
std::vector<Tensor> run_by_jit(const Folder& folder, const Function& function) {
  const std::string& name = function.graph.name;
  std::vector<std::string> words = {"run", folder / "all.nnir", "-f",
                                    name,  "--output-dir",      folder / name};
  for (std::size_t i = 0; i < function.inputs.size(); ++i) {
    const Literal& value = function.inputs[i];
    const std::string& leaf = function.graph.leaf_name(function.graph.inputs[i]);
    const std::string path = folder / (name + "." + leaf + ".npy");
    EXPECT_FALSE(save_npy(path, *Tensor::copy_of(value.type, *value.bytes)));
    words.insert(words.end(), {"--input", leaf + "=@" + path});
  }
  const auto outcome = nnc(words);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::vector<Tensor> results;
  for (const Output& output : function.graph.outputs) {
    auto tensor = load_npy(folder / (name + "/" + output.name + ".npy"));
    EXPECT_TRUE(tensor) << output.name;
    results.push_back(tensor ? std::move(*tensor) : Tensor());
  }
  return results;
}

struct CloseLibrary {
  void operator()(void* library) const { dlclose(library); }
};

/// The same by the object's C function: inputs, outputs and the host, in the order of its struct.
std::vector<Tensor> run_by_object(void* library, const Function& function) {
  const std::string symbol = "all_" + function.graph.name;
  const auto size =
      reinterpret_cast<std::size_t (*)()>(dlsym(library, (symbol + "_workspace_size").c_str()));
  const auto call =
      reinterpret_cast<int (*)(void**, void*, std::size_t)>(dlsym(library, symbol.c_str()));
  EXPECT_TRUE(size && call) << symbol;
  if (!size || !call) return {};
  std::vector<Tensor> inputs, results;
  std::vector<void*> arguments;
  for (const Literal& value : function.inputs) {
    inputs.push_back(*Tensor::copy_of(value.type, *value.bytes));
    arguments.push_back(inputs.back().bytes().data());
  }
  for (const Output& output : function.graph.outputs) {
    results.push_back(*Tensor::zeros(function.graph.type(output.value)));
    arguments.push_back(results.back().bytes().data());
  }
  arguments.push_back(nullptr); // no host
  std::vector<std::byte> workspace(size());
  EXPECT_EQ(call(arguments.data(), workspace.data(), workspace.size()), 0);
  return results;
}

} // namespace

void expect_object_like_jit(const std::string& text, std::span<const Function> functions) {
  const Folder folder;
  cli_test::write_text(folder / "all.nnir", text);
  const auto compiled = nnc({"compile", folder / "all.nnir", "-o", folder.path() + "/"});
  ASSERT_EQ(compiled.code, 0) << compiled.err;
  const auto undefined = run_program({"nm", "-u", folder / "all.o"});
  EXPECT_EQ(undefined.code, 0) << undefined.err;
  EXPECT_EQ(undefined.out, "");
  const auto linked =
      run_program({"cc", "-shared", "-nostdlib", folder / "all.o", "-o", folder / "all.so"});
  ASSERT_EQ(linked.code, 0) << linked.err;
  const std::unique_ptr<void, CloseLibrary> library(
      dlopen((folder / "all.so").c_str(), RTLD_NOW | RTLD_LOCAL));
  ASSERT_TRUE(library) << dlerror();
  for (const Function& function : functions) {
    const auto by_object = run_by_object(library.get(), function);
    const auto by_jit = run_by_jit(folder, function);
    ASSERT_EQ(by_object.size(), by_jit.size());
    for (std::size_t i = 0; i < by_jit.size(); ++i)
      EXPECT_EQ(by_object[i], by_jit[i]) << function.graph.outputs[i].name;
  }
}

} // namespace nnc::object_test
