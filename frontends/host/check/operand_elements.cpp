#include "frontends/host/check/operand_elements.h"

#include "ir/text/print.h"
#include "runtime/tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace nnc {

double number_at(const Literal& literal, std::int64_t i) {
  return is_float(literal.type.dtype) ? literal_real(literal, i)
                                      : static_cast<double>(literal_integer(literal, i));
}

std::vector<OperandElements> by_operand(const Graph& graph, NodeId id,
                                        std::span<const interpreter::ElementRead> reads,
                                        std::span<const Literal> operands, int digits) {
  constexpr std::size_t most = 3; // of each operand
  std::vector<OperandElements> result;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    std::set<std::int64_t> read;
    for (const auto& each : reads)
      if (static_cast<std::size_t>(each.operand) == i) read.insert(each.element);
    if (read.empty()) continue;
    std::vector<std::int64_t> telling(read.begin(), read.end());
    std::ranges::stable_sort(telling, std::greater(), [&](std::int64_t element) {
      const double number = number_at(operands[i], element);
      return std::isnan(number) ? INFINITY : std::abs(number);
    });
    if (telling.size() > most) telling.resize(most);
    OperandElements& made =
        result.emplace_back(OperandElements{graph.operands(id)[i], std::ssize(read), {}});
    for (const std::int64_t element : telling)
      made.shown.emplace_back(element, number_text(number_at(operands[i], element), digits));
  }
  return result;
}

std::string number_text(double number, int digits) {
  return std::isnan(number) ? "nan" : fmt::format("{:.{}g}", number, digits);
}

std::string element_name(const std::vector<std::string>& names, const Graph& graph, Value value,
                         std::int64_t element) {
  const Shape& shape = graph.type(value).shape;
  return "%" + names[value.id] +
         (shape.empty() ? std::string() : to_string(index_of(shape, element)));
}

std::string operands_text(const Graph& graph, std::span<const OperandElements> operands) {
  const auto names = printed_names(graph);
  std::vector<std::string> parts;
  for (const OperandElements& each : operands) {
    if (const auto splat = splat_number(graph, each.operand)) {
      parts.push_back(*splat);
      continue;
    }
    for (const auto& [element, number] : each.shown)
      parts.push_back(
          fmt::format("{} = {}", element_name(names, graph, each.operand, element), number));
    if (each.count > std::ssize(each.shown))
      parts.back() += fmt::format(" (the largest of {})", each.count);
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

} // namespace nnc
