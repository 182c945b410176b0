// How texts are laid out, and what they say of numbers that no test can bring about at will.
#include "frontends/cli/kernel_table.h"
#include "frontends/cli/layout.h"
#include "frontends/nn/counted.h"

#include <gtest/gtest.h>

namespace nnc::cli {
namespace {

TEST(Layout, LinesAreBrokenAtBlanks) {
  EXPECT_EQ(hanging("  name   some words that go on", 9, 16),
            "  name   some\n         words\n         that go\n         on");
  EXPECT_EQ(hanging("  name   some words that go on", 9, 0), "  name   some words that go on");
  EXPECT_EQ(hanging("  name   some", 9, 13), "  name   some");
  EXPECT_EQ(hanging("  name   antidisestablishmentarianism or so", 9, 20),
            "  name   antidisestablishmentarianism\n         or so");
  EXPECT_EQ(hanging("words", 9, 4), "words") << "narrower than the indentation";
  EXPECT_EQ(hanging("", 0, 10), "");
}

TEST(Layout, NounsAgreeWithNumbers) {
  EXPECT_EQ(counted(1, "epoch"), "1 epoch");
  EXPECT_EQ(counted(0, "epoch"), "0 epochs");
  EXPECT_EQ(counted(21, "epoch"), "21 epochs");
}

KernelTime kernel(const std::string& name, double microseconds, double limit) {
  return {.name = name,
          .what = "rows",
          .microseconds = microseconds,
          .flop = 1000,
          .bytes = 1000,
          .limit = limit};
}

/// How often `what` stands in `text`.
int occurrences(const std::string& text, const std::string& what) {
  int count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

TEST(KernelTable, AKernelThatBeatsTheLimitIsRemarkedOn) {
  const KernelTimes plain{.kernels = {kernel("a", 10, 5), kernel("b", 10, 10.04)}, .entry = 1};
  EXPECT_EQ(kernel_table(plain, 20).find("over 100 %"), std::string::npos);
  const KernelTimes loaded{.kernels = {kernel("a", 10, 12), kernel("b", 10, 20)}, .entry = 1};
  const std::string text = kernel_table(loaded, 20);
  EXPECT_EQ(occurrences(text, "over 100 %"), 1) << text;
  EXPECT_NE(text.find(" 200 % "), std::string::npos) << text;
  EXPECT_LT(text.find("\nsum "), text.find("over 100 %")) << "below the table";
}

} // namespace
} // namespace nnc::cli
