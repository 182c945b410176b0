// Vectors divided by one number: to the last bit what a division gives.
#include "testing/compiled_run.h"

#include <cmath>
#include <random>

namespace nnc {
namespace {

/// Numbers of every size and sign; first those whose mantissas are at the ends of their range,
/// zeros, infinities, NaN and the largest and smallest numbers.
template <class Float>
std::vector<double> numbers(std::size_t count, unsigned seed) {
  using Limits = std::numeric_limits<Float>;
  std::vector<double> all{0.0, -0.0, INFINITY, -INFINITY, NAN, Limits::max(), Limits::min()};
  std::mt19937_64 random(seed);
  for (const int exponent : {-60, -50, -3, 0, 5, 49, 50, 51, 100})
    for (const double mantissa : {1.0, 2.0 - Limits::epsilon(), 1.0 + Limits::epsilon()})
      all.push_back(std::ldexp(mantissa, exponent));
  std::uniform_real_distribution<double> mantissa(1, 2), size(-1, 1);
  while (all.size() < count) {
    const bool far = all.size() % 5 == 0;
    const int exponent = static_cast<int>(size(random) * (far ? Limits::max_exponent - 2 : 20));
    const auto value = static_cast<Float>(std::ldexp(mantissa(random), exponent));
    all.push_back(random() % 2 ? value : -value);
  }
  return all;
}

Literal literal(const Type& type, std::span<const double> values) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::size_t i = 0; i < values.size(); ++i)
    store_real(type.dtype, bytes->data(), static_cast<std::int64_t>(i), values[i]);
  return {type, bytes};
}

/// Numbers too small for a normal one count as zero.
template <class Float>
Float flushed(Float value) {
  return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(Float(0), value) : value;
}

template <class Float>
bool same(Float a, Float b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

template <class Float>
void expect_quotients(DType dtype, const std::string& name) {
  constexpr std::int64_t rows = 400, columns = 1000;
  test::Program p;
  const Value x = p.input("x", name + "[1000]"), s = p.input("s", name + "[400]");
  const Shape shape{rows, columns};
  p.output("y", p.b.div(p.b.broadcast(x, shape, {1}), p.b.broadcast(s, shape, {0})));
  const auto dividends = numbers<Float>(columns, 1), divisors = numbers<Float>(rows, 2);
  const Literal inputs[] = {literal({dtype, {columns}}, dividends),
                            literal({dtype, {rows}}, divisors)};
  const auto results = test::run_compiled(p.graph, inputs);
  ASSERT_TRUE(results) << results.error().message;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t k = 0; k < columns; ++k) {
      const auto a = static_cast<Float>(dividends[static_cast<std::size_t>(k)]),
                 b = static_cast<Float>(divisors[static_cast<std::size_t>(i)]);
      const auto found = static_cast<Float>(literal_real((*results)[0], i * columns + k));
      ASSERT_TRUE(same(found, flushed(a / b))) << a << " / " << b << " is not " << found;
    }
}

TEST(Division, ByOneNumberIsRoundedRight) {
  expect_quotients<float>(DType::f32, "f32");
  expect_quotients<double>(DType::f64, "f64");
}

} // namespace
} // namespace nnc
