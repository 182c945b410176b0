#include "ir/types.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

TEST(Types, PrintAndParseAreInverse) {
  for (const char* text : {"f32[32,784]", "f64[]", "bool[3]", "bf16[0,5]", "u32[2]"})
    EXPECT_EQ(to_string(*parse_type(text)), text);
}

TEST(Types, RejectsWhatIsNotASize) {
  for (const char* text :
       {"f32", "f32[", "f31[2]", "f32[-1]", "f32[3.7]", "f32[2,]", "f32[ 2]", "f32[1099511627777]",
        "f32[18446744073709551617]", "f32[1099511627776,1099511627776]"})
    EXPECT_FALSE(parse_type(text)) << text;
  EXPECT_TRUE(parse_type("i8[1099511627776]"));
}

TEST(Types, EveryF16SurvivesTheRoundTrip) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = f16_to_float(half);
    if (value == value) {
      EXPECT_EQ(float_to_f16(value), half);
      EXPECT_EQ(float_to_bf16(bf16_to_float(half)) & 0x7f80, half & 0x7f80);
    }
  }
  EXPECT_EQ(float_to_f16(65519.996f), 0x7bff); // the largest finite value
  EXPECT_EQ(float_to_f16(65520.0f), 0x7c00);
  EXPECT_EQ(float_to_f16(0x1p-25f), 0); // a tie goes to even
  EXPECT_EQ(float_to_f16(0x1.8p-25f), 1);
}

} // namespace
} // namespace nnc
