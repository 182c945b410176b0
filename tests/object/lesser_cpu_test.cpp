// An object on a CPU that lacks what its code needs: a documented code, and no instruction that
// the CPU does not know.
#include "compiler/aot/wrapper.h"
#include "compiler/pipeline.h"
#include "compiler/target/cpu/cpu_features.h"
#include "compiler/target/cpu/cpu_target.h"
#include "ir/text/parse.h"
#include "runtime/jit/jit.h"
#include "testing/process.h"

#include <gtest/gtest.h>

#include <array>

namespace nnc::object_test {
namespace {

using cli_test::nnc_on_churn;

constexpr const char* text = "func @f(%x: f32[4]) -> (%y) {\n  %y = exp %x : f32[4]\n}\n";
constexpr int lacks_instructions = 3; ///< what the header's strerror explains

/// The object of `text` as `nnc compile` makes it, for code that needs `features`.
class Loaded {
public:
  explicit Loaded(const std::vector<std::string>& features) {
    OpTable ops = standard_ops();
    Context context(ops);
    auto made = run_pipeline(std::get<Graph>(parse_graph(context, text, "m.nnir")), {});
    const std::vector<KernelProgram> programs(1, *made->program);
    const aot::Module module = aot::describe("m", "m.nnir", programs);
    const CpuFunction function{module.functions[0].program, aot::core_symbol(module.functions[0])};
    CpuOptions options;
    options.companion = [&](std::span<const CompiledFunction> compiled) {
      const std::array arenas = {compiled[0].workspace_bytes};
      aot::Wrapper wrapper = aot::wrapper(module, arenas, features);
      workspace_.resize(static_cast<std::size_t>(wrapper.workspace_bytes[0]));
      return Companion{.llvm_text = std::move(wrapper.llvm_text), .constants = {}};
    };
    const auto code = compile_object(std::span(&function, 1), options);
    code_.emplace(std::move(*LoadedCode::load(code->objects)));
  }

  int call() {
    const std::array<void*, 3> arguments = {x_.data(), y.data(), nullptr};
    const auto f = reinterpret_cast<int (*)(const void*, void*, std::size_t)>(*code_->find("m_f"));
    return f(arguments.data(), workspace_.data(), workspace_.size());
  }
  std::string explain(int code) const {
    return reinterpret_cast<const char* (*)(int)>(*code_->find("m_strerror"))(code);
  }

  std::array<float, 4> y = {7, 7, 7, 7};

private:
  std::optional<LoadedCode> code_;
  std::array<float, 4> x_ = {0, 0, 0, 0};
  std::vector<char> workspace_;
};

TEST(LesserCpu, ACallIsRefusedWithTheDocumentedCode) {
  Loaded fits({"avx2", "fma"});
  EXPECT_EQ(fits.call(), 0);
  EXPECT_EQ(fits.y, (std::array<float, 4>{1, 1, 1, 1}));
  Loaded lacks({"avx2", "fma", std::string(cpu::missing_feature)});
  for (int time = 0; time < 2; ++time) EXPECT_EQ(lacks.call(), lacks_instructions);
  EXPECT_EQ(lacks.y, (std::array<float, 4>{7, 7, 7, 7}));
  EXPECT_EQ(lacks.explain(lacks_instructions),
            "this CPU lacks instructions that the code was compiled for");
}

TEST(LesserCpu, CodeIsMadeForAvx2AndMore) {
  for (const std::string cpu : {"x86-64", "x86-64-v2"})
    for (const std::string command : {"compile", "run"}) {
      std::vector<std::string> words = {command, "churn.json", "--cpu", cpu};
      words.push_back(command == "run" ? "--random-inputs" : "--emit=asm");
      const auto wrong = nnc_on_churn(words);
      EXPECT_EQ(wrong.code, 1);
      EXPECT_NE(wrong.err.find("error[E0502]: cannot compile for CPU '" + cpu + "': it lacks avx2"),
                std::string::npos)
          << wrong.err;
    }
}

/// Where this machine is a lesser one than some CPU that LLVM knows.
TEST(LesserCpu, TheJitRefusesWhatTheMachineCannotRun) {
  for (const std::string cpu : {"sierraforest", "sapphirerapids", "x86-64-v4"}) {
    const auto run = nnc_on_churn({"run", "churn.json", "--random-inputs", "--cpu", cpu});
    if (run.code == 0) continue;
    EXPECT_EQ(run.code, 1);
    EXPECT_NE(run.err.find("error[E0502]: code for CPU '" + cpu +
                           "' cannot run here: this machine lacks "),
              std::string::npos)
        << run.err;
  }
}

} // namespace
} // namespace nnc::object_test
