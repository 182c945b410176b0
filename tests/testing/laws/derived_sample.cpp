#include "testing/laws/derived_sample.h"

#include "compiler/differentiate.h"
#include "ir/builder.h"
#include "ir/grad_node.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace nnc {
namespace {

Type widened(const Type& type) {
  return {is_float(type.dtype) ? DType::f64 : type.dtype, type.shape};
}

Value inner(Builder& b, Value x, Value y) {
  const Value product = b.mul(x, y);
  std::vector<std::int64_t> axes;
  for (int i = 0; i < b.rank(product); ++i) axes.push_back(i);
  return axes.empty() ? product : b.sum(product, axes);
}

Value total(Builder& b, const std::vector<Value>& terms) {
  Value sum = terms[0];
  for (std::size_t i = 1; i < terms.size(); ++i) sum = b.add(sum, terms[i]);
  return sum;
}

class Nested {
public:
  Nested(Context& context, const OpRow& row, const Attrs& attrs, const DerivedSample& sample,
         Outer outer)
      : graph_(context, row.name), b_(graph_) {
    std::vector<Value> operands;
    for (std::size_t i = 0; i < sample.operands.size(); ++i) {
      operands.push_back(leaf("x" + std::to_string(i), sample.operands[i]));
      if (sample.float_operand[i]) variables_.push_back(operands.back());
    }
    const auto node = graph_.add(row, operands, attrs, {});
    if (!node) throw InternalError(node.error().message);
    std::vector<Value> terms;
    for (std::size_t i = 0; i < sample.results.size(); ++i) {
      if (!sample.float_result[i]) continue;
      Value y = graph_.result(*node, static_cast<int>(i));
      if (outer == Outer::squares) y = b_.mul(y, y);
      terms.push_back(total_with(y, "u" + std::to_string(i)));
    }
    scalar_ = total(b_, terms);
  }

  Graph run(int order, Context& context) {
    std::vector<Value> gradient = gradients();
    for (int n = 1; n < order; ++n) {
      std::vector<Value> terms;
      for (std::size_t i = 0; i < gradient.size(); ++i)
        terms.push_back(total_with(gradient[i], "v" + std::to_string(n) + std::to_string(i)));
      scalar_ = total(b_, terms);
      gradient = gradients();
    }
    graph_.outputs.push_back({"s", scalar_});
    for (const Value value : gradient)
      graph_.outputs.push_back({"g" + std::to_string(graph_.outputs.size()), value});
    if (auto error = b_.take_error()) throw InternalError(error->message);
    return differentiate(graph_, context);
  }

private:
  Value leaf(const std::string& name, const Type& type) {
    return graph_.add_leaf(name, Role::input, type, {});
  }

  Value total_with(Value value, const std::string& name) {
    const Type type = b_.type(value);
    return inner(b_, value, leaf(name, type));
  }

  std::vector<Value> gradients() { return build_grad(b_, {scalar_, {}, variables_}); }

  Graph graph_;
  Builder b_;
  std::vector<Value> variables_;
  Value scalar_;
};

} // namespace

std::optional<DerivedSample> derive_sample(Context& context, const OpRow& row,
                                           const SampleCase& sample, int highest_order,
                                           Outer outer) {
  DerivedSample derived;
  derived.outer = outer;
  for (const Literal& literal : sample.in) {
    derived.operands.push_back(widened(literal.type));
    derived.float_operand.push_back(is_float(literal.type.dtype));
  }
  auto function = sample_graph(context, row, sample.attrs, derived.operands);
  if (!function) {
    ADD_FAILURE() << row.name << ": " << function.error().message;
    return std::nullopt;
  }
  for (const Output& output : function->outputs) {
    derived.results.push_back(function->type(output.value));
    derived.float_result.push_back(is_float(derived.results.back().dtype));
  }
  if (std::ranges::none_of(derived.float_operand, std::identity{}) ||
      std::ranges::none_of(derived.float_result, std::identity{}))
    return std::nullopt;
  derived.function = std::move(*function);
  for (int order = 1; order <= highest_order; ++order)
    derived.orders.push_back(
        Nested(context, row, sample.attrs, derived, outer).run(order, context));
  return derived;
}

std::vector<double> Random::direction(const Type& type) {
  std::vector<double> elements(static_cast<std::size_t>(type.elements()));
  for (double& element : elements) element = uniform();
  return elements;
}

Literal real_literal(const Type& type, std::span<const double> elements) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::size_t i = 0; i < elements.size(); ++i)
    store_real(type.dtype, bytes->data(), static_cast<std::int64_t>(i), elements[i]);
  return {type, std::move(bytes)};
}

std::vector<double> elements_of(const Literal& literal) {
  std::vector<double> elements;
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    elements.push_back(literal_real(literal, i));
  return elements;
}

double inner(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

bool agree(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::fabs(a - b) <= 1e-12 * std::max(std::fabs(a), 1.0);
}

} // namespace nnc
