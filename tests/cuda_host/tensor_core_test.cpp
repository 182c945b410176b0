// Products of fragments against products in f64 of operands that are rounded as tensor cores do.
#include "cuda_host/library.h"

#include <bit>
#include <cmath>
#include <regex>

namespace nnc::cuda_host_test {
namespace {

constexpr std::size_t depth = 48;

/// To `bits` bits of fraction, to nearest; ties away from 0 or to even. Within the range of all.
float rounded(float value, int bits, bool ties_away) {
  int exponent = 0;
  std::frexp(value, &exponent);
  const double unit = std::ldexp(1.0, exponent - 1 - bits);
  const double scaled = static_cast<double>(value) / unit;
  return static_cast<float>((ties_away ? std::round(scaled) : std::nearbyint(scaled)) * unit);
}

float truncated(float value) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xffffe000U);
}

template <class Round>
std::vector<double> product(const std::vector<float>& a, const std::vector<float>& b, Round round) {
  std::vector<double> c(16 * 8);
  for (std::size_t row = 0; row < 16; ++row)
    for (std::size_t column = 0; column < 8; ++column)
      for (std::size_t k = 0; k < depth; ++k)
        c[row * 8 + column] += static_cast<double>(round(a[row * depth + k])) *
                               static_cast<double>(round(b[k * 8 + column]));
  return c;
}

/// Equal but for the roundings of a few sums to f32.
void expect_near(const std::vector<float>& c, const std::vector<double>& expected) {
  ASSERT_EQ(c.size(), expected.size());
  for (std::size_t i = 0; i < c.size(); ++i)
    EXPECT_NEAR(static_cast<double>(c[i]), expected[i], 0x1p-20) << i;
}

bool has(const std::string& reports, const char* expression) {
  return std::regex_search(reports, std::regex(expression));
}

struct Operands {
  std::vector<float> a = scattered(16 * depth), b = scattered(depth * 8, 11);
};

TEST(CudaHostTensorCore, MultipliesTf32) {
  const Operands operands;
  for (const Mode mode : {Mode::fast, Mode::checked}) {
    const Library library("tensor_cores", mode);
    const DeviceArray<float> a(library, operands.a), b(library, operands.b);
    for (const int round : {0, 1}) {
      const DeviceArray<float> c(library, 16 * 8);
      ASSERT_EQ(library.call("launch_tf32_product", a.read(), b.read(), c.get(), 48, round), 0);
      expect_near(c.values(), product(operands.a, operands.b, [round](float value) {
                    return round ? rounded(value, 10, true) : truncated(value);
                  }));
    }
    EXPECT_EQ(library.reports(), "");
    EXPECT_EQ(library.emulation().counters("tf32_product").products, 2U * 48 / 8);
  }
}

TEST(CudaHostTensorCore, MultipliesHalves) {
  const Operands operands;
  const Library library("tensor_cores", Mode::checked);
  const DeviceArray<float> a(library, operands.a), b(library, operands.b);
  for (const int bf16 : {0, 1})
    for (const int step : {8, 16})
      for (const int seed : {1, 2, 3}) {
        library.emulation().set_seed(static_cast<std::uint64_t>(seed));
        const DeviceArray<float> c(library, 16 * 8);
        ASSERT_EQ(library.call("launch_half_product", a.read(), b.read(), c.get(), 48, bf16, step),
                  0);
        expect_near(c.values(), product(operands.a, operands.b, [bf16](float value) {
                      return rounded(value, bf16 ? 7 : 10, false);
                    }));
      }
  EXPECT_EQ(library.reports(), "");
}

/// f16 of a number of at most 11 bits, in the normal range.
std::uint16_t f16_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>(bits >> 16 & 0x8000U) |
         static_cast<std::uint16_t>(((bits & 0x7fffffffU) - 0x38000000U) >> 13);
}

