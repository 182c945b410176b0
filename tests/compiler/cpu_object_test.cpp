// What compiled objects are made of: no undefined symbols, no page writable and executable,
// linear compile time, checks before updates.
#include "testing/compiled_run.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace nnc {
namespace {

using test::expect_same;
using test::Program;

/// A program with most kinds of kernels.
void build_mixture(Program& p) {
  const Value x = p.input("x", "f32[64,40]"), w = p.input("w", "f32[40,33]", Role::param);
  const Value h = p.b.op("tanh", {p.b.dot(x, w, {{}, {}}, {{1}, {0}})});
  const Value e = p.b.op("exp", {h});
  const Value s = p.b.broadcast(p.b.sum(e, {1}), {64, 33}, {0});
  p.output("p", p.b.div(e, s));
  p.output("r", p.b.op("rem", {h, e}));
  p.output("half", p.b.cast(h, DType::f16));
  p.output("number", p.b.cast(p.b.cast(h, DType::f64), DType::i64));
  p.update("w", p.b.add(p.b.mul(w, 0.5), 1.0));
}

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 256> buffer{};
  while (pipe && fgets(buffer.data(), buffer.size(), pipe)) text += buffer.data();
  if (pipe) pclose(pipe);
  return text;
}

TEST(CpuObject, HasNoUndefinedSymbols) {
  for (const char* cpu : {"host", "x86-64-v3", "x86-64-v4"}) {
    Program p;
    build_mixture(p);
    const KernelProgram program = test::compile_to_kernels(p.graph);
    const CpuFunction function{&program, "mixture"};
    const auto code = compile_object(std::span(&function, 1), {.cpu = cpu});
    ASSERT_TRUE(code.ok()) << code.error().message;
    ASSERT_EQ(code->objects.size(), 1u);
    const auto path = std::filesystem::temp_directory_path() / "nnc_object_test.o";
    std::ofstream(path, std::ios::binary)
        .write(code->objects[0].data(), static_cast<std::streamsize>(code->objects[0].size()));
    EXPECT_EQ(output_of("nm -u " + path.string() + " 2>&1"), "") << cpu;
    const std::string exported = output_of("nm -g --defined-only " + path.string());
    EXPECT_NE(exported.find(" T mixture\n"), std::string::npos) << exported;
    EXPECT_EQ(std::count(exported.begin(), exported.end(), '\n'), 1) << exported;
    std::filesystem::remove(path);
  }
}

TEST(CpuObject, PagesAreNotWritableAndExecutable) {
  Program p;
  build_mixture(p);
  const auto executable = Executable::make(test::compile_to_kernels(p.graph), {});
  ASSERT_TRUE(executable.ok());
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    EXPECT_EQ(line.find("rwx"), std::string::npos) << line;
}

TEST(CpuObject, SeveralCompileThreadsGiveTheSameBits) {
  Program p;
  Value x = p.input("x", "f32[300]");
  for (int i = 1; i <= 24; ++i) { // sizes that cannot share code
    const std::int64_t n = 300 - i;
    x = p.b.op("slice", {x},
               {{"start", std::vector<std::int64_t>{0}}, {"stop", std::vector<std::int64_t>{n}}});
    p.output("y" + std::to_string(i), p.b.op("exp", {x}));
    p.output("s" + std::to_string(i), p.b.sum(p.b.mul(x, x), {0}));
  }
  const auto inputs = test::random_inputs(p.graph, 1);
  const auto one = test::run_compiled(p.graph, inputs);
  const auto two = test::run_compiled(p.graph, inputs, {.cpu = {.compile_threads = 2}});
  ASSERT_TRUE(one.ok() && two.ok());
  for (std::size_t i = 0; i < one->size(); ++i) EXPECT_EQ((*one)[i], (*two)[i]);
}

TEST(CpuObject, RefusesUnknownAndOldCpus) {
  Program p;
  build_mixture(p);
  const KernelProgram program = test::compile_to_kernels(p.graph);
  const CpuFunction function{&program, "f"};
  for (const char* cpu : {"x86-64", "x86-64-v2", "pentium", "no-such-cpu"}) {
    const auto code = compile_object(std::span(&function, 1), {.cpu = cpu});
    ASSERT_FALSE(code.ok()) << cpu;
    EXPECT_EQ(code.error().code, "E0502");
  }
}

TEST(CpuObject, LongChainsCompileInSeconds) {
  Program p;
  Value x = p.input("x", "f32[4,4]");
  const Value w = p.input("w", "f32[4,4]");
  constexpr int length = 20'000;
  for (int i = 0; i < length; ++i) x = p.b.dot(x, w, {{}, {}}, {{1}, {0}});
  p.output("y", x);
  const KernelProgram program = test::compile_to_kernels(p.graph);
  ASSERT_GE(program.kernels.size(), 1000u);
  const CpuFunction function{&program, "chain"};
  const auto start = std::chrono::steady_clock::now();
  const auto code = compile_object(std::span(&function, 1), {});
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  ASSERT_TRUE(code.ok());
  std::printf("%d products, %zu kernels: %.2f s, %zu bytes\n", length, program.kernels.size(),
              seconds, code->objects[0].size());
  EXPECT_LT(seconds, 60);
}

TEST(Executable, ChecksItsArguments) {
  Program p;
  p.output("y", p.b.op("exp", {p.input("x", "f32[8]")}));
  auto executable = Executable::make(test::compile_to_kernels(p.graph), {});
  ASSERT_TRUE(executable.ok());
  std::array<float, 16> memory{};
  const auto call = [&](std::vector<ArgumentBytes> arguments) {
    const auto error = executable->call(arguments);
    return error ? error->code : std::string();
  };
  EXPECT_EQ(call({{memory.data(), 32}, {memory.data() + 8, 32}}), "");
  EXPECT_EQ(call({{memory.data(), 32}}), "E0620");
  EXPECT_EQ(call({{memory.data(), 28}, {memory.data() + 8, 32}}), "E0620");
  EXPECT_EQ(call({{memory.data(), 32}, {memory.data() + 4, 32}}), "E0623");
  EXPECT_FLOAT_EQ(memory[8], 1.0f);
}

TEST(Executable, BadIndicesChangeNothing) {
  Program p;
  const Value table = p.input("table", "f32[5,3]", Role::param);
  const Value ids = p.input("ids", "i32[4]");
  const Value rows = p.b.op("gather", {table, ids}, {{"axes", std::vector<std::int64_t>{0}}});
  p.output("rows", rows);
  p.update("table", p.b.add(table, 1.0));
  ASSERT_FALSE(p.b.error()) << p.b.error()->message;
  auto executable = Executable::make(test::compile_to_kernels(p.graph), {});
  ASSERT_TRUE(executable.ok());
  std::array<float, 15> weights{};
  std::array<float, 12> out{};
  for (const int bad : {-1, 5, 1 << 30}) {
    std::array<int, 4> indices{0, 1, bad, 2};
    const std::vector<ArgumentBytes> arguments = {
        {weights.data(), 60}, {indices.data(), 16}, {out.data(), 48}};
    const auto error = executable->call(arguments);
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->code, "E0621");
    EXPECT_EQ(weights, (std::array<float, 15>{}));
    indices[2] = 4;
    EXPECT_FALSE(executable->call(arguments).has_value());
    EXPECT_EQ(weights[0], 1.0f);
    weights.fill(0);
  }
}

} // namespace
} // namespace nnc
