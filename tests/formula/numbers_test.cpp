// Numbers of formulas: what constants were meant to be.
#include "frontends/formula/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace nnc::formula {
namespace {

/// A constant of a graph as a formula writes it.
std::string text(double value, DType dtype) {
  if (dtype == DType::f32) value = static_cast<double>(static_cast<float>(value));
  return number_text(meant(value, dtype), dtype);
}

TEST(FormulaNumbers, HaveTheNamesOfTextbooks) {
  constexpr double pi = std::numbers::pi;
  for (const DType dtype : {DType::f32, DType::f64}) {
    EXPECT_EQ(text(2 / std::sqrt(pi), dtype), "2 / sqrt(pi)");
    EXPECT_EQ(text(-4 / std::sqrt(pi), dtype), "-4 / sqrt(pi)");
    EXPECT_EQ(text(1 / std::sqrt(2 * pi), dtype), "1 / sqrt(2 pi)");
    EXPECT_EQ(text(std::sqrt(2 / pi), dtype), "sqrt(2 / pi)");
    EXPECT_EQ(text(3 * pi, dtype), "3 pi");
    EXPECT_EQ(text(pi / 4, dtype), "pi / 4");
    EXPECT_EQ(text(1 / (4 * pi), dtype), "1 / (4 pi)");
    EXPECT_EQ(text(std::log(2 * pi) / 2, dtype), "log(2 pi) / 2");
    EXPECT_EQ(text(std::sqrt(2.0), dtype), "sqrt(2)");
    EXPECT_EQ(text(1 / std::sqrt(10.0), dtype), "1 / sqrt(10)");
    EXPECT_EQ(text(1.0 / 320, dtype), "1 / 320");
  }
}

TEST(FormulaNumbers, StayWhatTheyAre) {
  EXPECT_EQ(text(0.044715, DType::f32), "0.044715");
  EXPECT_EQ(text(1e-5, DType::f32), "1e-5");
  EXPECT_EQ(text(3.14159, DType::f32), "3.14159"); // not the f32 next to pi
  EXPECT_EQ(text(3.14159, DType::f64), "3.14159");
  EXPECT_EQ(text(0.1234567890123, DType::f64), "0.1234567890123");
}

} // namespace
} // namespace nnc::formula
