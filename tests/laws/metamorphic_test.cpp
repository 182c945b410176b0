// What must not change a result: running twice, other threads, dead nodes, other names (to the
// bit), and the rewrites (within rounding).

#include "compiler/differentiate.h"
#include "ir/builder.h"
#include "ir/interpret/interpreter.h"
#include "ir/ops/rows.h"
#include "ir/text/print.h"
#include "laws/compiled_module.h"
#include "laws/random_graph.h"
#include "testing/laws/derived_sample.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nnc {
namespace {

Recipe recipe(std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  Recipe words(4 + engine() % 20);
  for (std::uint64_t& word : words) word = engine();
  return words;
}

std::vector<Literal> values(const CompiledModule& module, std::size_t index,
                            std::span<const Literal> inputs, ThreadPool* pool = nullptr) {
  auto results = module.call(index, inputs, pool);
  EXPECT_TRUE(results) << results.error().message;
  return std::move(*results);
}

CompiledModule compiled(std::vector<KernelProgram> programs) {
  auto module = CompiledModule::make(std::move(programs));
  if (!module) throw InternalError(module.error().message);
  return std::move(*module);
}

/// The same function with other names and with nodes that nothing needs in between.
Graph disguised(const Graph& from) {
  Graph to(from.context(), "another name");
  Builder b(to);
  std::vector<Value> map(from.value_count());
  for (const Value leaf : from.inputs)
    map[leaf.id] = to.add_leaf("renamed." + from.leaf_name(leaf), Role::input, from.type(leaf), {});
  for (std::uint32_t id = 0; id < from.node_count(); ++id) {
    const Value first = from.node(NodeId{id}).first;
    if (from.is_leaf(first)) continue;
    const auto operands = from.operands(NodeId{id});
    if (!operands.empty() && is_float(from.type(operands[0]).dtype)) // like no node of the function
      b.op("exp", {b.add(map[operands[0].id], 0.123456789 + id)});
    copy_node(from, NodeId{id}, to, map);
  }
  finish_copy(from, to, map);
  for (Output& output : to.outputs) output.name += "_renamed";
  return to;
}

void expect_within(const std::vector<Literal>& a, const std::vector<Literal>& b,
                   std::span<const double> spread, const std::string& text) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!is_float(a[i].type.dtype)) {
      EXPECT_TRUE(a[i] == b[i]) << "output " << i << " of\n" << text;
      continue;
    }
    const auto x = elements_of(a[i]), y = elements_of(b[i]);
    double largest = 0, apart = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      largest = std::max(largest, std::fabs(x[k]));
      apart = std::max(apart, std::fabs(x[k] - y[k]));
    }
    EXPECT_LE(apart, 8 * (0x1p-29 * spread[i] + 0x1p-51 * largest)) << "output " << i << " of\n"
                                                                    << text;
  }
}

TEST(Metamorphic, NamesDeadNodesAndRewritesKeepTheMeaning) {
  const OpTable table = standard_ops();
  Context context(table);
  const LeftOut rewrites = {"simplify", "stabilize", "fold"};
  std::vector<RandomGraph> graphs;
  std::vector<KernelProgram> programs;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    graphs.push_back(random_graph(context, recipe(seed)));
    const Graph& function = *graphs.back().function;
    programs.push_back(kernels_of(function).value());
    programs.push_back(kernels_of(disguised(function)).value());
    programs.push_back(kernels_of(function, rewrites).value());
  }
  const CompiledModule module = compiled(std::move(programs));
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    const auto& inputs = graphs[i].inputs;
    const std::string text = print_graph(*graphs[i].function);
    const auto plain = values(module, 3 * i, inputs);
    EXPECT_TRUE(plain == values(module, 3 * i, inputs)) << "twice:\n" << text;
    EXPECT_TRUE(plain == values(module, 3 * i + 1, inputs)) << "disguised:\n" << text;
    const auto widths = spread(differentiate(*graphs[i].function, context), inputs, 0x1p-22);
    expect_within(plain, values(module, 3 * i + 2, inputs), widths, text);
  }
}

struct Large {
  const char* name;
  std::vector<const char*> inputs;
  Value (*build)(Builder& b, const std::vector<Value>& in);
};

const std::vector<Large>& large_functions() {
  static const std::vector<Large> list = {
      {"dot",
       {"f32[257,513]", "f32[513,129]"},
       [](Builder& b, const std::vector<Value>& in) {
         return b.op("tanh", {b.dot(in[0], in[1], {{}, {}}, {{1}, {0}})});
       }},
      {"dot of columns",
       {"f64[900,70]", "f64[900,65]"},
       [](Builder& b, const std::vector<Value>& in) {
         return b.dot(in[0], in[1], {{}, {}}, {{0}, {0}});
       }},
      {"rows",
       {"f32[700,333]"},
       [](Builder& b, const std::vector<Value>& in) { return b.sum(b.mul(in[0], in[0]), {1}); }},
      {"columns",
       {"f32[3000,67]"},
       [](Builder& b, const std::vector<Value>& in) { return b.sum(in[0], {0}); }},
      {"everything",
       {"f32[1000,301]"},
       [](Builder& b, const std::vector<Value>& in) {
         return b.sum(in[0], {0, 1});
       }},
      {"softmax",
       {"f32[1000,65]"},
       [](Builder& b, const std::vector<Value>& in) {
         const Value high = b.op("max", {in[0]}, {{"axes", std::vector<std::int64_t>{1}}});
         const Value e = b.op("exp", {b.sub(in[0], b.broadcast(high, {1000, 65}, {0}))});
         return b.div(e, b.broadcast(b.sum(e, {1}), {1000, 65}, {0}));
       }},
      {"pointwise",
       {"f64[100003]"},
       [](Builder& b, const std::vector<Value>& in) { return b.op("exp", {in[0]}); }},
  };
  return list;
}

TEST(Threads, KeepTheBitsOfLargeKernels) {
  const OpTable table = standard_ops();
  Context context(table);
  Random random(3);
  std::vector<KernelProgram> programs;
  std::vector<std::vector<Literal>> inputs;
  for (const Large& large : large_functions()) {
    Graph graph(context, large.name);
    Builder b(graph);
    std::vector<Value> leaves;
    inputs.emplace_back();
    for (const char* text : large.inputs) {
      const Type type = *parse_type(text);
      leaves.push_back(graph.add_leaf("x" + std::to_string(leaves.size()), Role::input, type, {}));
      inputs.back().push_back(real_literal(type, random.direction(type)));
    }
    graph.outputs.push_back({"y", large.build(b, leaves)});
    ASSERT_FALSE(b.error()) << b.error()->message;
    programs.push_back(kernels_of(graph).value());
  }
  const CompiledModule module = compiled(std::move(programs));
  ThreadPool two(2), three(3);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto alone = values(module, i, inputs[i]);
    for (int again = 0; again < 5; ++again) {
      EXPECT_TRUE(alone == values(module, i, inputs[i], &two)) << large_functions()[i].name;
      EXPECT_TRUE(alone == values(module, i, inputs[i], &three)) << large_functions()[i].name;
    }
  }
}

} // namespace
} // namespace nnc
