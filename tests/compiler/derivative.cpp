#include "compiler/derivative.h"

#include "compiler/differentiate.h"
#include "ir/interpret/interpreter.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

const Type scalar_type{DType::f64, {}};

/// A copy of `from` whose one output is replaced by its derivative with respect to leaf `wrt`.
Graph derivative_of(const Graph& from, std::size_t wrt, Context& context) {
  Graph to(context, from.name);
  std::vector<Value> map;
  copy_live(from, to, map, [&](NodeId id) { copy_node(from, id, to, map); });
  Builder b(to);
  const NamedAttrs attrs = {{"wrt", std::int64_t{1}}, {"seeded", false}};
  to.outputs = {{"d", b.op("grad", {map[from.outputs[0].value.id], to.inputs[wrt]}, attrs)}};
  return differentiate(to, context);
}

} // namespace

double derivative(const Function& function, const std::vector<double>& operands,
                  const std::vector<std::size_t>& path) {
  const OpTable table = standard_ops();
  Context context(table);
  Graph graph(context, "f");
  Builder b(graph);
  std::vector<Value> leaves;
  std::vector<Literal> values;
  for (const double operand : operands) {
    const std::string name = "x" + std::to_string(leaves.size());
    leaves.push_back(graph.add_leaf(name, Role::input, scalar_type, {}));
    values.push_back(splat_literal(scalar_type, operand));
  }
  graph.outputs = {{"y", function(b, leaves)}};
  for (const std::size_t wrt : path) graph = derivative_of(graph, wrt, context);
  const auto results = interpret(graph, values);
  EXPECT_TRUE(results.ok()) << (results ? "" : results.error().message);
  return results ? literal_real((*results)[0], 0) : not_a_number;
}

double derivative(const std::string& op, const std::vector<double>& operands,
                  const std::vector<std::size_t>& path) {
  const auto apply = [&](Builder& b, std::span<const Value> in) { return b.op(op, in); };
  return derivative(apply, operands, path);
}

} // namespace nnc
