// Every row's batch rule: what a batch gives is what each example gives alone, to the bit.

#include "compiler/inline.h"
#include "ir/interpret/interpreter.h"
#include "ir/ops/rows.h"
#include "testing/checked.h"
#include "testing/samples.h"

#include <gtest/gtest.h>

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

/// The same operand for another example: other elements, within the domain of the row.
Literal example(const Literal& literal, std::int64_t number) {
  Literal other = rotated(literal, number);
  if (!is_float(literal.type.dtype) || number == 0 || !(other == literal)) return other;
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
  bool differ = false;
};

Examples examples_of(const OpRow& row, Context& context, const SampleCase& sample,
                     const Choice& choice, std::int64_t count) {
  std::vector<Type> types;
  for (const Literal& literal : sample.in) types.push_back(literal.type);
  Examples made{
      std::make_shared<const Graph>(checked(sample_graph(context, row, sample.attrs, types))),
      std::vector<std::vector<Literal>>(types.size()),
      {}};
  made.results.resize(made.function->outputs.size());
  for (std::int64_t k = 0; k < count; ++k) {
    std::vector<Literal> one;
    for (std::size_t i = 0; i < types.size(); ++i) {
      one.push_back(choice[i] ? example(sample.in[i], k) : sample.in[i]);
      made.differ |= !(one[i] == sample.in[i]);
      made.inputs[i].push_back(one[i]);
    }
    const auto values = checked(interpret(*made.function, one));
    for (std::size_t i = 0; i < values.size(); ++i) made.results[i].push_back(values[i]);
  }
  return made;
}

/// Empty when the batch gives what the examples give.
std::string compare(Context& context, const Examples& examples, const SampleCase& sample,
                    const Choice& choice) {
  Graph graph(context, "batch");
  Builder b(graph);
  std::vector<Value> operands;
  std::vector<Literal> given;
  std::vector<std::vector<std::int64_t>> axes;
  for (std::size_t i = 0; i < sample.in.size(); ++i) {
    given.push_back(choice[i] ? stacked(sample.in[i].type, examples.inputs[i], *choice[i])
                              : sample.in[i]);
    operands.push_back(graph.add_leaf("x" + std::to_string(i), Role::input, given.back().type, {}));
    axes.emplace_back();
    if (choice[i]) axes.back().push_back(static_cast<std::int64_t>(*choice[i]));
  }
  const auto made =
      b.ops("vmap", operands, {{"function", Body{examples.function}}, {"axes", axes}});
  if (b.error()) return b.error()->message;
  for (std::size_t i = 0; i < made.size(); ++i)
    graph.outputs.push_back({"y" + std::to_string(i), made[i]});
  const auto values = checked(interpret(inline_calls(graph, context), given));
  if (values.size() != examples.results.size()) return "not as many results";
  std::string wrong;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Type& type = examples.function->type(examples.function->outputs[i].value);
    if (!(values[i] == stacked(type, examples.results[i], 0)))
      wrong += "result " + std::to_string(i) + " differs";
  }
  return wrong;
}

class Batches : public testing::TestWithParam<std::string> {};

TEST_P(Batches, GiveWhatEachExampleGives) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(GetParam());
  int differing = 0;
  for (const SampleCase& sample : load_samples(row)) {
    if (sample.in.empty()) continue;
    Context context(table);
    const std::vector<Choice> all = choices(sample);
    for (std::size_t i = 0; i < all.size(); ++i)
      for (const std::int64_t count : {3, 1, 0}) {
        const Examples examples = examples_of(row, context, sample, all[i], count);
        EXPECT_EQ(compare(context, examples, sample, all[i]), "")
            << sample.name << ", choice " << i << ", " << count << " examples";
        differing += examples.differ;
      }
  }
  EXPECT_GT(differing, 0);
}

std::vector<std::string> rows_with_operands() {
  std::vector<std::string> rows = computing_rows();
  const OpTable table = standard_ops();
  std::erase_if(rows, [&](const std::string& name) { return table.at(name).max_operands == 0; });
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Rows, Batches, testing::ValuesIn(rows_with_operands()),
                         [](const auto& row) { return row.param; });

} // namespace
} // namespace nnc
