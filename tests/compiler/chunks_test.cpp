// Jacobians and Hessians over the memory limit: the same numbers, some rows at a time.
#include "compiler/seeds/limits.h"

#include "compiler/plan.h"
#include "ir/modes.h"
#include "testing/compare.h"
#include "testing/compiled_run.h"

#include <fmt/format.h>

namespace nnc::test {
namespace {

/// A hidden layer between x and y, of n elements each: what a sweep for one row keeps is larger
/// than a row.
struct Net : Program {
  explicit Net(std::int64_t n) {
    x = input("x", fmt::format("f64[{}]", n));
    w = input("w", fmt::format("f64[{},600]", n));
    v = input("v", fmt::format("f64[600,{}]", n));
  }
  Value x, w, v;
  Value of(Value at) {
    const Value h = b.op("tanh", {b.mul(b.dot(at, w, {{}, {}}, {{0}, {0}}), 0.05)});
    return b.op("sin", {b.mul(b.dot(h, v, {{}, {}}, {{0}, {0}}), 0.05)});
  }
};

constexpr std::int64_t n = 48;
constexpr std::int64_t prime = 47; ///< no chunks come out even

std::vector<std::unique_ptr<Net>> nets(std::int64_t size = n) {
  std::vector<std::unique_ptr<Net>> made;
  for (int i = 0; i < 2; ++i) made.push_back(std::make_unique<Net>(size));
  Net& reverse = *made[0];
  reverse.output("jacobian", build_jacobian(reverse.b, reverse.of(reverse.x), reverse.x));
  Net& twice = *made[1];
  const Value loss = twice.b.sum(twice.of(twice.x), {0});
  twice.output("hessian", build_hessian(twice.b, loss, {&twice.x, 1})[0]);
  return made;
}

KernelProgram planned(const Graph& graph, std::int64_t max_memory) {
  auto made = run_pipeline(copy_live(graph), {.max_memory = max_memory});
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made->program);
}

std::vector<Literal> run_within(const Graph& graph, std::int64_t max_memory,
                                const std::vector<Literal>& inputs) {
  auto made = run_pipeline(copy_live(graph), {.stop_after = "plan", .max_memory = max_memory});
  EXPECT_TRUE(made) << made.error().message;
  auto values = interpret(made->graph, inputs);
  EXPECT_TRUE(values);
  return std::move(*values);
}

TEST(Chunks, TheLimitDecidesHowManyRowsRunAtATime) {
  for (const auto& net : nets()) {
    const std::string& name = net->graph.outputs[0].name;
    const std::int64_t whole = peak_bytes(planned(net->graph, default_max_memory));
    const std::int64_t least = 8 * (n + 2 * n * 600 + n * n); // arguments and result
    const std::int64_t limit = least + (whole - least) / 4;
    const KernelProgram chunked = planned(net->graph, limit);
    EXPECT_LE(peak_bytes(chunked), limit) << name;
    EXPECT_EQ(chunked.regions.size(), 1u) << name;
    const std::vector<Literal> inputs = random_inputs(net->graph, 7);
    const auto at_once = run_within(net->graph, default_max_memory, inputs);
    const auto in_parts = run_within(net->graph, limit, inputs);
    expect_near(in_parts[0], at_once[0], 64, 1, name);
  }
}

/// Rows are stored where they belong, and not gathered elsewhere first.
TEST(Chunks, EvenChunksAreStoredInTheResult) {
  const auto made = nets();
  const Net& net = *made[0];
  const KernelProgram program = planned(limit_seeds(net.graph, 4), default_max_memory);
  for (const Buffer& buffer : program.buffers) {
    if (buffer.role != BufferRole::arena || buffer.type.bytes() != 8 * n * n) continue;
    EXPECT_EQ(buffer.offset, -1) << buffer.name << " is no memory of its own";
  }
}

TEST(Chunks, WithoutTheLimitThereIsNoLoop) {
  for (const auto& net : nets())
    EXPECT_TRUE(planned(net->graph, default_max_memory).regions.empty());
}

TEST(Chunks, TheNumberOfNodesDoesNotDependOnTheLimit) {
  for (const auto& net : nets(prime)) {
    std::vector<std::uint32_t> nodes;
    for (const std::int64_t chunk : {2, 7, 20}) {
      const Graph limited = limit_seeds(net->graph, chunk);
      EXPECT_EQ(most_seeds(limited), chunk);
      auto made = run_pipeline(copy_live(limited), {.stop_after = "simplify.3"});
      ASSERT_TRUE(made);
      nodes.push_back(copy_live(made->graph).node_count());
    }
    EXPECT_EQ(nodes[0], nodes[1]);
    EXPECT_EQ(nodes[0], nodes[2]);
  }
}

/// Chunks that do not divide the rows, on two threads.
TEST(Chunks, CompiledLikeInterpreted) {
  for (const auto& net : nets(prime))
    for (const std::int64_t chunk : {1, 7, 16}) {
      Program limited;
      limited.graph = limit_seeds(net->graph, chunk);
      const std::vector<Literal> inputs = random_inputs(limited.graph, 3);
      auto compiled = run_compiled(limited.graph, inputs, {.threads = 2});
      ASSERT_TRUE(compiled);
      const auto wanted = run_within(net->graph, default_max_memory, inputs);
      expect_near((*compiled)[0], wanted[0], 256, 1, net->graph.outputs[0].name);
    }
}

/// What runs in chunks is differentiated like anything else.
TEST(Chunks, DerivativesOfWhatRunsInChunks) {
  Net net(prime);
  const Value rows = build_jacobian(net.b, net.of(net.x), net.x);
  const Value size = net.b.sum(net.b.mul(rows, rows), {0, 1});
  net.output("gradient", build_grad(net.b, {size, {}, {&net.x, 1}})[0]);
  const std::vector<Literal> inputs = random_inputs(net.graph, 5);
  const auto at_once = run_within(net.graph, default_max_memory, inputs);
  const auto in_parts = run_within(limit_seeds(net.graph, 7), default_max_memory, inputs);
  expect_near(in_parts[0], at_once[0], 1024, 1, "gradient");
}

TEST(Chunks, DerivativesOfALaplacianThatRunsInChunks) {
  Net net(prime);
  const Value change = build_laplacian(net.b, net.b.sum(net.of(net.x), {0}), net.x);
  const Value variables[] = {net.x, net.v};
  const auto gradients = build_grad(net.b, {net.b.mul(change, change), {}, variables});
  net.output("of x", gradients[0]);
  net.output("of v", gradients[1]);
  const std::vector<Literal> inputs = random_inputs(net.graph, 5);
  const auto at_once = run_within(net.graph, default_max_memory, inputs);
  const auto in_parts = run_within(limit_seeds(net.graph, 7), default_max_memory, inputs);
  for (std::size_t i = 0; i < at_once.size(); ++i)
    expect_near(in_parts[i], at_once[i], 4096, 1, net.graph.outputs[i].name);
}

} // namespace
} // namespace nnc::test
