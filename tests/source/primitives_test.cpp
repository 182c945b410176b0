// The functions that C sources bring along, without the instructions that may take their place,
// against the C library's: on random bits, which have all exponents, and on special values.
#include "compiler/target/c/primitives.h"
#include "testing/process.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <random>

namespace nnc {
namespace {

constexpr int tries = 2'000'000;

constexpr const char* wrappers = R"(
float t_fma_f32(float a, float b, float c) { return fma_f32(a, b, c); }
double t_fma_f64(double a, double b, double c) { return fma_f64(a, b, c); }
float t_sqrt_f32(float x) { return sqrt_f32(x); }
double t_sqrt_f64(double x) { return sqrt_f64(x); }
float t_floor_f32(float x) { return floor_f32(x); }
double t_floor_f64(double x) { return floor_f64(x); }
float t_ceil_f32(float x) { return ceil_f32(x); }
double t_ceil_f64(double x) { return ceil_f64(x); }
float t_round_f32(float x) { return round_f32(x); }
double t_round_f64(double x) { return round_f64(x); }
double t_rem_f64(double x, double y) { return rem_f64(x, y); }
uint16_t t_f32_to_f16(float x) { return f32_to_f16(x); }
uint16_t t_f32_to_bf16(float x) { return f32_to_bf16(x); }
float t_f16_to_f32(uint16_t x) { return f16_to_f32(x); }
)";

struct CloseLibrary {
  void operator()(void* library) const { dlclose(library); }
};
using Library = std::unique_ptr<void, CloseLibrary>;

Library compiled() {
  source::Library library(c::language());
  for (const char* name :
       {"fma_f32", "fma_f64", "sqrt_f32", "sqrt_f64", "floor_f32", "floor_f64", "ceil_f32",
        "ceil_f64", "round_f32", "round_f64", "rem_f64", "f32_to_f16", "f32_to_bf16", "f16_to_f32"})
    library.need(name);
  const cli_test::Folder folder;
  cli_test::write_text(folder / "p.c", "#include <math.h>\n#include <stdbool.h>\n"
                                       "#include <stdint.h>\n" +
                                           library.take() + wrappers);
  const auto outcome =
      cli_test::run_program({"gcc", "-std=c99", "-O2", "-ffp-contract=off", "-U__SSE2__",
                             "-U__FMA__", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fPIC",
                             "-shared", "-nostdlib", folder / "p.c", "-o", folder / "p.so"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return Library(dlopen((folder / "p.so").c_str(), RTLD_NOW | RTLD_LOCAL));
}

template <class T>
T* find(const Library& library, const char* name) {
  auto* found = reinterpret_cast<T*>(dlsym(library.get(), name));
  EXPECT_TRUE(found) << name;
  return found;
}

/// Numbers of every size, some near one another, some special.
template <class Real>
class Numbers {
public:
  Real next() {
    using Bits = std::conditional_t<sizeof(Real) == 8, std::uint64_t, std::uint32_t>;
    constexpr Real limit = std::numeric_limits<Real>::infinity();
    const Real special[] = {0,
                            -Real(0),
                            1,
                            -1,
                            Real(0.5),
                            limit,
                            -limit,
                            std::numeric_limits<Real>::quiet_NaN(),
                            std::numeric_limits<Real>::denorm_min(),
                            std::numeric_limits<Real>::min(),
                            std::numeric_limits<Real>::max()};
    const std::uint64_t draw = engine_();
    if (draw % 16 == 0) return special[(draw >> 8) % std::size(special)];
    const Real any = std::bit_cast<Real>(static_cast<Bits>(engine_()));
    if (draw % 16 > 8) return any;
    return std::ldexp(std::isfinite(any) ? std::frexp(any, &ignored_) : Real(1),
                      static_cast<int>((draw >> 8) % 9) - 4);
  }

private:
  std::mt19937_64 engine_{7};
  int ignored_ = 0;
};

template <class Real>
bool same(Real a, Real b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

template <class Real>
void expect_fma(Real (*ours)(Real, Real, Real)) {
  Numbers<Real> numbers;
  for (int i = 0; i < tries; ++i) {
    const Real a = numbers.next(), b = numbers.next();
    // Every third time what nearly cancels the product.
    const Real c = i % 3 ? numbers.next() : -std::nextafter(a * b, numbers.next());
    ASSERT_TRUE(same(ours(a, b, c), std::fma(a, b, c)))
        << a << " * " << b << " + " << c << ": " << ours(a, b, c) << ", not " << std::fma(a, b, c);
  }
}

template <class Real>
void expect_unary(Real (*ours)(Real), Real (*theirs)(Real)) {
  Numbers<Real> numbers;
  for (int i = 0; i < tries; ++i) {
    const Real x = numbers.next();
    ASSERT_TRUE(same(ours(x), theirs(x))) << x << ": " << ours(x) << ", not " << theirs(x);
  }
}

TEST(SourcePrimitives, FusedProductsAreRoundedOnce) {
  const Library library = compiled();
  ASSERT_TRUE(library);
  expect_fma<float>(find<float(float, float, float)>(library, "t_fma_f32"));
  expect_fma<double>(find<double(double, double, double)>(library, "t_fma_f64"));
}

TEST(SourcePrimitives, RootsAndWholeNumbersAreThoseOfTheLibrary) {
  const Library library = compiled();
  ASSERT_TRUE(library);
  expect_unary<float>(find<float(float)>(library, "t_sqrt_f32"), std::sqrt);
  expect_unary<double>(find<double(double)>(library, "t_sqrt_f64"), std::sqrt);
  expect_unary<float>(find<float(float)>(library, "t_floor_f32"), std::floor);
  expect_unary<double>(find<double(double)>(library, "t_floor_f64"), std::floor);
  expect_unary<float>(find<float(float)>(library, "t_ceil_f32"), std::ceil);
  expect_unary<double>(find<double(double)>(library, "t_ceil_f64"), std::ceil);
  expect_unary<float>(find<float(float)>(library, "t_round_f32"), std::nearbyint);
  expect_unary<double>(find<double(double)>(library, "t_round_f64"), std::nearbyint);
}

TEST(SourcePrimitives, RemaindersAreExact) {
  const Library library = compiled();
  ASSERT_TRUE(library);
  auto* ours = find<double(double, double)>(library, "t_rem_f64");
  Numbers<double> numbers;
  for (int i = 0; i < tries / 10; ++i) {
    const double x = numbers.next(), y = numbers.next();
    ASSERT_TRUE(same(ours(x, y), std::fmod(x, y)))
        << x << " rem " << y << ": " << ours(x, y) << ", not " << std::fmod(x, y);
  }
}

TEST(SourcePrimitives, HalvesRoundToEven) {
  const Library library = compiled();
  ASSERT_TRUE(library);
  auto* to_f16 = find<std::uint16_t(float)>(library, "t_f32_to_f16");
  auto* to_bf16 = find<std::uint16_t(float)>(library, "t_f32_to_bf16");
  auto* from_f16 = find<float(std::uint16_t)>(library, "t_f16_to_f32");
  Numbers<float> numbers;
  for (int i = 0; i < tries; ++i) {
    const float x = numbers.next();
    ASSERT_TRUE(same(f16_to_float(to_f16(x)), f16_to_float(float_to_f16(x)))) << x;
    ASSERT_TRUE(same(bf16_to_float(to_bf16(x)), bf16_to_float(float_to_bf16(x)))) << x;
  }
  for (int bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    ASSERT_TRUE(same(from_f16(half), f16_to_float(half))) << bits;
  }
}

} // namespace
} // namespace nnc
