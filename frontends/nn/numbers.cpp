// Functions of numbers that have no dtype yet.

#include "frontends/nn/functions.h"
#include "ir/interpret/interpreter.h"

#include <algorithm>
#include <cmath>

namespace nnc::nn {

std::optional<Number> apply_to_numbers(const FunctionTable& functions, const OpTable& rows,
                                       std::string_view name, std::span<const Number> numbers,
                                       const NamedAttrs& attrs) {
  Context context(rows);
  Graph graph(context, "numbers");
  Scope scope(graph, functions, {});
  std::vector<Operand> operands;
  for (const Number& number : numbers) operands.emplace_back(scope.scalar(DType::f64, number.real));
  const std::vector<Value> results = apply(scope, name, operands, attrs);
  if (results.size() != 1 || graph.type(results[0]) != Type{DType::f64, {}}) return std::nullopt;
  const auto values = interpret_values(graph, {}, results);
  if (!values) return std::nullopt;
  Number result(literal_real((*values)[0], 0));
  const bool whole =
      std::ranges::all_of(numbers, [](const Number& n) { return n.integer.has_value(); });
  if (whole && std::trunc(result.real) == result.real && std::abs(result.real) <= 0x1p53)
    result.integer = static_cast<std::int64_t>(result.real);
  return result;
}

} // namespace nnc::nn
