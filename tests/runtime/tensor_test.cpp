#include "runtime/cast.h"
#include "runtime/compare.h"
#include "runtime/number_text.h"
#include "runtime/tensor.h"

#include "runtime/files_for_tests.h"

#include <cmath>
#include <limits>

namespace nnc {
namespace {

TEST(Tensor, IsZeroAlignedAndTyped) {
  auto t = *Tensor::zeros({DType::f64, {2, 3}});
  EXPECT_EQ(t.as<double>().size(), 6u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(t.bytes().data()) % Tensor::alignment, 0u);
  for (const double x : t.as<double>()) EXPECT_EQ(x, 0);
  EXPECT_THROW(t.as<float>(), InternalError);
  EXPECT_EQ(Tensor::zeros({DType::i8, {0, 7}})->bytes().size(), 0u);
  EXPECT_EQ(Tensor::zeros({DType::i8, {}})->bytes().size(), 1u);
  EXPECT_EQ(index_of(Shape{2, 3, 4}, 23), (Shape{1, 2, 3}));
}

TEST(Tensor, SizesThatCannotBeAreErrors) {
  expect_error(Tensor::zeros({DType::f32, {max_size, max_size}}), "E0202", "2^62");
  expect_error(Tensor::zeros({DType::f32, {-1}}), "E0202", "-1");
  expect_error(Tensor::zeros({DType::f32, Shape(17, 1)}), "E0202", "rank 17");
}

// What is printed reads back to the same bits, and is as short as it can be.
TEST(TensorText, RoundTripsOfEveryDtype) {
  for (const char* text :
       {"2x3xf32=1 2 3 4 5 6", "f32=1.5", "0x3xf32=", "3xf64=0.1 -0 1e+300",
        "4xf32=0.1 -inf inf nan", "2xf32=1e-45 3.4028235e+38", "3xf16=0.1 65500 6e-08",
        "3xbf16=0.1 3.39e+38 -0", "2xi64=9223372036854775807 -9223372036854775808",
        "2xi32=2147483647 -2147483648", "2xu32=4294967295 0", "2xi8=-128 127", "2xu8=255 0",
        "2xbool=true false", "1x1x1xi32=7"}) {
    const auto read = parse_tensor(text);
    ASSERT_TRUE(read) << text << ": " << read.error().message;
    EXPECT_EQ(to_text(*read), text);
  }
  EXPECT_EQ(to_text(tensor("2xbool=1 0")), "2xbool=true false");
  EXPECT_EQ(to_text(tensor("2xf32=  +1   1e-400 ")), "2xf32=1 0");
  EXPECT_TRUE(std::signbit(tensor("f64=-0.000e-5").as<double>()[0]));
}

TEST(TensorText, EveryHalfReadsBack) {
  for (const DType dtype : {DType::f16, DType::bf16})
    for (std::uint32_t i = 0; i < 0x10000; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      const std::string text = number_text(dtype, reinterpret_cast<const std::byte*>(&bits));
      std::uint16_t back = 0;
      ASSERT_EQ(read_number(text, dtype, reinterpret_cast<std::byte*>(&back)), NumberFault::none);
      if (text != "nan") {
        ASSERT_EQ(back, bits) << text;
      }
    }
}

TEST(TensorText, LongTensorsAreCut) {
  auto t = *Tensor::zeros({DType::i32, {2000}});
  EXPECT_TRUE(to_text(t).ends_with("0 0 ... (2000 elements)"));
  EXPECT_EQ(to_text(tensor("3xi32=1 2 3"), 2), "3xi32=1 2 ... (3 elements)");
}

TEST(TensorText, MalformedTextIsAnErrorAtItsColumn) {
  struct Case {
    const char *text, *message;
    int column;
  };
  for (const auto& [text, message, column] : std::initializer_list<Case>{
           {"", "no '='", 1},
           {"1 2 3", "no '='", 1},
           {"=1", "'' is not a dtype", 1},
           {"2x=1", "'' is not a dtype", 3},
           {"2xf31=1 2", "'f31' is not a dtype", 3},
           {"-1xf32=", "'-1' is not a size", 1},
           {"2.5xf32=1", "'2.5' is not a size", 1},
           {"xf32=1", "'' is not a size", 1},
           {"99999999999999999999xf32=1", "is not a size", 1},
           {"1099511627777xf32=1", "outside 0..2^40", 1},
           {"1099511627776x1099511627776xf32=1", "2^62", 1},
           {"1099511627776xf32=1 2", "1099511627776 elements, more than are given", 19},
           {"2xf32=1", "2 elements, more than are given", 7},
           {"2xf32=1  ", "2 elements, 1 are given", 7},
           {"2xf32=1 2 3", "more elements than the 2", 11},
           {"0xf32=1", "more elements than the 0", 7},
           {"2xf32=1 two", "'two' is not of dtype f32", 9},
           {"2xf32=1,2 3", "'1,2' is not of dtype f32", 7},
           {"1xf32=--1", "'--1'", 7},
           {"1xf32=+-1", "'+-1'", 7},
           {"1xf32=1e39", "outside the range of f32", 7},
           {"1xf64=1e999999999999999999999", "outside the range of f64", 7},
           {"1xf16=65520", "outside the range of f16", 7},
           {"1xi32=2147483648", "outside the range of i32", 7},
           {"1xi64=9223372036854775808", "outside the range of i64", 7},
           {"1xu8=-1", "outside the range of u8", 6},
           {"1xi32=1.5", "'1.5' is not of dtype i32", 7},
           {"1xbool=2", "'2' is not of dtype bool", 8},
       }) {
    const auto read = parse_tensor(text, "x");
    expect_error(read, "E0601", message, text);
    if (!read) {
      EXPECT_EQ(read.error().place.column, column) << text;
    }
  }
}

TEST(Cast, FollowsTheLanguage) {
  const auto check = [](const char* from, DType to, const char* result) {
    EXPECT_EQ(to_text(*cast(tensor(from), to)), result);
  };
  const char* floats = "8xf64=1.9 -1.9 nan inf -inf 3e9 -3e9 300";
  check(floats, DType::i32, "8xi32=1 -1 0 2147483647 -2147483648 2147483647 -2147483648 300");
  check(floats, DType::u32, "8xu32=1 0 0 4294967295 0 3000000000 0 300");
  check(floats, DType::i8, "8xi8=1 -1 0 127 -128 127 -128 127");
  check(floats, DType::u8, "8xu8=1 0 0 255 0 255 0 255");
  check("2xf32=1e19 -1e19", DType::i64, "2xi64=9223372036854775807 -9223372036854775808");
  check("5xf32=0 -0 nan 0.5 -2", DType::boolean, "5xbool=false false true true true");
  check("3xi32=256 0 -1", DType::boolean, "3xbool=true false true");
  check("3xi64=4294967297 -1 128", DType::i32, "3xi32=1 -1 128");
  check("3xi64=4294967297 -1 128", DType::u32, "3xu32=1 4294967295 128");
  check("3xi32=257 -1 128", DType::i8, "3xi8=1 -1 -128");
  check("2xbool=true false", DType::f16, "2xf16=1 0");
  check("2xi64=9007199254740993 -9007199254740993", DType::f64,
        "2xf64=9007199254740992 -9007199254740992");
  check("i64=9007199791611905", DType::f32,
        "f32=9007200000000000"); // not by way of f64: a tie there
  check("2xf64=1e300 -1e300", DType::f32, "2xf32=inf -inf");
  check("2xi32=65519 65520", DType::f16, "2xf16=65500 inf");
}

// Just above a tie of f16 (and bf16), but on the tie once rounded to f32.
TEST(Cast, RoundsOnce) {
  Tensor t = *Tensor::zeros({DType::f64, {2}});
  t.as<double>()[0] = 1 + 0x1p-11 + 0x1p-40;
  t.as<double>()[1] = -(1 + 0x1p-8 + 0x1p-40);
  EXPECT_EQ(f16_to_float(cast(t, DType::f16)->as<std::uint16_t>()[0]), 1 + 0x1p-10f);
  EXPECT_EQ(bf16_to_float(cast(t, DType::bf16)->as<std::uint16_t>()[1]), -(1 + 0x1p-7f));
  Tensor i = *Tensor::zeros({DType::i64, {2}});
  i.as<std::int64_t>()[0] = (std::int64_t{1} << 62) + (std::int64_t{1} << 54) + 1;
  i.as<std::int64_t>()[1] = -i.as<std::int64_t>()[0] + 1; // exactly a tie, to even
  EXPECT_EQ(bf16_to_float(cast(i, DType::bf16)->as<std::uint16_t>()[0]), 0x1.02p62f);
  EXPECT_EQ(bf16_to_float(cast(i, DType::bf16)->as<std::uint16_t>()[1]), -0x1p62f);
}

TEST(Compare, AgreesWithinTheTolerance) {
  const auto agrees = [](const char* actual, const char* expected, Tolerance tolerance) {
    return compare(tensor(actual), tensor(expected), tolerance).equal;
  };
  EXPECT_TRUE(agrees("2xf32=1 0", "2xf32=1 -0", {}));
  EXPECT_TRUE(agrees("3xf32=nan inf -inf", "3xf32=nan inf -inf", {}));
  EXPECT_FALSE(agrees("f32=1", "f32=inf", {.rtol = 0.5, .atol = 1}));
  EXPECT_FALSE(agrees("f32=inf", "f32=-inf", {.rtol = 1, .atol = 1}));
  EXPECT_FALSE(agrees("f32=nan", "f32=1", {.rtol = 1, .atol = 1}));
  EXPECT_FALSE(agrees("f32=1", "f32=nan", {.rtol = 1, .atol = 1}));
  EXPECT_TRUE(agrees("f64=101", "f64=100", {.rtol = 0.01}));
  EXPECT_FALSE(agrees("f64=101.0001", "f64=100", {.rtol = 0.01}));
  EXPECT_TRUE(agrees("f64=0.5", "f64=0", {.atol = 0.5}));
  EXPECT_FALSE(agrees("i64=9007199254740993", "i64=9007199254740992", {.rtol = 1, .atol = 9}));
  EXPECT_FALSE(agrees("bool=true", "bool=false", {.rtol = 1, .atol = 9}));
  EXPECT_FALSE(agrees("f32=1", "f64=1", {}));
  EXPECT_FALSE(agrees("1xf32=1", "f32=1", {}));
  EXPECT_TRUE(agrees("0xf32=", "0xf32=", {}));
}

TEST(Compare, ReportsTheWorstElement) {
  const auto result =
      compare(tensor("2x2xf32=1 2.5 3 104"), tensor("2x2xf32=1 2 3 100"), {.rtol = 0.01});
  EXPECT_EQ(result.different, 2);
  EXPECT_EQ(result.worst, 1);
  EXPECT_EQ(result.worst_error, 0.5);
  EXPECT_EQ(result.message, "2 of 4 elements differ; worst at [0,1]: 2.5, expected 2 (difference "
                            "0.5, allowed 0 + 0.01 * |expected|)");
  EXPECT_EQ(compare(tensor("f32=1"), tensor("i32=1"), {}).message,
            "has type f32[], expected i32[]");
  EXPECT_EQ(compare(tensor("3xi32=1 2 9"), tensor("3xi32=1 1 1"), {}).worst, 2);
}

} // namespace
} // namespace nnc
