#include "nn/built.h"

namespace nnc::nn {
namespace {

Literal rng_literal(const std::vector<std::int64_t>& words) {
  auto bytes = std::make_shared<std::vector<std::byte>>(8);
  for (std::size_t i = 0; i < 2; ++i)
    store_integer(DType::u32, bytes->data(), static_cast<std::int64_t>(i), words.at(i));
  return {{DType::u32, {2}}, std::move(bytes)};
}

/// Adds the leaf of an operand.
Operand leaf(Built& built, const Case& c, std::size_t i, const Literal& literal) {
  const auto state = c.state.find(static_cast<int>(i));
  const bool is_state = state != c.state.end();
  built.fed.push_back(literal);
  built.operand_of.push_back(static_cast<int>(i));
  return built.graph.add_leaf(is_state ? state->second : "x" + std::to_string(i),
                              is_state ? Role::state : Role::input, literal.type, {});
}

} // namespace

Result<Built> build_case(Context& context, const FunctionTable& functions, const Case& c,
                         DType dtype) {
  Built built{Graph(context, c.function), {}, {}};
  std::vector<Operand> operands;
  for (std::size_t i = 0; i < c.in.size(); ++i) {
    if (const auto* literal = std::get_if<Literal>(&c.in[i]))
      operands.push_back(leaf(built, c, i, as_dtype(*literal, dtype)));
    else if (const auto* number = std::get_if<Number>(&c.in[i]))
      operands.emplace_back(*number);
    else
      operands.emplace_back();
  }
  Graph& graph = built.graph;
  Scope scope(graph, functions, standalone(graph));
  scope.training = c.training;
  scope.site = c.site;
  const auto results = apply(scope, c.function, operands, c.named());
  if (scope.error()) return *scope.error();
  for (const Value value : results)
    graph.outputs.push_back({"y" + std::to_string(graph.outputs.size()), value});
  if (graph.inputs.size() > built.fed.size()) { // the draw added `rng`
    built.fed.push_back(rng_literal(c.rng));
    built.operand_of.push_back(-1);
  }
  return built;
}

} // namespace nnc::nn