TEST(CudaHostTensorCore, StagesByAsynchronousCopiesAndMatrixLoads) {
  Operands operands;
  std::vector<std::uint16_t> halves_a, halves_b;
  const auto coarse = [](std::vector<float>& values, std::vector<std::uint16_t>& halves) {
    for (float& value : values) {
      value = rounded(value + 1.5F, 10, false);
      halves.push_back(f16_bits(value));
    }
  };
  coarse(operands.a, halves_a);
  coarse(operands.b, halves_b);
  const Library library("tensor_cores", Mode::checked);
  const DeviceArray<std::uint16_t> a(library, halves_a), b(library, halves_b);
  for (const int seed : {1, 2, 3}) {
    library.emulation().set_seed(static_cast<std::uint64_t>(seed));
    const DeviceArray<float> c(library, 16 * 8);
    ASSERT_EQ(library.call("launch_staged_product", a.read(), b.read(), c.get(), 48), 0);
    const auto expected = product(operands.a, operands.b, [](float value) { return value; });
    const auto result = c.values();
    for (std::size_t i = 0; i < result.size(); ++i)
      EXPECT_NEAR(static_cast<double>(result[i]), expected[i], 0x1p-15) << i;
  }
  EXPECT_EQ(library.reports(), "");
  const auto counters = library.emulation().counters("staged_product");
  EXPECT_EQ(counters.shared_loads.conflicts, 0U);
  EXPECT_EQ(counters.shared_loads.requests, 3U * 3 * 2); // a matrix load each
  EXPECT_EQ(counters.global_loads.wide, 3U * 3 * 2);
}

TEST(CudaHostTensorCore, ACopyIsSeenOnceItIsWaitedFor) {
  const Library library("tensor_cores", Mode::checked);
  const DeviceArray<float> a(library, scattered(32)), c(library, 32);
  ASSERT_EQ(library.call("launch_early_read", a.read(), c.get()), 0);
  EXPECT_TRUE(has(library.reports(), R"(early_read: .*: reads 4 bytes at staged\+\d+, which an )"
                                     R"(asynchronous copy brings that nobody has waited for)"))
      << library.reports();
  EXPECT_NE(c.values(), a.values());
}

TEST(CudaHostTensorCore, ACopyMayNotBeginWhileOthersRead) {
  const Library library("tensor_cores", Mode::checked);
  const DeviceArray<float> a(library, scattered(32)), c(library, 32);
  for (const int seed : {1, 2, 3}) {
    library.emulation().reset();
    library.emulation().set_seed(static_cast<std::uint64_t>(seed));
    ASSERT_EQ(library.call("launch_early_copy", a.read(), c.get()), 0);
    EXPECT_TRUE(has(library.reports(), R"(early_copy: .*: (writes|reads) 4 bytes at staged\+\d+, )"
                                       R"(which thread \(\d+,0,0\) (read|wrote) with no barrier)"))
        << library.reports();
  }
}

// Ends of the ranges, ties, and a double that two roundings would bring to the wrong half.
TEST(CudaHostTensorCore, RoundsToSmallFloats) {
  const std::vector<double> x = {
      1 + 0x1p-11, 1 + 0x3p-11, 1 + 0x1p-11 + 0x1p-40, 65519,  65520, 0x1p-24, 0x1p-25,
      0x1.8p-25,   -0.0,        0x1.ffcp-15,           -70000, 0};
  const std::vector<unsigned> f16 = {0x3c00, 0x3c02, 0x3c01, 0x7bff, 0x7c00, 1,
                                     0,      1,      0x8000, 0x0400, 0xfc00};
  const std::vector<unsigned> bf16 = {0x3f80, 0x3f80, 0x3f80, 0x4780, 0x4780, 0x3380,
                                      0x3300, 0x3340, 0x8000, 0x3880, 0xc789};
  const Library library("tensor_cores", Mode::fast);
  const DeviceArray<double> of_x(library, x);
  const DeviceArray<unsigned> bits(library, 4 * x.size());
  ASSERT_EQ(library.call("launch_roundings", of_x.read(), bits.get(), 12), 0);
  const auto result = bits.values();
  for (std::size_t i = 0; i < f16.size(); ++i) {
    EXPECT_EQ(result[4 * i], f16[i]) << x[i];
    EXPECT_EQ(result[4 * i + 1], bf16[i]) << x[i];
  }
  EXPECT_EQ(result[2], 0x4001U);                                        // 1 + (1 + 2^-9), to even
  EXPECT_EQ(result[4 * 7 + 3], std::bit_cast<std::uint32_t>(0x1p-24F)); // a denormal, exact
}

} // namespace
} // namespace nnc::cuda_host_test
