#include "ir/messages.h"

#include <gtest/gtest.h>

#include <vector>

namespace nnc {
namespace {

TEST(Messages, QuotedTextHasNoControlBytes) {
  EXPECT_EQ(quote("w1"), "'w1'");
  EXPECT_EQ(quote("\x1b[31m\n"), "'\\x1b[31m\\x0a'");
  EXPECT_EQ(quote("abcdef", 3), "'abc...'");
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
  EXPECT_EQ(nearest_name("x", names), std::nullopt);
  EXPECT_EQ(nearest_name("relu", names), std::nullopt);
  EXPECT_EQ(did_you_mean("log_sofmtax", names), "did you mean 'log_softmax'?");
  EXPECT_EQ(did_you_mean("relu", names), "");
  EXPECT_EQ(did_you_mean("relv", std::vector<std::string>{"tanh", "relu"}), "did you mean 'relu'?");
}

} // namespace
} // namespace nnc
