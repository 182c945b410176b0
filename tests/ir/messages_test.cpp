#include "ir/index_error.h"
#include "ir/messages.h"
#include "ir/printable.h"
#include "ir/suggestion.h"

#include <gtest/gtest.h>

#include <vector>

namespace nnc {
namespace {

TEST(Messages, QuotedTextHasNoControlBytes) {
  EXPECT_EQ(quote("w1"), "'w1'");
  EXPECT_EQ(quote("\x1b[31m\n"), "'\\x1b[31m\\x0a'");
  EXPECT_EQ(quote("abcdef", 3), "'abc...'");
  EXPECT_EQ(quote("ab\u00e9", 3), "'ab...'") << "no character is cut in two";
}

TEST(Messages, WhatActsOnATerminalIsEscaped) {
  EXPECT_EQ(printable("x \u00e9\u4e2d\U0001f600 ~"), "x \u00e9\u4e2d\U0001f600 ~");
  EXPECT_EQ(printable("a\u202eb\u2066c"), "a\\u202eb\\u2066c");
  EXPECT_EQ(printable("\u009b31m\x7f"), "\\x9b31m\\x7f") << "an escape sequence in one character";
  EXPECT_EQ(printable("\u200b\ufeff\U000e0041"), "\\u200b\\ufeff\\U000e0041");
  // Bytes that are no UTF-8: alone, cut off, too long, a surrogate, beyond the last character.
  EXPECT_EQ(printable("\x80|\xe2\x80|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80"),
            "\\x80|\\xe2\\x80|\\xc0\\xaf|\\xed\\xa0\\x80|\\xf4\\x90\\x80\\x80");
}

TEST(Messages, EditsAreCountedUpToTheLimit) {
  EXPECT_EQ(edit_distance("matmul", "matmul", 2), 0);
  EXPECT_EQ(edit_distance("matmul", "matnul", 2), 1);
  EXPECT_EQ(edit_distance("matmul", "mtamul", 2), 1); // a swap
  EXPECT_EQ(edit_distance("", "ab", 2), 2);
  EXPECT_EQ(edit_distance("kitten", "sitting", 2), 3);
  EXPECT_EQ(edit_distance("abcdefgh", "hgfedcba", 2), 3);
}

TEST(Messages, TheNearestNameIsSuggested) {
  const std::vector<std::string_view> names = {"softmax", "log_softmax", "w1", "w2"};
  EXPECT_EQ(nearest_name("sofmax", names), "softmax");
  EXPECT_EQ(nearest_name("w", names), "w1");
  EXPECT_EQ(nearest_name("SOFTMAX", names), "softmax");
  EXPECT_EQ(nearest_name("x", std::vector<std::string_view>{"w", "X"}), "X");
  EXPECT_EQ(nearest_name("x", names), std::nullopt);
  EXPECT_EQ(nearest_name("relu", names), std::nullopt);
  EXPECT_EQ(did_you_mean("log_sofmtax", names), "did you mean 'log_softmax'?");
  EXPECT_EQ(did_you_mean("relu", names), "");
  EXPECT_EQ(did_you_mean("relv", std::vector<std::string>{"tanh", "relu"}), "did you mean 'relu'?");
}

TEST(Messages, FewNamesAreListed) {
  const std::vector<std::string_view> names = {"x", "weight"};
  EXPECT_EQ(nearest_or_all("wieght", names, "values"), "did you mean 'weight'?");
  EXPECT_EQ(nearest_or_all("bias", names, "values"), "the values are x weight");
  EXPECT_EQ(nearest_or_all("bias", std::vector<std::string_view>(13, "x"), "values"), "");
  EXPECT_EQ(nearest_or_all("bias", std::vector<std::string_view>{}, "values"), "");
}

TEST(Messages, DtypesOfOthersAreKnown) {
  EXPECT_EQ(dtype_help("float32"), "did you mean 'f32'?");
  EXPECT_EQ(dtype_help("int64"), "did you mean 'i64'?");
  EXPECT_EQ(dtype_help("f31"), "did you mean 'f32'?");
  EXPECT_EQ(dtype_help("complex64"), "");
}

TEST(Messages, AnIndexOutsideItsAxis) {
  const auto said = [](std::optional<std::int64_t> value, Shape at, std::string indices,
                       std::int64_t extent) {
    const Error error = index_error({.node = "rows",
                                     .indices = std::move(indices),
                                     .value = value,
                                     .at = std::move(at),
                                     .extent = extent});
    return error.message + (error.help.empty() ? "" : " | " + error.help);
  };
  EXPECT_EQ(said(9, {1, 0}, "i", 4), "'rows': index 9 at [1,0] of 'i' is outside 0..3");
  EXPECT_EQ(said(4, {}, "", 4), "'rows': index 4 is outside 0..3 | indices count from 0");
  EXPECT_EQ(said(-1, {2}, "", 4), "'rows': index -1 at [2] is outside 0..3 | "
                                  "indices count from 0 and from the front");
  EXPECT_EQ(said(0, {0}, "i", 0), "'rows': index 0 at [0] of 'i' selects from an axis of size 0");
  // Where it is only known that there was one.
  EXPECT_EQ(said({}, {}, "i", 4), "'rows': an index of 'i' is outside 0..3");
  EXPECT_EQ(said({}, {}, "", 4), "'rows': an index is outside 0..3");
  EXPECT_EQ(said({}, {}, "i", 0), "'rows': an index of 'i' selects from an axis of size 0");
}

} // namespace
} // namespace nnc
