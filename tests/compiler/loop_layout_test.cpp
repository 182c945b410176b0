// What contractions in a loop read in every step is copied before it, as they go over it.
#include "ir/kernel/regions.h"
#include "ir/text/parse.h"
#include "testing/compiled_run.h"

namespace nnc {
namespace {

class LoopLayout : public testing::Test {
protected:
  /// A loop whose step multiplies h, f32[`rows`,`columns`], with u: as it lies, or transposed. It
  /// goes over as much as it has steps, and is no chaos that amplifies rounding.
  Graph graph(int rows, int columns, bool transposed, int steps = 9) {
    const std::string width = std::to_string(columns);
    const std::string h = "f32[" + std::to_string(rows) + "," + width + "]";
    const std::string u = "f32[" + width + "," + width + "]";
    const std::string xs = "f32[" + std::to_string(steps) + "," + h.substr(4);
    const std::string text =
        "func @cell(%h: " + h + ", %x: " + h + ", %u: " + u + ") -> (%h1) {\n" +
        "  %h1 = tanh add(%x, mul(dot(%h, %u {contract = [[1],[" + (transposed ? "1" : "0") +
        "]]}), " + h + "(0.01))) : " + h + "\n}\n" + "func @f(%h0: " + h + ", %xs: " + xs +
        ", %u: " + u + ") -> (%h) {\n" +
        "  %h = scan %h0, %xs, %u {body = @cell, carries = 1, over = 1} : " + h + "\n}";
    auto parsed = parse_graph(context_, text, "text");
    if (const auto* errors = std::get_if<std::vector<Error>>(&parsed))
      throw InternalError((*errors)[0].message);
    return std::move(std::get<Graph>(parsed));
  }

  /// The shape of what the contraction in the loop reads instead of u; nothing where it reads u.
  static std::optional<Shape> copied(Graph graph) {
    const auto made = run_pipeline(std::move(graph), {.stop_after = "schedule"});
    if (!made) throw InternalError(made.error().message);
    const KernelProgram& program = *made->program;
    for (std::uint32_t k = 0; k < program.kernels.size(); ++k) {
      if (!holds(program.regions.at(0), k)) continue;
      for (const std::uint32_t buffer : buffers_read(program.kernels[k]))
        if (program.buffers[buffer].name == "u.rows") return program.buffers[buffer].type.shape;
    }
    return std::nullopt;
  }

  void expect_same_values(const Graph& graph) {
    const std::vector<Literal> inputs = test::random_inputs(graph, 1);
    const auto simple = run_pipeline(copy_live(graph), {.stop_after = "simplify.3"});
    ASSERT_TRUE(simple.ok()) << simple.error().message;
    const auto wanted = interpret(simple->graph, inputs);
    const auto actual = test::run_compiled(graph, inputs);
    ASSERT_TRUE(wanted.ok() && actual.ok());
    test::expect_near((*actual)[0], (*wanted)[0], 2000, 1, "h");
  }

  OpTable ops_ = standard_ops();
  Context context_{ops_};
};

TEST_F(LoopLayout, RowsRunAlongResults) {
  EXPECT_EQ(copied(graph(8, 64, true)), (Shape{64, 64}));
  EXPECT_EQ(copied(graph(200, 64, true)), (Shape{64, 64}));
  EXPECT_EQ(copied(graph(8, 64, false)), std::nullopt);
  EXPECT_EQ(copied(graph(8, 64, true, 1)), std::nullopt); // a copy for one step is none saved
  expect_same_values(graph(8, 64, true));
}

TEST_F(LoopLayout, CopiesAreNotMoreThanWhatTheLoopGoesOver) {
  EXPECT_EQ(copied(graph(8, 64, true, 8)), (Shape{64, 64}));
  EXPECT_EQ(copied(graph(8, 64, true, 7)), std::nullopt);
}

TEST_F(LoopLayout, RowsDoNotPushEachOtherOut) {
  EXPECT_EQ(copied(graph(32, 256, false)), (Shape{256, 272}));
  EXPECT_EQ(copied(graph(64, 256, false)), std::nullopt); // worth packing in each step
  expect_same_values(graph(32, 256, false));
  expect_same_values(graph(32, 256, true));
}

} // namespace
} // namespace nnc
