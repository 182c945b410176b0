#include "mutation/given.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nnc::mutation {
namespace {

constexpr std::string_view at_the_end = "given";
constexpr std::string_view at_the_beginning = "taken";

bool numeric(const Graph& graph, Value value) { return graph.type(value).dtype != DType::boolean; }

/// Sign, factor and derivative of one value.
void edit_value(FaultyBuilder& b, const std::string& what, Value& value) {
  if (!numeric(b.graph(), value)) return;
  b.edit(at_the_end, "sign", what + " negated", [&] { value = b.right().neg(value); });
  b.edit(at_the_end, "wrong factor", what + " doubled", [&] { value = b.right().mul(value, 2.0); });
  if (is_float(b.dtype(value)))
    b.edit(at_the_end, held_constant, what + " a constant to the next order",
           [&] { value = b.right().op("stop_gradient", {value}); });
}

void edit_mask(FaultyBuilder& b, std::size_t operand, Value& mask) {
  const std::string what = fmt::format("mask of operand {}", operand);
  b.edit(at_the_end, "missing mask", what + " missing", [&] { mask = {}; });
  b.edit(at_the_end, "negated condition", what + " negated",
         [&] { mask = b.right().op("not", {mask}); });
}

/// Example 0 of a batch of at least one.
Value first_example(Builder& b, Value all) {
  Shape start(b.shape(all).size(), 0), stop = b.shape(all);
  stop[0] = std::min<std::int64_t>(stop[0], 1);
  return b.op("slice", {all}, {{"start", start}, {"stop", stop}});
}

} // namespace

void edit_cotangents(FaultyBuilder& b, std::vector<Value>& cotangents) {
  for (std::size_t i = 0; i < cotangents.size() && cotangents.size() > 1; ++i) {
    if (cotangents[i].valid())
      b.edit(at_the_beginning, "missing cotangent", fmt::format("cotangent {} missing", i),
             [&] { cotangents[i] = {}; });
    for (std::size_t k = i + 1; k < cotangents.size(); ++k)
      if (cotangents[i].valid() && cotangents[k].valid() &&
          b.type(cotangents[i]) == b.type(cotangents[k]))
        b.edit(at_the_beginning, "exchanged cotangents",
               fmt::format("cotangents {} and {} exchanged", i, k),
               [&] { std::swap(cotangents[i], cotangents[k]); });
  }
}

void edit_given(FaultyBuilder& b, std::vector<Value>& given, std::vector<Value>& masks) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!given[i].valid()) continue;
    const std::string what = fmt::format("operand {}", i);
    edit_value(b, what, given[i]);
    if (masks[i].valid()) edit_mask(b, i, masks[i]);
    for (std::size_t k = i + 1; k < given.size(); ++k)
      if (given[k].valid() && b.type(given[i]) == b.type(given[k]))
        b.edit(at_the_end, "exchanged cotangents", fmt::format("{} and {} exchanged", what, k),
               [&] {
                 std::swap(given[i], given[k]);
                 std::swap(masks[i], masks[k]);
               });
    b.edit(at_the_end, "missing cotangent", what + " missing", [&] { given[i] = {}; });
  }
}

void edit_operands(FaultyBuilder& b, std::vector<Batched>& operands, std::int64_t size) {
  if (size == 0) return;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (!operands[i].batched) continue;
    b.edit(at_the_beginning, "one example for all", fmt::format("operand {}", i), [&] {
      const Value first = first_example(b.right(), operands[i].value);
      Shape shape = b.shape(first);
      shape.erase(shape.begin());
      operands[i].value = repeated(b.right(), b.right().reshape(first, shape), size);
    });
  }
}

void edit_results(FaultyBuilder& b, std::vector<Value>& results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i].valid()) continue;
    b.edit(at_the_end, "wrong order of examples", fmt::format("result {} reversed", i), [&] {
      results[i] = b.right().op("reverse", {results[i]}, {{"axes", std::vector<std::int64_t>{0}}});
    });
    if (numeric(b.graph(), results[i]) && is_float(b.dtype(results[i])))
      b.edit(at_the_end, "sign", fmt::format("result {} negated", i),
             [&] { results[i] = b.right().neg(results[i]); });
    for (std::size_t k = i + 1; k < results.size(); ++k)
      if (results[k].valid() && b.type(results[i]) == b.type(results[k]))
        b.edit(at_the_end, "exchanged results", fmt::format("results {} and {} exchanged", i, k),
               [&] { std::swap(results[i], results[k]); });
  }
}

void edit_replacement(FaultyBuilder& b, Value& after, std::span<const Known> known) {
  const Value right = after;
  edit_value(b, "the value", after);
  if (b.dtype(right) == DType::boolean)
    b.edit(at_the_end, "negated condition", "not", [&] { after = b.right().op("not", {right}); });
  for (const Known& other : known)
    if (other.value != right && b.type(other.value) == b.type(right))
      b.edit(at_the_end, "wrong operand", other.name, [&] { after = other.value; });
}

} // namespace nnc::mutation
