// Small convolutions with the examples of a batch in the vector: where that is chosen, what it
// comes to, and that it changes no values.
#include "ir/text/parse.h"
#include "testing/compiled_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace nnc {
namespace {

using test::Program;

/// Two convolutions, the first padded, each with relu and pooling, and the gradients of a loss.
struct Net {
  int images, size, channels, kernel, first, second, stride = 1;

  std::string text() const {
    const auto windows = [](int size, int kernel, int stride) {
      return (size - kernel) / stride + 1;
    };
    const int pad = kernel / 2, padded = size + 2 * pad;
    const int c1 = windows(padded, kernel, stride), p1 = windows(c1, 2, 2);
    const int c2 = windows(p1, 3, 1), p2 = windows(c2, 2, 2);
    return fmt::format(
        R"(func @net(%x: f32[{n},{s},{s},{c}], %w1: f32[{k},{k},{c},{a}], %w2: f32[3,3,{a},{b}],
  %v: f32[{q},{q},{b}]) -> (%y, %gx, %g1, %g2, %gv) {{
  %wide = pad %x {{low = [0,{p},{p},0], high = [0,{p},{p},0], interior = [0,0,0,0]}} : {wide}
  %win1 = window %wide {{axes = [1,2], size = [{k},{k}], stride = [{t},{t}]}} : {win1}
  %d1 = dot %win1, %w1 {{contract = [[4,5,3],[0,1,2]]}} : {c1}
  %c1 = maximum %d1, {c1}(0) : {c1}
  %o1 = window %c1 {{axes = [1,2], size = [2,2], stride = [2,2]}} : f32[{n},{f},{f},{a},2,2]
  %p1 = max %o1 {{axes = [4,5]}} : f32[{n},{f},{f},{a}]
  %win2 = window %p1 {{axes = [1,2], size = [3,3]}} : f32[{n},{g},{g},{a},3,3]
  %d2 = dot %win2, %w2 {{contract = [[4,5,3],[0,1,2]]}} : {c2}
  %c2 = maximum %d2, {c2}(0) : {c2}
  %o2 = window %c2 {{axes = [1,2], size = [2,2], stride = [2,2]}} : f32[{n},{q},{q},{b},2,2]
  %p2 = max %o2 {{axes = [4,5]}} : f32[{n},{q},{q},{b}]
  %y = dot %p2, %v {{contract = [[1,2,3],[0,1,2]]}} : f32[{n}]
  %l = sum mul(%y, %y) {{axes = [0]}} : f32[]
  %gx, %g1, %g2, %gv = grad %l, %x, %w1, %w2, %v {{wrt = 4}}
    : f32[{n},{s},{s},{c}], f32[{k},{k},{c},{a}], f32[3,3,{a},{b}], f32[{q},{q},{b}]
}})",
        fmt::arg("win1",
                 fmt::format("f32[{},{},{},{},{},{}]", images, c1, c1, channels, kernel, kernel)),
        fmt::arg("wide", fmt::format("f32[{},{},{},{}]", images, padded, padded, channels)),
        fmt::arg("c1", fmt::format("f32[{},{},{},{}]", images, c1, c1, first)),
        fmt::arg("c2", fmt::format("f32[{},{},{},{}]", images, c2, c2, second)),
        fmt::arg("n", images), fmt::arg("s", size), fmt::arg("c", channels), fmt::arg("k", kernel),
        fmt::arg("a", first), fmt::arg("b", second), fmt::arg("p", pad), fmt::arg("t", stride),
        fmt::arg("e", c1), fmt::arg("f", p1), fmt::arg("g", c2), fmt::arg("q", p2));
  }
};
void PrintTo(const Net& net, std::ostream* out) {
  *out << net.images << "x" << net.size << "x" << net.size << "x" << net.channels << "_"
       << net.kernel << "_" << net.first << "_" << net.second << "_" << net.stride;
}

/// A program whose derivatives are expanded, for the interpreter.
Graph parsed(Program& program, const Net& net) {
  auto graph = parse_graph(program.context, net.text(), "text");
  if (const auto* errors = std::get_if<std::vector<Error>>(&graph))
    throw InternalError((*errors)[0].message);
  auto made = run_pipeline(std::move(std::get<Graph>(graph)), {.stop_after = "simplify.3"});
  if (!made) throw InternalError(made.error().message);
  return std::move(made->graph);
}

