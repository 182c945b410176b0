#include "compiler/inline.h"
#include "ir/interpret/interpreter.h"
#include "ir/ops/rows.h"
#include "testing/checked.h"
#include "testing/laws/derived_sample.h"
#include "testing/laws/row_laws.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

std::size_t row_bytes(const Literal& literal) { return dtype_size(literal.type.dtype); }

/// The same elements in another order, so that positions stay in range.
Literal rotated(const Literal& literal, std::int64_t by) {
  const std::int64_t n = literal.type.elements();
  if (n == 0) return literal;
  auto bytes = std::make_shared<std::vector<std::byte>>(literal.bytes->size());
  const std::size_t size = row_bytes(literal);
  for (std::int64_t i = 0; i < n; ++i)
    std::copy_n(literal.bytes->data() + static_cast<std::size_t>((i + by) % n) * size, size,
                bytes->data() + static_cast<std::size_t>(i) * size);
  return {literal.type, std::move(bytes)};
}

/// Integers of which none is a position.
Literal counted_on(const Literal& literal, std::int64_t by) {
  auto bytes = std::make_shared<std::vector<std::byte>>(*literal.bytes);
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    store_integer(literal.type.dtype, bytes->data(), i, literal_integer(literal, i) + by);
  return {literal.type, std::move(bytes)};
}

/// The same operand for another example: other elements, within the domain of the row, and no two
/// examples at the same distance from the middle alike.
Literal example(const OpRow& row, const Literal& literal, std::int64_t number) {
  const std::int64_t last = std::max<std::int64_t>(literal.type.elements() - 1, 1);
  const Literal other = rotated(literal, std::min(number, last));
  if (number == 0 || !(other == literal)) return other;
  if (!is_float(literal.type.dtype))
    return row.checks || literal.type.dtype == DType::boolean ? other : counted_on(other, number);
  auto bytes = std::make_shared<std::vector<std::byte>>(*literal.bytes);
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    store_real(literal.type.dtype, bytes->data(), i,
               literal_real(literal, i) * (1 - static_cast<double>(number) / 8));
  return {literal.type, std::move(bytes)};
}

/// Examples of one type along a new axis.
Literal stacked(Type type, std::span<const Literal> parts, std::size_t axis) {
  std::int64_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= type.shape[i];
  const std::size_t inner =
      static_cast<std::size_t>(outer ? type.elements() / outer : 0) * dtype_size(type.dtype);
  type.shape.insert(type.shape.begin() + static_cast<std::ptrdiff_t>(axis), std::ssize(parts));
  auto bytes = std::make_shared<std::vector<std::byte>>();
  for (std::int64_t i = 0; i < outer; ++i)
    for (const Literal& part : parts) {
      const auto from = part.bytes->begin() + static_cast<std::ptrdiff_t>(inner) * i;
      bytes->insert(bytes->end(), from, from + static_cast<std::ptrdiff_t>(inner));
    }
  return {type, std::move(bytes)};
}

/// Which operands are batched, and along which axis.
using Choice = std::vector<std::optional<std::size_t>>;

std::vector<Choice> choices(const SampleCase& sample) {
  Choice first(sample.in.size(), 0), last;
  for (const Literal& literal : sample.in) last.push_back(literal.type.shape.size());
  std::vector<Choice> all{first, last};
  for (std::size_t i = 0; i < sample.in.size() && sample.in.size() > 1; ++i) {
    all.push_back(Choice(sample.in.size()));
    all.back()[i] = 0;
  }
  return all;
}

/// Examples of one sample, and what the row gives for each alone.
struct Examples {
  std::shared_ptr<const Graph> function;
  std::vector<std::vector<Literal>> inputs, results; ///< by operand and result, then by example
  std::vector<std::vector<Literal>> tangents;        ///< by operand, then by example
  std::vector<Direction> slopes;                     ///< by result: those of all examples
  bool differ = false;
};

