// Kernels that differ only in what they read and write, and where in it, are compiled once; what
// shared code computes has the bits of code of its own. In small programs nothing is called.
#include "ir/kernel/kernel_key.h"
#include "ir/kernel/parse.h"
#include "testing/compiled_run.h"

#include <fmt/format.h>

namespace nnc {
namespace {

using test::expect_same;
using test::Program;

/// Keys of two kernels, y[i,j] = `first` and z[i,j] = `second`.
std::vector<KernelKey> keys(const std::string& first, const std::string& second) {
  std::string text = "program @f (x, wide, ids) -> (y, z) {\n"
                     "  input  x    : f32[8,4,5]\n"
                     "  input  wide : f32[8,4,6]\n"
                     "  input  ids  : i32[4]\n"
                     "  output y    : f32[4,5]\n"
                     "  output z    : f32[4,5]\n"
                     "  check ids in 0..4 for z before 0\n";
  int k = 0;
  for (const auto& [result, value] : {std::pair("y", first), std::pair("z", second)}) {
    std::vector<std::string> read;
    for (const std::string name : {"x", "wide", "ids"})
      if (value.find(name + "[") != std::string::npos) read.push_back(name);
    text += fmt::format("\n  kernel f_{} ({}) -> ({}): pointwise {{\n"
                        "    for i in 0..4, j in 0..5\n      {}[i,j] = {}\n  }}\n",
                        k++, fmt::join(read, ", "), result, result, value);
  }
  const auto program = parse_program(text + "}\n", "test");
  if (!program) {
    ADD_FAILURE() << program.error().message << "\n" << text;
    return {{"first", {}}, {"second", {}}};
  }
  std::vector<KernelKey> found;
  for (const Kernel& kernel : program->kernels)
    found.push_back(kernel_key(kernel, program->buffers));
  return found;
}

bool share(const std::string& first, const std::string& second) {
  const auto both = keys(first, second);
  return both[0].text == both[1].text;
}

TEST(KernelKey, PlacesAreOperands) {
  const auto found = keys("x[0,i,j] * 2.0", "x[3,i,j] * 2.0");
  EXPECT_EQ(found[0].text, found[1].text);
  ASSERT_EQ(found[1].operands.size(), 2u);
  EXPECT_EQ(found[0].operands[0].first, 0);
  EXPECT_EQ(found[1].operands[0].first, 3 * 4 * 5);
  EXPECT_EQ(found[0].operands[0].buffer, found[1].operands[0].buffer);
  EXPECT_NE(found[0].operands[1].buffer, found[1].operands[1].buffer);
}

TEST(KernelKey, DistancesWithinABufferAreCode) {
  EXPECT_TRUE(share("x[1,i,j] + x[2,i,j]", "x[4,i,j] + x[5,i,j]"));
  EXPECT_FALSE(share("x[1,i,j] + x[2,i,j]", "x[4,i,j] + x[6,i,j]"));
  EXPECT_FALSE(share("x[1,i,j] + x[2,i,j]", "x[2,i,j] + wide[2,i,j]"));
}

TEST(KernelKey, ShapesCountAsStrides) {
  EXPECT_TRUE(share("x[1,0,j] * 2.0", "wide[2,3,j] * 2.0"));
  EXPECT_FALSE(share("x[1,i,j] * 2.0", "wide[1,i,j] * 2.0"));
}

TEST(KernelKey, ExpressionsAreCode) {
  EXPECT_FALSE(share("x[1,i,j] * 2.0", "x[1,i,j] * 3.0"));
  EXPECT_FALSE(share("x[1,i,j] * 2.0", "x[1,i,j] + 2.0"));
  EXPECT_FALSE(share("x[1,i,j] * 2.0", "x[1,i,0] * 2.0"));
}

TEST(KernelKey, IndicesFromDataMoveWithTheirBuffer) {
  EXPECT_TRUE(share("x[2,{i64(ids[i]) in 0..4},j] * 2.0", "x[5,{i64(ids[i]) in 0..4},j] * 2.0"));
}

Value row(Builder& b, Value x, std::int64_t t) {
  const Shape shape = b.shape(x);
  std::vector<std::int64_t> start(shape.size(), 0), stop(shape.begin(), shape.end());
  start[0] = t;
  stop[0] = t + 1;
  const Value slice = b.op("slice", {x}, {{"start", start}, {"stop", stop}});
  return b.reshape(slice, {shape.begin() + 1, shape.end()});
}

/// h = tanh((x[t] @ w + h @ u) / 64 + b) for each t, and the gradients of the sum of the last h's
/// squares.
void build_recurrent(Program& p, std::int64_t steps) {
  const Value x = p.input("x", fmt::format("f32[{},6,40]", steps));
  const Value w = p.input("w", "f32[40,40]"), u = p.input("u", "f32[40,40]");
  const Value small_w = p.b.mul(w, 1.0 / 64), small_u = p.b.mul(u, 1.0 / 64); // short of 1
  const Value bias = p.input("b", "f32[40]");
  const auto times = [&](Value a, Value matrix) {
    return p.b.dot(a, matrix, {{}, {}}, {{1}, {0}});
  };
  Value h = p.b.op("tanh", {times(row(p.b, x, 0), small_w)});
  for (std::int64_t t = 1; t < steps; ++t) {
    const Value sum = p.b.add(times(row(p.b, x, t), small_w), times(h, small_u));
    h = p.b.op("tanh", {p.b.add(sum, p.b.broadcast(bias, {6, 40}, {1}))});
  }
  const Value loss = p.b.sum(p.b.mul(h, h), {0, 1});
  const auto gradients = p.b.ops("grad", std::vector{loss, w, u, bias}, {{"wrt", std::int64_t{3}}});
  p.output("loss", loss);
  for (std::size_t i = 0; i < gradients.size(); ++i)
    p.output("g" + std::to_string(i), gradients[i]);
}

/// Functions of kernels, their pieces and tiles; the one that calls them in order is not counted.
std::ptrdiff_t functions_for_kernels(Program& p) {
  EXPECT_FALSE(p.b.error());
  const KernelProgram program = test::compile_to_kernels(p.graph);
  const CpuFunction function{&program, "f"};
  const auto code = compile_object(std::span(&function, 1), {.llvm_text = true});
  EXPECT_TRUE(code);
  std::ptrdiff_t count = 0;
  for (std::size_t at = 0; (at = code->llvm_text.find("\ndefine ", at)) != std::string::npos;
       ++at) {
    const std::string line = code->llvm_text.substr(at, code->llvm_text.find('\n', at + 1) - at);
    count += line.find(" @nnc_kernel_") != std::string::npos ||
             line.find(" @nnc_tile_") != std::string::npos;
  }
  return count;
}

TEST(SharedCode, UnrolledStepsCostNoFunctions) {
  Program p20, p40;
  build_recurrent(p20, 20);
  build_recurrent(p40, 40);
  const auto of20 = functions_for_kernels(p20);
  EXPECT_GT(of20, 3);
  EXPECT_LT(of20, 40);
  EXPECT_EQ(of20, functions_for_kernels(p40));
}

TEST(SharedCode, SmallProgramsCallNothing) {
  Program p;
  const Value x = p.input("x", "f32[4,2]"), w = p.input("w", "f32[2,2]"),
              b = p.input("b", "f32[2]");
  const auto sums = p.b.dot(x, w, {{}, {}}, {{1}, {0}});
  const Value h = p.b.op("tanh", {p.b.add(sums, p.b.broadcast(b, {4, 2}, {1}))});
  const Value loss = p.b.sum(p.b.mul(h, h), {0, 1});
  const auto gradients = p.b.ops("grad", std::vector{loss, w, b}, {{"wrt", std::int64_t{2}}});
  p.output("loss", loss);
  for (std::size_t i = 0; i < gradients.size(); ++i)
    p.output("g" + std::to_string(i), gradients[i]);
  EXPECT_EQ(functions_for_kernels(p), 0);
  auto made = run_pipeline(copy_live(p.graph), {.stop_after = "simplify.3"});
  ASSERT_TRUE(made);
  p.graph = std::move(made->graph);
  expect_same(p, 64, 4);
}

TEST(SharedCode, UnrolledStepsAreRight) {
  Program p;
  build_recurrent(p, 5);
  auto made = run_pipeline(copy_live(p.graph), {.stop_after = "simplify.3"});
  ASSERT_TRUE(made);
  p.graph = std::move(made->graph); // the interpreter wants derivatives expanded
  expect_same(p, 64, 4);
}

/// Work on slice t of x: a product in tiles, a map with a tail, a sum, and rows by number.
std::vector<Value> work_on(Builder& b, std::span<const Value> leaves, std::int64_t t) {
  const Value x = row(b, leaves[0], t);
  const Value product = b.dot(x, leaves[1], {{}, {}}, {{1}, {0}});
  const Value rows = b.op("gather", {x, leaves[2]}, {{"axes", std::vector<std::int64_t>{0}}});
  const Value padded = b.op("pad", {x},
                            {{"low", std::vector<std::int64_t>{1, 2}},
                             {"high", std::vector<std::int64_t>{2, 1}},
                             {"interior", std::vector<std::int64_t>{0, 0}}});
  return {b.op("tanh", {product}), b.op("exp", {x}), b.sum(x, {1}), rows, b.op("sin", {padded})};
}

/// `work_on` the slices first..last-1 of leaves that are the same for all programs.
std::vector<Literal> results_on(std::int64_t first, std::int64_t last, int threads,
                                std::ptrdiff_t* functions = nullptr) {
  Program p;
  const Value leaves[] = {p.input("x", "f32[6,67,45]"), p.input("w", "f32[45,37]"),
                          p.input("ids", "u32[9]")};
  for (std::int64_t t = first; t < last; ++t)
    for (const Value value : work_on(p.b, leaves, t))
      p.output("y" + std::to_string(p.graph.outputs.size()), value);
  EXPECT_FALSE(p.b.error()) << p.b.error()->message;
  if (functions) *functions = functions_for_kernels(p);
  const auto inputs = test::random_inputs(p.graph, 3);
  auto results = test::run_compiled(p.graph, inputs, {.threads = threads});
  EXPECT_TRUE(results);
  return std::move(*results);
}

TEST(SharedCode, HasTheBitsOfCodeOfItsOwn) {
  std::ptrdiff_t alone = 0, together = 0;
  results_on(0, 1, 1, &alone);
  for (const int threads : {1, 2}) {
    const auto all = results_on(0, 6, threads, &together);
    EXPECT_EQ(together, alone) << "slices have code of their own";
    for (std::int64_t t = 0; t < 6; ++t) {
      const auto own = results_on(t, t + 1, 1);
      for (std::size_t i = 0; i < own.size(); ++i)
        EXPECT_EQ(all[static_cast<std::size_t>(t) * own.size() + i], own[i]) << t << ", " << i;
    }
  }
}

TEST(SharedCode, SlicesAreThoseOfTheInterpreter) {
  for (const char* dtype : {"f32", "f64", "f16", "i8"}) {
    Program p;
    const Value x = p.input("x", fmt::format("{}[5,3,21]", dtype));
    const Value w = p.input("w", fmt::format("{}[3,21]", dtype), Role::param);
    for (std::int64_t t = 0; t < 5; ++t) {
      const Value y = p.b.mul(row(p.b, x, t), row(p.b, x, 4 - t));
      p.output("y" + std::to_string(t), p.b.op("maximum", {y, w}));
    }
    p.update("w", p.b.add(row(p.b, x, 3), w)); // in place
    expect_same(p);
  }
}

} // namespace
} // namespace nnc
