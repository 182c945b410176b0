// Names of a model never reach a source raw: they are made into identifiers that mean nothing else
// there, and what stands in comments and messages stays in them.
#include "compiler/aot/names.h"
#include "compiler/target/c/c_source.h"
#include "compiler/target/cuda/cuda_source.h"
#include "source/source_module.h"
#include "testing/compiled_run.h"

#include <cctype>

namespace nnc {
namespace {

const std::vector<std::string>& hostile_names() {
  static const std::vector<std::string> names = {"a*/b",
                                                 "bitor",
                                                 "_Bool",
                                                 "_Complex",
                                                 "_Pragma",
                                                 "_Float32",
                                                 "NNC_HOST_H",
                                                 "char16_t",
                                                 "M_E",
                                                 "thread_local",
                                                 "/*",
                                                 "x\\",
                                                 "y\n#define exp",
                                                 "?"
                                                 "?/",
                                                 "\"; abort(); \"",
                                                 "%s${}",
                                                 "int",
                                                 "NULL",
                                                 "t0",
                                                 "sum",
                                                 "i",
                                                 "args",
                                                 "exp_f32",
                                                 "main",
                                                 "INFINITY",
                                                 "threadIdx",
                                                 "1x",
                                                 "\xc3\xa9",
                                                 "a b",
                                                 "a_b",
                                                 "float",
                                                 "tile_a",
                                                 "workspace",
                                                 "launch",
                                                 "arena",
                                                 "restrict",
                                                 "\x1b[2J",
                                                 "point",
                                                 "code",
                                                 "__global__",
                                                 "maximum_f32"};
  return names;
}

/// exp of the largest of sums, of every operand.
void build(test::Program& program) {
  std::vector<Value> results;
  for (const std::string& name : hostile_names()) {
    const Value x = program.input(name, "f32[4,3]");
    results.push_back(program.b.op("exp", {program.b.op("max", {x}, {{"axes", {1}}})}));
  }
  Value total = results[0];
  for (std::size_t i = 1; i < results.size(); ++i) total = program.b.add(total, results[i]);
  program.output("\"*/ result", total);
  program.output("exp", program.b.op("exp", {total}));
}

class SourceNames : public testing::TestWithParam<const Language*> {};

TEST_P(SourceNames, AreIdentifiersOfTheirOwn) {
  test::Program program;
  build(program);
  ASSERT_FALSE(program.b.error()) << program.b.error()->message;
  program.graph.name = "f */ \"\\";
  const std::vector<Literal> inputs = test::random_inputs(program.graph, 1);
  const auto want = interpret(program.graph, inputs);
  ASSERT_TRUE(want);
  const auto module = SourceModule::make(*GetParam(), {test::compile_to_kernels(program.graph)});
  ASSERT_TRUE(module) << module.error().message;
  const auto got = module->call(0, inputs);
  ASSERT_TRUE(got) << got.error().message;
  for (std::size_t i = 0; i < want->size(); ++i)
    test::expect_near((*got)[i], (*want)[i], 64, 1, std::to_string(i));
}

INSTANTIATE_TEST_SUITE_P(In, SourceNames, testing::ValuesIn(languages),
                         [](const auto& info) { return std::string(info.param->name); });

/// What is left without comments and the inside of literals.
std::string code_of(const std::string& text) {
  std::string code;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "/*") == 0) {
      i = std::min(text.find("*/", i + 2), text.size()) + 1;
    } else if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\') ++i;
    } else {
      code += text[i];
    }
  }
  return code;
}

TEST(SourceNames, LeaveNothingButCode) {
  test::Program program;
  build(program);
  const KernelProgram kernels = test::compile_to_kernels(program.graph);
  const aot::Module module =
      aot::describe("m */ \"\n", "model */ \n#error stop.json", std::span(&kernels, 1));
  const auto c = c_source(module, &program.context, max_bytes);
  const auto cuda = cuda_source(module, &program.context, max_bytes);
  ASSERT_TRUE(c && cuda);
  for (const std::string& text : {c->source, c->header, cuda->source, cuda->header}) {
    const std::string code = code_of(text);
    for (const char* raw : {"#error stop", "#define exp", "abort(", "\x1b", "\xc3", "??", "${"})
      EXPECT_EQ(code.find(raw), std::string::npos) << raw;
  }
}

TEST(SourceNames, OfAScopeAreNoneOfTheOneAroundIt) {
  aot::Names file{"kernel", "x"};
  aot::Names function = aot::Names::inside(file);
  EXPECT_FALSE(function.insert("x"));
  EXPECT_TRUE(function.insert("y"));
  EXPECT_FALSE(function.insert("y"));
  EXPECT_FALSE(file.contains("y")) << "another function may have it";
  function.erase("x");
  EXPECT_TRUE(function.contains("x")) << "it is the file's";
  function.erase("y");
  EXPECT_FALSE(function.contains("y"));
  EXPECT_TRUE(file.insert("z"));
  EXPECT_TRUE(function.contains("z")) << "the file's are looked up, not copied";
  const std::vector<std::string> names = {"x", "z", "w"};
  EXPECT_EQ(aot::c_names(names, aot::Names::inside(function)),
            (std::vector<std::string>{"x_", "z_", "w"}));
}

} // namespace
} // namespace nnc