/// Directions of all operands; none for integers.
std::vector<Direction> directions(std::span<const Literal> inputs,
                                  std::span<const Literal> tangents) {
  std::vector<Direction> all(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (is_float(inputs[i].type.dtype)) all[i] = elements_of(tangents[i]);
  return all;
}

Examples examples_of(const OpRow& row, Context& context, const SampleCase& sample,
                     const Choice& choice, std::int64_t count) {
  std::vector<Type> types;
  for (const Literal& literal : sample.in) types.push_back(literal.type);
  Examples made{
      std::make_shared<const Graph>(checked(sample_graph(context, row, sample.attrs, types))),
      std::vector<std::vector<Literal>>(types.size()),
      {},
      std::vector<std::vector<Literal>>(types.size()),
      {}};
  made.results.resize(made.function->outputs.size());
  made.slopes.resize(made.function->outputs.size());
  Random random(20240503);
  for (std::int64_t k = 0; k < count; ++k) {
    std::vector<Literal> one, tangents;
    for (std::size_t i = 0; i < types.size(); ++i) {
      one.push_back(choice[i] ? example(row, sample.in[i], k) : sample.in[i]);
      made.differ |= !(one[i] == sample.in[i]);
      made.inputs[i].push_back(one[i]);
      const Type real{DType::f64, types[i].shape};
      const bool again = k > 0 && !choice[i]; // the same for all
      tangents.push_back(again ? made.tangents[i][0] : real_literal(real, random.direction(real)));
      made.tangents[i].push_back(tangents[i]);
    }
    const auto values = checked(interpret(*made.function, one));
    for (std::size_t i = 0; i < values.size(); ++i) made.results[i].push_back(values[i]);
    const auto slopes = checked(jvp_by_duals(*made.function, one, directions(one, tangents)));
    for (std::size_t i = 0; i < slopes.size(); ++i)
      made.slopes[i].insert(made.slopes[i].end(), slopes[i].begin(), slopes[i].end());
  }
  return made;
}

/// Empty when the batch gives what the examples give.
std::string compare(Context& context, const Examples& examples, const SampleCase& sample,
                    const Choice& choice) {
  Graph graph(context, "batch");
  Builder b(graph);
  std::vector<Value> operands;
  std::vector<Literal> given, tangents;
  std::vector<std::vector<std::int64_t>> axes;
  for (std::size_t i = 0; i < sample.in.size(); ++i) {
    given.push_back(choice[i] ? stacked(sample.in[i].type, examples.inputs[i], *choice[i])
                              : sample.in[i]);
    const Type real{DType::f64, sample.in[i].type.shape};
    tangents.push_back(choice[i] ? stacked(real, examples.tangents[i], *choice[i])
                       : examples.tangents[i].empty() ? splat_literal(real, 0.0)
                                                      : examples.tangents[i][0]);
    operands.push_back(graph.add_leaf("x" + std::to_string(i), Role::input, given.back().type, {}));
    axes.emplace_back();
    if (choice[i]) axes.back().push_back(static_cast<std::int64_t>(*choice[i]));
  }
  const auto made =
      b.ops("vmap", operands, {{"function", Body{examples.function}}, {"axes", axes}});
  if (b.error()) return b.error()->message;
  for (std::size_t i = 0; i < made.size(); ++i)
    graph.outputs.push_back({"y" + std::to_string(i), made[i]});
  const Graph plain = inline_calls(graph, context);
  const auto values = checked(interpret(plain, given));
  if (values.size() != examples.results.size()) return "not as many results";
  std::string wrong;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Type& type = examples.function->type(examples.function->outputs[i].value);
    if (!(values[i] == stacked(type, examples.results[i], 0)))
      wrong += "result " + std::to_string(i) + " differs";
  }
  const auto slopes = checked(jvp_by_duals(plain, given, directions(given, tangents)));
  for (std::size_t i = 0; i < slopes.size(); ++i)
    if (!std::ranges::equal(slopes[i], examples.slopes[i], agree))
      wrong += "the derivative of result " + std::to_string(i) + " differs";
  return wrong;
}

void check_case(Context& context, const OpRow& row, const SampleCase& sample, Findings& findings) {
  const std::vector<Choice> all = choices(sample);
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const std::int64_t count : {3, 1, 0}) {
      if (!findings.wrong.empty()) return;
      const Examples examples = examples_of(row, context, sample, all[i], count);
      const std::string wrong = compare(context, examples, sample, all[i]);
      if (!wrong.empty())
        findings.wrong =
            fmt::format("{}, choice {}, {} examples: {}", sample.name, i, count, wrong);
      findings.compared += examples.differ;
    }
}

} // namespace

Findings batch_law(const OpTable& table, const OpRow& row, Samples samples) {
  Findings findings;
  for (const SampleCase& sample : samples) {
    if (sample.in.empty()) continue;
    Context context(table);
    check_case(context, row, sample, findings);
  }
  return findings;
}

} // namespace nnc
