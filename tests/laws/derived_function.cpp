#include "laws/derived_function.h"

#include "compiler/pipeline.h"
#include "ir/grad_node.h"
#include "ir/interpret/interpreter.h"
#include "testing/checked.h"

#include <cmath>
#include <numeric>

namespace nnc {

DerivedFunction::DerivedFunction(Context& context, const Graph& function)
    : graph(context, "law"), b(graph) {
  std::vector<Value> operands;
  for (const Value input : function.inputs)
    operands.push_back(leaf(function.leaf_name(input), function.type(input)));
  variables = operands;
  const Body body{std::make_shared<Graph>(copy_live(function))};
  for (const Value result : b.ops("call", operands, {{"function", body}}))
    if (is_float(b.dtype(result))) of.push_back(result);
  for (const Value result : of) {
    const Value term = weighted(result, "u" + std::to_string(result.id));
    sum = sum.valid() ? b.add(sum, term) : term;
  }
}

Value DerivedFunction::leaf(const std::string& name, const Type& type) {
  return graph.add_leaf(name, Role::input, type, {});
}

Value DerivedFunction::weighted(Value value, const std::string& name) {
  const Value product = b.mul(value, leaf(name, b.type(value)));
  std::vector<std::int64_t> axes(b.shape(product).size());
  std::iota(axes.begin(), axes.end(), 0);
  return axes.empty() ? product : b.sum(product, axes);
}

void DerivedFunction::derive() {
  ++order_;
  Value next;
  const auto gradients = build_grad(b, {sum, {}, variables});
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Value term =
        weighted(gradients[i], "v" + std::to_string(order_) + "." + std::to_string(i));
    next = next.valid() ? b.add(next, term) : term;
  }
  sum = next;
}

Graph DerivedFunction::finished(const std::vector<Value>& results) {
  if (b.error()) throw InternalError(b.error()->message);
  for (const Value result : results)
    graph.outputs.push_back({"y" + std::to_string(graph.outputs.size()), result});
  return expanded(std::move(graph));
}

Graph expanded(Graph graph) {
  return checked(run_pipeline(std::move(graph), {.stop_after = "simplify.3"})).graph;
}

std::vector<Literal> random_inputs(const Graph& graph, Random& random) {
  std::vector<Literal> inputs;
  for (const Value input : graph.inputs)
    inputs.push_back(real_literal(graph.type(input), random.direction(graph.type(input))));
  return inputs;
}

double Compared::error() const {
  return std::fabs(by_rules - by_duals) / (1 + std::fabs(by_duals));
}

std::vector<Compared> compare_derivatives(Context& context, const Graph& function,
                                          std::uint64_t seed) {
  const Graph plain = expanded(copy_live(function));
  DerivedFunction law(context, function);
  const std::size_t n = law.variables.size(), results = law.of.size();
  law.derive();
  const Value first = law.sum;
  law.derive();
  const Graph derived = law.finished({first, law.sum});
  Random random(seed);
  const std::vector<Literal> inputs = random_inputs(derived, random);
  const auto values = checked(interpret(derived, inputs));
  std::vector<Direction> v1, v2;
  for (std::size_t i = 0; i < n; ++i) {
    v1.push_back(elements_of(inputs[n + results + i]));
    v2.push_back(elements_of(inputs[2 * n + results + i]));
  }
  const auto duals = checked(second_by_duals(plain, std::span(inputs).first(n), v1, v2));
  std::vector<Compared> compared(2);
  for (std::size_t i = 0, next = n; i < plain.outputs.size(); ++i) {
    if (!is_float(plain.type(plain.outputs[i].value).dtype)) continue;
    const std::vector<double> u = elements_of(inputs[next++]);
    compared[0].by_duals += inner(duals[i].first, u);
    compared[1].by_duals += inner(duals[i].mixed, u);
  }
  for (std::size_t i = 0; i < 2; ++i) compared[i].by_rules = literal_real(values[i], 0);
  return compared;
}

} // namespace nnc