KernelProgram scheduled(const Net& net, const std::string& step = "lower") {
  Program program;
  auto made = run_pipeline(parsed(program, net), {.stop_after = step});
  if (!made) throw InternalError(made.error().message);
  return std::move(*made->program);
}

/// What kernels write to the arena.
std::vector<Type> stored(const Net& net) {
  const KernelProgram program = scheduled(net);
  std::set<std::uint32_t> written;
  for (const Kernel& kernel : program.kernels)
    for (const std::uint32_t buffer : buffers_written(kernel)) written.insert(buffer);
  std::vector<Type> types;
  for (const std::uint32_t buffer : written)
    if (program.buffers[buffer].role == BufferRole::arena)
      types.push_back(program.buffers[buffer].type);
  return types;
}

/// Stored values of images, and how many of them have the images last.
std::pair<int, int> images_last(const Net& net) {
  int all = 0, last = 0;
  for (const Type& type : stored(net)) {
    if (type.rank() < 3 || std::ranges::find(type.shape, net.images) == type.shape.end()) continue;
    ++all;
    last += type.shape.back() == net.images;
  }
  return {all, last};
}

/// Whole numbers, so that sums do not depend on their order and the largest of a window is known.
std::vector<Literal> whole_inputs(const Graph& graph) {
  std::vector<Literal> inputs = test::random_inputs(graph, 1);
  for (Literal& input : inputs) {
    auto bytes = std::make_shared<std::vector<std::byte>>(*input.bytes);
    for (std::int64_t i = 0; i < input.type.elements(); ++i)
      store_real(input.type.dtype, bytes->data(), i, std::trunc(literal_real(input, i)));
    input.bytes = std::move(bytes);
  }
  return inputs;
}

class Nets : public testing::TestWithParam<Net> {};
INSTANTIATE_TEST_SUITE_P(Small, Nets,
                         testing::Values(Net{16, 8, 1, 5, 6, 5}, Net{32, 8, 2, 3, 4, 7},
                                         Net{16, 15, 3, 3, 5, 16, 2}, Net{16, 8, 1, 3, 17, 3},
                                         Net{17, 8, 1, 5, 6, 5}, Net{3, 8, 16, 3, 16, 16}));

TEST_P(Nets, KeepTheirValues) {
  Program program;
  program.graph = parsed(program, GetParam());
  const std::vector<Literal> inputs = whole_inputs(program.graph);
  const auto wanted = interpret(program.graph, inputs);
  const auto actual = test::run_compiled(program.graph, inputs);
  ASSERT_TRUE(wanted.ok() && actual.ok());
  for (std::size_t i = 0; i < wanted->size(); ++i)
    test::expect_near((*actual)[i], (*wanted)[i], 64, 1000, program.graph.outputs[i].name);
}

TEST_P(Nets, ThreadsGiveTheSameBits) {
  Program program;
  program.graph = parsed(program, GetParam());
  const auto inputs = test::random_inputs(program.graph, 3);
  const auto one = test::run_compiled(program.graph, inputs);
  const auto three = test::run_compiled(program.graph, inputs, {.threads = 3});
  ASSERT_TRUE(one.ok() && three.ok());
  EXPECT_EQ(*one, *three);
}

TEST(BatchLayout, ImagesAreTheVectorWhereChannelsAreFew) {
  const auto [all, last] = images_last({16, 12, 1, 5, 6, 5});
  EXPECT_GT(all, 8);
  EXPECT_EQ(last, all);
}

TEST(BatchLayout, NoVectorOfImagesIsCutOrWidened) {
  EXPECT_EQ(images_last({17, 12, 1, 5, 6, 5}).second, 0);
  EXPECT_EQ(images_last({48, 12, 16, 3, 16, 32}).second, 0); // vectors of channels are as good
}

TEST(BatchLayout, KernelsTakenApartHaveNamesOfTheirOwn) {
  std::set<std::string> names;
  const KernelProgram program = scheduled({16, 12, 1, 5, 6, 5}, "schedule");
  for (const Kernel& kernel : program.kernels) names.insert(kernel.name);
  EXPECT_EQ(names.size(), program.kernels.size());
}

/// The windows of a convolution's gradient would be a multiple of its input.
TEST(BatchLayout, WindowsOfAGradientAreNotStored) {
  for (const int images : {3, 16})
    for (const Type& type : stored({images, 12, 2, 3, 6, 5}))
      EXPECT_LE(type.elements(), images * 12 * 12 * 6) << to_string(type);
}

} // namespace
} // namespace nnc
