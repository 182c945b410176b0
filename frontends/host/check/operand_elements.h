// What one element of a value was computed from, for people: elements of operands with numbers.
#pragma once

#include "ir/interpret/node_elements.h"

namespace nnc {

struct OperandElements {
  Value operand;
  std::int64_t count = 0; ///< elements that are read
  /// Of these the most telling ones, with their numbers.
  std::vector<std::pair<std::int64_t, std::string>> shown;
};

/// Element `i` of a literal as a number, whatever its dtype.
double number_at(const Literal& literal, std::int64_t i);

/// The reads of a node by operand, in the order of the operands. The largest elements are the most
/// telling ones, those that are not finite above all. Numbers have so many digits.
std::vector<OperandElements> by_operand(const Graph& graph, NodeId id,
                                        std::span<const interpreter::ElementRead> reads,
                                        std::span<const Literal> operands, int digits);

/// "%a[1] = 0, %b[1] = -inf"; of many elements "%w[3] = 2, %w[0] = 1 (the largest of 20)".
std::string operands_text(const Graph& graph, std::span<const OperandElements> operands);

/// A number in a sentence; a NaN has no sign.
std::string number_text(double number, int digits = 6);
/// "%loss" or "%gw[3,4]"
std::string element_name(const std::vector<std::string>& names, const Graph& graph, Value value,
                         std::int64_t element);

} // namespace nnc
