// Kernels called one by one do what one call of the program does.
#include "compiler/kernel_runs.h"
#include "ir/kernel/regions.h"
#include "ir/text/parse.h"
#include "testing/compiled_run.h"

#include <array>

namespace nnc {
namespace {

using test::Program;

/// Two products, a table looked up and a parameter that changes.
void fill(Program& p) {
  const Value w = p.input("w", "f32[40,33]", Role::param), ids = p.input("ids", "i32[64]");
  const Value x = p.b.op("gather", {p.input("table", "f32[9,40]"), ids},
                         {{"axes", std::vector<std::int64_t>{0}}});
  const Value h = p.b.op("tanh", {p.b.dot(x, w, {{}, {}}, {{1}, {0}})});
  p.output("columns", p.b.sum(h, {0}));
  p.output("gram", p.b.dot(h, h, {{}, {}}, {{0}, {0}}));
  p.update("w", p.b.add(w, p.b.dot(x, h, {{}, {}}, {{0}, {0}})));
  ASSERT_FALSE(p.b.error()) << p.b.error()->message;
}

/// The arguments of one run.
struct Memory {
  std::vector<float> w = std::vector<float>(40 * 33, 0.01f);
  std::array<std::int32_t, 64> ids{};
  std::vector<float> table = std::vector<float>(9 * 40, 0.5f);
  std::vector<float> columns = std::vector<float>(33), gram = std::vector<float>(33 * 33);
  std::vector<const void*> arguments(const KernelProgram& program) const {
    std::vector<const void*> list;
    const auto at = [&](const std::string& name) -> const void* {
      if (name == "w") return w.data();
      if (name == "ids") return ids.data();
      return name == "table" ? table.data() : name == "gram" ? gram.data() : columns.data();
    };
    for (const ProgramPort& port : program.inputs) list.push_back(at(port.name));
    for (const ProgramPort& port : program.outputs) list.push_back(at(port.name));
    return list;
  }
};

TEST(KernelRuns, InOrderGiveTheBitsOfACall) {
  Program p;
  fill(p);
  const KernelProgram program = test::compile_to_kernels(p.graph);
  ASSERT_GT(program.kernels.size(), 2u);

  Memory whole, pieces;
  for (Memory* memory : {&whole, &pieces})
    for (std::size_t i = 0; i < 64; ++i) memory->ids[i] = static_cast<std::int32_t>(i % 9);
  auto executable = Executable::make(program, {});
  auto runs = KernelRuns::make(program, {});
  ASSERT_TRUE(executable.ok() && runs.ok());
  for (int call = 0; call < 2; ++call) { // the second sees the new w
    EXPECT_EQ(executable->call_unchecked(whole.arguments(program).data()), 0);
    const auto arguments = pieces.arguments(program);
    for (std::size_t k = 0; k < program.kernels.size(); ++k)
      EXPECT_EQ(runs->call(k, arguments.data()), 0);
    EXPECT_EQ(runs->call_nothing(arguments.data()), 0);
  }
  EXPECT_EQ(whole.columns, pieces.columns);
  EXPECT_EQ(whole.gram, pieces.gram);
  EXPECT_EQ(whole.w, pieces.w);
  EXPECT_NE(whole.w, Memory().w);

  pieces.ids[5] = 9;
  const auto arguments = pieces.arguments(program);
  bool refused = false;
  for (std::size_t k = 0; k < program.kernels.size() && !refused; ++k)
    refused = runs->call(k, arguments.data()) != 0;
  EXPECT_TRUE(refused) << "the index check comes before the kernel that uses it";
}

/// A lookup, a loop with lookups of its own, and a kernel that uses what it leaves.
constexpr const char* loop = R"(
func @cell(%s: f64[2], %id: i64[], %t: f64[7,2]) -> (%n, %y) {
  %n = add(%s, gather(%t, %id {axes = [0]})) : f64[2]
  %y = cumsum %n {axis = 0} : f64[2]
}
func @f(%ids: i64[4], %t: f64[7,2]) -> (%s, %ys, %c) {
  %s0 = sum(gather(%t, %ids {axes = [0]}) {axes = [0]}) : f64[2]
  %s, %ys = scan %s0, %ids, %t {body = @cell, carries = 1, over = 1} : f64[2], f64[4,2]
  %c = cumsum(%ys {axis = 0}) : f64[4,2]
})";

TEST(KernelRuns, ALoopIsOneRun) {
  const OpTable ops = standard_ops();
  Context context(ops);
  auto graph = parse_graph(context, loop, "loop.nnir");
  ASSERT_TRUE(std::holds_alternative<Graph>(graph));
  const KernelProgram program = test::compile_to_kernels(std::get<Graph>(graph));
  const std::size_t runs_wanted = units(program).size();
  EXPECT_LT(runs_wanted, program.kernels.size());
  auto executable = Executable::make(program, {});
  auto runs = KernelRuns::make(program, {});
  ASSERT_TRUE(executable.ok() && runs.ok());
  std::array<std::int64_t, 4> ids{6, 0, 3, 3};
  std::array<double, 14> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<double>(i * i);
  struct Results {
    std::array<double, 2> s{};
    std::array<double, 8> ys{}, c{};
    bool operator==(const Results&) const = default;
  } whole, pieces;
  const auto arguments = [&](Results& to) {
    return std::array<const void*, 5>{ids.data(), table.data(), to.s.data(), to.ys.data(),
                                      to.c.data()};
  };
  EXPECT_EQ(executable->call_unchecked(arguments(whole).data()), 0);
  for (std::size_t k = 0; k < runs_wanted; ++k)
    EXPECT_EQ(runs->call(k, arguments(pieces).data()), 0);
  EXPECT_EQ(whole, pieces);
  EXPECT_NE(whole, Results());

  ids[2] = 7;
  std::size_t refused = 0;
  for (std::size_t k = 0; k < runs_wanted; ++k)
    refused += runs->call(k, arguments(pieces).data()) != 0 ? 1 : 0;
  EXPECT_EQ(refused, 2u) << "the lookup, and the loop";
}

} // namespace
} // namespace nnc
