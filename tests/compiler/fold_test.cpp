// What depends on literals alone is a literal, and one number is enough where all elements are
// equal: a graph for 10 elements has the nodes that one for 100,000 has.

#include "compiler/fold.h"
#include "compiler/rewrite/rewrite.h"
#include "ir/interpret/interpreter.h"
#include "testing/checked.h"
#include "testing/samples.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nnc {
namespace {

using Pass = Graph (*)(const Graph&, Context&);
constexpr std::int64_t few = 10, many = 100'000; ///< elements

/// The row with operands that repeat the first elements of a sample's `count` times.
Graph of_splats(Context& context, const OpRow& row, const SampleCase& sample, std::int64_t count) {
  Graph graph(context, "splats");
  Builder b(graph);
  std::vector<Value> operands;
  for (const Literal& in : sample.in) {
    const Type scalar{in.type.dtype, {}};
    const Value one =
        b.literal(is_float(scalar.dtype) ? splat_literal(scalar, literal_real(in, 0))
                                         : splat_literal(scalar, literal_integer(in, 0)));
    operands.push_back(b.broadcast(one, {count}, {}));
  }
  NamedAttrs attrs;
  for (std::size_t i = 0; i < row.attrs.size(); ++i)
    if (!absent(sample.attrs[i])) attrs.push_back({row.attrs[i].name, sample.attrs[i]});
  graph.outputs = {{"y", b.op(row.name, operands, attrs)}};
  if (b.error()) throw InternalError(b.error()->message);
  return graph;
}

TEST(Fold, SplatsOfAnySizeFoldForEveryElementWiseRow) {
  const OpTable ops = standard_ops();
  for (const OpRow* row : ops.rows()) {
    if (!row->elementwise || row->opaque || !computes(*row)) continue;
    const SampleCase sample = load_samples(*row).at(0);
    Context context(ops);
    const Graph small = of_splats(context, *row, sample, few);
    const double wanted = [&] {
      const auto value = checked(interpret(small, {}))[0];
      return is_float(value.type.dtype) ? literal_real(value, 0)
                                        : static_cast<double>(literal_integer(value, 0));
    }();
    for (const std::int64_t count : {few, many}) {
      const Graph folded = copy_live(fold(of_splats(context, *row, sample, count), context));
      const Value result = folded.outputs[0].value;
      const Value literal = literal_behind(folded, result);
      ASSERT_TRUE(literal.valid()) << row->name << " of " << count;
      EXPECT_EQ(folded.node_count(), 2u) << row->name << " of " << count;
      EXPECT_EQ(folded.type(result).elements(), count) << row->name;
      const Literal& value = folded.attrs(literal).literal("value");
      const double got = is_float(value.type.dtype)
                             ? literal_real(value, 0)
                             : static_cast<double>(literal_integer(value, 0));
      EXPECT_TRUE(got == wanted || (std::isnan(got) && std::isnan(wanted))) << row->name;
    }
  }
}

/// c*(3*0.1) + x, c a splat: numbers meet while a graph is rewritten, whatever its size.
TEST(Fold, RewritingHasTheSameNodesForFewAndMany) {
  const OpTable ops = standard_ops();
  const auto nodes = [&](std::int64_t count, Pass pass) {
    Context context(ops);
    Graph graph(context, "f");
    Builder b(graph);
    const Type type{DType::f32, {count}};
    const Value x = graph.add_leaf("x", Role::input, type, {});
    const Value product = b.mul(b.full(type, 3), b.full(type, 0.1));
    graph.outputs = {{"y", b.add(b.sub(product, b.full(type, 1)), x)}};
    return copy_live(pass(graph, context)).node_count();
  };
  for (const Pass pass : {Pass(simplify), Pass(stabilize), Pass(fold)})
    EXPECT_EQ(nodes(few, pass), nodes(many, pass));
  EXPECT_EQ(nodes(many, simplify), 4u); // x, a number, its broadcast, their sum
}

} // namespace
} // namespace nnc
