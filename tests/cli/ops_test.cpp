// nnc ops: what users can look up.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

namespace nnc::cli_test {
namespace {

std::string ops(std::vector<std::string> words) {
  words.insert(words.begin(), "ops");
  const Outcome outcome = nnc(std::move(words));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return outcome.out;
}

/// As on a terminal of so many columns.
std::string ops_in(int columns, const std::string& name) {
  std::vector<std::string> words = {"env", "COLUMNS=" + std::to_string(columns), NNC_BUILD "/nnc",
                                    "ops"};
  if (!name.empty()) words.push_back(name);
  return run_program(words).out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Names by heading. A heading has no blank in front and an empty line above.
std::map<std::string, std::vector<std::string>> listed(const std::string& text) {
  std::map<std::string, std::vector<std::string>> found;
  std::string heading, last;
  for (const std::string& line : lines_of(text)) {
    if (last.empty() && !line.empty() && line[0] != '*') {
      heading = line.substr(0, line.find(" ("));
      EXPECT_FALSE(found.contains(heading)) << heading << " twice";
      found[heading];
    } else if (!line.empty() && !heading.empty()) {
      found[heading].push_back(line.substr(0, line.find(' ', 2)));
    }
    last = line;
  }
  return found;
}

TEST(Ops, EveryHeadingStandsOnce) {
  auto found = listed(ops({}));
  const auto has = [&](const std::string& heading, const std::string& name) {
    EXPECT_EQ(std::ranges::count(found[heading], name), 1) << heading << ": " << name;
  };
  has("random", "* random_bits");
  has("random", "  random_normal");
  has("layer", "  conv");
  has("layer", "  dropout");
  has("optimizer", "  adam");
  has("schedule", "  cosine");
  has("initializer", "  glorot_uniform");
  EXPECT_EQ(found["optimizer"].size(), 7u);
  EXPECT_EQ(found["initializer"].size(), 11u);
}

TEST(Ops, OneOfAKindThatIsNoOperation) {
  std::string text;
  for (const std::string name : {"adam", "glorot_uniform", "cosine"}) text += ops({name}) + "\n";
  expect_golden("cli/golden/ops.recipes.txt", text);
}

TEST(Ops, ANameOfTwoThingsShowsBoth) {
  const std::string both = ops({"step"});
  EXPECT_TRUE(both.starts_with("step(x)\n  function, activation\n")) << both;
  EXPECT_NE(both.find("\n\nstep\n  schedule, "), std::string::npos) << both;
}

TEST(Ops, AHeadingListsItsOwn) {
  const auto found = listed(ops({"optimizer"}));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.at("optimizer").size(), 5u);
}

TEST(Ops, UnknownNamesHaveNearOnes) {
  const Outcome near = nnc({"ops", "adma"});
  EXPECT_EQ(near.code, 2);
  EXPECT_EQ(near.err, "nnc: ops: there is no operation 'adma'\n  help: did you mean 'adam'?\n");
  EXPECT_NE(nnc({"ops", "entirely_unknown"}).err.find("help: `nnc ops` lists all names"),
            std::string::npos);
}

TEST(Ops, LinesFitTheTerminal) {
  for (const std::string name : {"", "adam", "conv", "polygamma"}) {
    const std::string text = ops_in(80, name);
    EXPECT_FALSE(text.empty());
    for (const std::string& line : lines_of(text)) EXPECT_LE(line.size(), 80u) << line;
  }
  const std::string wide = ops_in(2000, "");
  EXPECT_EQ(wide, ops({})) << "a pipe gets whole lines";
  EXPECT_GT(line_count(ops_in(80, "")), line_count(wide));
}

TEST(Ops, ThePageOfTheDocs) { expect_golden(NNC_SOURCE "/docs/functions.md", ops({"--markdown"})); }

} // namespace
} // namespace nnc::cli_test
