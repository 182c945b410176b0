// Every row's batch rule: what a batch gives is what each example gives alone, to the bit.

#include "compiler/inline.h"
#include "ir/interpret/interpreter.h"
#include "ir/ops/rows.h"
#include "testing/checked.h"
#include "testing/samples.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

constexpr std::int64_t examples = 3;

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

/// Examples along a new axis.
Literal stacked(std::span<const Literal> parts, std::size_t axis) {
  Type type = parts[0].type;
  std::int64_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= type.shape[i];
  const std::size_t inner =
      static_cast<std::size_t>(outer ? type.elements() / outer : 0) * row_bytes(parts[0]);
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

/// Empty when the batch gives what the examples give.
std::string compare(const OpRow& row, Context& context, const SampleCase& sample,
                    const Choice& choice) {
  std::vector<Type> types;
  for (const Literal& literal : sample.in) types.push_back(literal.type);
  auto body = sample_graph(context, row, sample.attrs, types);
  if (!body) return body.error().message;
  const auto shared = std::make_shared<const Graph>(std::move(*body));
  std::vector<std::vector<Literal>> results(shared->outputs.size()), inputs(sample.in.size());
  for (std::int64_t k = 0; k < examples; ++k) {
    std::vector<Literal> one;
    for (std::size_t i = 0; i < sample.in.size(); ++i) {
      one.push_back(choice[i] ? rotated(sample.in[i], k) : sample.in[i]);
      inputs[i].push_back(one.back());
    }
    const auto values = checked(interpret(*shared, one));
    for (std::size_t i = 0; i < values.size(); ++i) results[i].push_back(values[i]);
  }
  Graph graph(context, "batch");
  Builder b(graph);
  std::vector<Value> operands;
  std::vector<Literal> given;
  std::vector<std::vector<std::int64_t>> axes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    given.push_back(choice[i] ? stacked(inputs[i], *choice[i]) : sample.in[i]);
    operands.push_back(graph.add_leaf("x" + std::to_string(i), Role::input, given.back().type, {}));
    axes.emplace_back();
    if (choice[i]) axes.back().push_back(static_cast<std::int64_t>(*choice[i]));
  }
  const auto made = b.ops("vmap", operands, {{"function", Body{shared}}, {"axes", axes}});
  if (b.error()) return b.error()->message;
  for (std::size_t i = 0; i < made.size(); ++i)
    graph.outputs.push_back({"y" + std::to_string(i), made[i]});
  const auto values = checked(interpret(inline_calls(graph, context), given));
  std::string wrong;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!(values[i] == stacked(results[i], 0))) wrong += "result " + std::to_string(i) + " differs";
  return wrong;
}

class Batches : public testing::TestWithParam<std::string> {};

TEST_P(Batches, GiveWhatEachExampleGives) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(GetParam());
  int compared = 0;
  for (const SampleCase& sample : load_samples(row)) {
    Context context(table);
    if (sample.in.empty()) continue;
    for (const Choice& choice : choices(sample)) {
      EXPECT_EQ(compare(row, context, sample, choice), "")
          << sample.name << ", choice " << compared;
      ++compared;
    }
  }
  EXPECT_GT(compared, 0);
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
