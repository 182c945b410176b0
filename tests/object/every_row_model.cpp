#include "object/every_row_model.h"

#include "ir/builder.h"
#include "ir/grad_node.h"
#include "testing/samples.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace nnc::object_test {
namespace {

/// The first float dtype among operands and results; f64 samples of `cast` give f32 as well.
std::optional<DType> float_of(const SampleCase& sample) {
  for (const auto* literals : {&sample.in, &sample.out})
    for (const Literal& literal : *literals)
      if (is_float(literal.type.dtype)) return literal.type.dtype;
  return std::nullopt;
}

Literal seed_of(const Type& type) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::int64_t i = 0; i < type.elements(); ++i)
    store_real(type.dtype, bytes->data(), i, 1 + 0.25 * static_cast<double>(i % 5));
  return {type, bytes};
}

class Maker {
public:
  Maker(Context& context, DType dtype)
      : function_{Graph(context, std::string(dtype_name(dtype))), {}}, b_(function_.graph),
        dtype_(dtype) {}

  Function make() {
    for (const OpRow* row : function_.graph.context().ops.rows())
      if (computes(*row))
        for (const SampleCase& sample : load_samples(*row))
          if (float_of(sample) == dtype_) add(*row, sample);
    EXPECT_FALSE(b_.error()) << b_.error()->message;
    return std::move(function_);
  }

private:
  Value input(const std::string& name, const Literal& value) {
    function_.inputs.push_back(value);
    return function_.graph.add_leaf(name, Role::input, value.type, {});
  }

  void add(const OpRow& row, const SampleCase& sample) {
    const int number = count_++;
    std::vector<Value> operands;
    for (const Literal& literal : sample.in)
      operands.push_back(input(fmt::format("x{}_{}", number, operands.size()), literal));
    const auto node = function_.graph.add(row, operands, sample.attrs, {});
    ASSERT_TRUE(node) << row.name << ": " << node.error().message;
    for (int k = 0; k < function_.graph.node(*node).result_count; ++k) {
      const Value result = function_.graph.result(*node, k);
      function_.graph.outputs.push_back({fmt::format("y{}_{}", number, k), result});
      if (row.grad) differentiate(result, operands, fmt::format("{}_{}", number, k));
    }
  }

  void differentiate(Value of, const std::vector<Value>& operands, const std::string& name) {
    std::vector<Value> wrt;
    for (const Value operand : operands)
      if (is_float(b_.dtype(operand))) wrt.push_back(operand);
    if (wrt.empty() || !is_float(b_.dtype(of))) return;
    const auto gradients = build_grad(b_, {of, input("s" + name, seed_of(b_.type(of))), wrt});
    for (std::size_t i = 0; i < gradients.size(); ++i)
      function_.graph.outputs.push_back({fmt::format("g{}_{}", name, i), gradients[i]});
  }

  Function function_;
  Builder b_;
  DType dtype_;
  int count_ = 0;
};

} // namespace

Function every_row(Context& context, DType dtype) { return Maker(context, dtype).make(); }

bool has_float_samples(const OpRow& row) {
  return std::ranges::any_of(load_samples(row),
                             [](const SampleCase& sample) { return float_of(sample).has_value(); });
}

} // namespace nnc::object_test
