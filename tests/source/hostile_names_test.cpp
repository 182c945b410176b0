// A thousand names that mean something to a compiler, or would if they came through raw, of
// functions, inputs, params, nodes and results. They are made of the macros that the headers define
// on this machine, of words of C, C++ and CUDA, and of pieces that end comments, lines and
// literals.
#include "compiler/aot/module.h"
#include "compiler/target/cuda/cuda_source.h"
#include "places.h"
#include "source/source_module.h"
#include "testing/compiled_run.h"
#include "testing/process.h"

#include <algorithm>
#include <cctype>
#include <random>
#include <set>
#include <sstream>

namespace nnc {
namespace {

constexpr std::size_t name_count = 1000, names_of_function = 40;

constexpr const char* words[] = {"alignas",
                                 "and",
                                 "asm",
                                 "auto",
                                 "bitand",
                                 "bool",
                                 "catch",
                                 "char32_t",
                                 "co_await",
                                 "concept",
                                 "const",
                                 "constinit",
                                 "decltype",
                                 "default",
                                 "double",
                                 "dynamic_cast",
                                 "explicit",
                                 "export",
                                 "final",
                                 "float",
                                 "goto",
                                 "import",
                                 "inline",
                                 "long",
                                 "module",
                                 "new",
                                 "noexcept",
                                 "not_eq",
                                 "nullptr",
                                 "operator",
                                 "override",
                                 "register",
                                 "requires",
                                 "restrict",
                                 "return",
                                 "signed",
                                 "sizeof",
                                 "static",
                                 "std",
                                 "struct",
                                 "switch",
                                 "template",
                                 "this",
                                 "thread_local",
                                 "typeof",
                                 "union",
                                 "using",
                                 "virtual",
                                 "void",
                                 "volatile",
                                 "while",
                                 "xor_eq",
                                 "_Bool",
                                 "_Atomic",
                                 "_Generic",
                                 "_Imaginary",
                                 "_Noreturn",
                                 "__func__",
                                 "__LINE__",
                                 "__FILE__",
                                 "__cplusplus",
                                 "__STDC__",
                                 "__asm__",
                                 "__attribute__",
                                 "__global__",
                                 "__device__",
                                 "__shared__",
                                 "__host__",
                                 "__restrict__",
                                 "__CUDA_ARCH__",
                                 "threadIdx",
                                 "blockIdx",
                                 "blockDim",
                                 "gridDim",
                                 "warpSize",
                                 "dim3",
                                 "float4",
                                 "int2",
                                 "cudaError_t",
                                 "cudaSuccess",
                                 "cudaMalloc",
                                 "cudaStream_t",
                                 "cudaMemcpy",
                                 "uint3",
                                 "__syncthreads",
                                 "atomicAdd",
                                 "min",
                                 "max",
                                 "half",
                                 "__half",
                                 "exp",
                                 "expf",
                                 "fma",
                                 "sqrt",
                                 "abs",
                                 "memcpy",
                                 "main",
                                 "args",
                                 "workspace",
                                 "stream",
                                 "arena",
                                 "error",
                                 "code",
                                 "launch",
                                 "given",
                                 "bytes",
                                 "written",
                                 "device",
                                 "embedded",
                                 "arguments",
                                 "scratch",
                                 "point",
                                 "shared",
                                 "sum",
                                 "i",
                                 "j",
                                 "k",
                                 "t",
                                 "t0",
                                 "x0",
                                 "block_sum_f32",
                                 "fma_f32",
                                 "maximum_f32",
                                 "tile_a",
                                 "m",
                                 "m_strerror",
                                 "m_weights",
                                 "m_args",
                                 "host",
                                 "nnc_host",
                                 "NNC_HOST_H",
                                 "nnc"};

constexpr const char* pieces[] = {"*/",
                                  "/*",
                                  "//",
                                  "\n",
                                  "\r",
                                  "\\\n",
                                  "\\",
                                  "\"",
                                  "'",
                                  "\t",
                                  "?"
                                  "?/",
                                  "?"
                                  "?=",
                                  "%s",
                                  "${}",
                                  "\x1b[2J",
                                  "\xc3\xa9",
                                  "\xe2\x80\xae",
                                  "#define x",
                                  "\n#error stop\n",
                                  "<:",
                                  "%:",
                                  ";",
                                  "}",
                                  "{",
                                  ")",
                                  "(",
                                  " ",
                                  "-",
                                  ".",
                                  "::",
                                  "@",
                                  "$",
                                  "`",
                                  "\\u00e9",
                                  "R\"(",
                                  "_",
                                  "__"};

/// What the preprocessor defines behind these headers, but for names that only a compiler may use.
void add_macros(std::vector<std::string> compiler, const std::string& headers,
                std::set<std::string>& macros) {
  const cli_test::Folder folder;
  cli_test::write_text(folder / "m.h", headers);
  compiler.insert(compiler.end(), {"-dM", "-E", folder / "m.h"});
  std::istringstream lines(cli_test::run_program(compiler).out);
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(8, line.find_first_of(" (", 8) - 8);
    if (!name.starts_with("_")) macros.insert(name);
  }
}

const std::set<std::string>& macros() {
  static const std::set<std::string> all = [] {
    std::set<std::string> found;
    const std::string c = "#include <math.h>\n#include <stdbool.h>\n#include <stddef.h>\n"
                          "#include <stdint.h>\n";
    add_macros({"gcc", "-std=gnu99", "-xc"}, c, found);
    add_macros({"c++", "-std=gnu++17", "-xc++", "-isystem", NNC_SOURCE "/runtime/cuda_host"},
               c + "#include <cuda_runtime.h>\n", found);
    return found;
  }();
  return all;
}

/// Words and macros as they are, then with pieces around them and letters that collide once every
/// other byte is replaced; the same ones in every run.
std::vector<std::string> hostile_names() {
  std::vector<std::string> names(std::begin(words), std::end(words));
  names.insert(names.end(), macros().begin(), macros().end());
  std::mt19937 random(8);
  const auto any = [&](const auto& from) { return std::string(from[random() % std::size(from)]); };
  std::set<std::string> seen(names.begin(), names.end());
  names.assign(seen.begin(), seen.end());
  if (names.size() > name_count / 2) {
    std::shuffle(names.begin(), names.end(), random);
    names.resize(name_count / 2);
  }
  while (names.size() < name_count) {
    std::string name = any(words);
    switch (random() % 5) {
    case 0:
      name = any(pieces) + name;
      break;
    case 1:
      name += any(pieces);
      break;
    case 2:
      name = any(pieces) + any(pieces) + any(pieces);
      break;
    case 3:
      name += any(pieces) + any(words);
      break;
    default:
      name += std::string(1 + random() % 3000, "_aZ9"[random() % 4]);
      break;
    }
    if (seen.insert(name).second) names.push_back(std::move(name));
  }
  std::shuffle(names.begin(), names.end(), random);
  return names;
}

/// A function of 40 operands, some of them params that it updates; its nodes have the names of
/// operands of the next one.
void build(test::Program& program, const std::vector<std::string>& names, std::size_t first) {
  const auto name = [&](std::size_t i) { return names[(first + i) % names.size()]; };
  program.graph.name = name(names_of_function / 2);
  Value total;
  for (std::size_t i = 0; i < names_of_function; ++i) {
    const bool param = i % 8 == 0;
    const Value x = program.input(name(i), "f32[4,3]", param ? Role::param : Role::input);
    const Value largest = program.b.op("max", {x}, {{"axes", {1}}});
    program.graph.set_value_name(largest, name(names_of_function + i));
    total = i == 0 ? largest : program.b.add(total, program.b.op("sin", {largest}));
    if (param) program.update(name(i), program.b.op("cos", {x}));
  }
  program.output(name(2 * names_of_function), total);
  program.output(name(2 * names_of_function + 1), program.b.op("tanh", {total}));
}

class HostileNames : public testing::TestWithParam<const Language*> {};

TEST_P(HostileNames, ComputeWhatTheInterpreterDoes) {
  const std::vector<std::string> names = hostile_names();
  std::vector<std::vector<Literal>> inputs, want;
  std::vector<KernelProgram> programs;
  for (std::size_t first = 0; first < names.size(); first += names_of_function) {
    test::Program program;
    build(program, names, first);
    ASSERT_FALSE(program.b.error()) << program.b.error()->message;
    inputs.push_back(test::random_inputs(program.graph, 1));
    auto values = interpret(program.graph, inputs.back());
    ASSERT_TRUE(values) << values.error().message;
    want.push_back(std::move(*values));
    programs.push_back(test::compile_to_kernels(program.graph));
  }
  const auto module = SourceModule::make(*GetParam(), std::move(programs));
  ASSERT_TRUE(module) << module.error().message;
  for (std::size_t f = 0; f < want.size(); ++f) {
    const auto got = module->call(f, inputs[f]);
    ASSERT_TRUE(got) << got.error().message;
    for (std::size_t i = 0; i < want[f].size(); ++i)
      test::expect_near((*got)[i], want[f][i], 64, 1, std::to_string(f));
  }
}

TEST(HostileNames, AreTakenByNvcc) {
  if (!cli_test::has_program("nvcc")) GTEST_SKIP() << "no nvcc on this machine";
  const std::vector<std::string> names = hostile_names();
  std::vector<KernelProgram> programs;
  for (std::size_t first = 0; first < names.size(); first += names_of_function) {
    test::Program program;
    build(program, names, first);
    programs.push_back(test::compile_to_kernels(program.graph));
  }
  const auto printed = cuda_source(aot::describe("m", "test", programs), nullptr, max_bytes);
  ASSERT_TRUE(printed) << printed.error().message;
  const cli_test::Folder folder;
  cli_test::write_text(folder / "m.cu", printed->source);
  cli_test::write_text(folder / "m.cuda.h", printed->header);
  const auto outcome = cli_test::run_program(
      {"nvcc", "-O0", "-arch=sm_80", "-c", folder / "m.cu", "-o", folder / "m.o"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
}

INSTANTIATE_TEST_SUITE_P(In, HostileNames, testing::ValuesIn(languages),
                         [](const auto& info) { return std::string(info.param->name); });

/// Letters, digits and `_`, none of the compiler's, no macro.
bool harmless(const std::string& name) {
  const auto plain = [](unsigned char c) { return c == '_' || std::isalnum(c); };
  return std::ranges::all_of(name, plain) && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         !name.starts_with("__") && !macros().contains(name);
}

TEST(HostileNames, OfModelsAndFunctionsAreIdentifiers) {
  const std::vector<std::string> names = hostile_names();
  test::Program program;
  build(program, names, 0);
  KernelProgram kernels = test::compile_to_kernels(program.graph);
  for (const std::string& name : names) {
    kernels.name = name;
    const aot::Module module = aot::describe(name, name, std::span(&kernels, 1));
    EXPECT_TRUE(harmless(module.c_name)) << module.c_name;
    EXPECT_TRUE(harmless(module.functions[0].c_name)) << module.functions[0].c_name;
  }
  const aot::Module module = aot::describe("m", "m", std::span(&kernels, 1));
  for (const aot::Argument& one : module.functions[0].arguments)
    EXPECT_TRUE(harmless(one.c_name)) << one.c_name;
}

} // namespace
} // namespace nnc
