// The derivative of a logistic regression, by both spellings of the sigmoid: the textbook's.
#include "dumps/tool.h"
#include "places.h"

#include <gtest/gtest.h>

#include <regex>

namespace nnc::dumps_test {
namespace {

const std::string home = "examples/churn";

std::string with_sigmoid() {
  std::string text = golden_file(NNC_SOURCE "/examples/churn/churn.json");
  const std::string by_exp = "1/(1 + exp(-(x@w) - b))";
  const std::size_t at = text.find(by_exp);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, by_exp.size(), "sigmoid(x@w + b)");
}

const std::vector<std::string> asked = {"--of", "loss", "--wrt", "w,b"};

std::string derivative(const std::string& folder, const std::string& emit) {
  std::vector<std::string> words = {"grad", "churn.json", "--emit", emit};
  words.insert(words.end(), asked.begin(), asked.end());
  return printed(folder, words);
}

/// No logarithm, and division by constants only: those are multiplications.
void expect_textbook(const std::string& graph) {
  for (const std::string op : {"log", "log1p", "div", "exp", "rem", "pow"})
    EXPECT_FALSE(std::regex_search(graph, std::regex("= " + op + " "))) << op << "\n" << graph;
}

TEST(Churn, TheGradientByExponentials) {
  expect_golden("golden/churn/grad.math.txt", derivative(home, "math"));
  const std::string graph = derivative(home, "ir");
  expect_golden("golden/churn/grad.nnir", graph);
  expect_textbook(graph);
}

TEST(Churn, TheGradientBySigmoid) {
  const Folder folder;
  cli_test::write_text(folder / "churn.json", with_sigmoid());
  expect_golden("golden/churn/grad.sigmoid.math.txt", derivative(folder.path(), "math"));
  const std::string graph = derivative(folder.path(), "ir");
  expect_golden("golden/churn/grad.sigmoid.nnir", graph);
  expect_textbook(graph);
}

/// The shapes and operations are the same whichever way it is written; names and places are not.
TEST(Churn, BothSpellingsGiveOneFormula) {
  const Folder folder;
  cli_test::write_text(folder / "churn.json", with_sigmoid());
  EXPECT_EQ(derivative(folder.path(), "math"), derivative(home, "math"));
}

TEST(Churn, EveryStep) {
  const Folder folder;
  printed(home, {"opt", "churn.json", "--stop-after=plan", "--dump-dir", folder.path()});
  for (const std::string& file : files_in(folder))
    expect_golden("golden/churn/" + file, file_text(folder / file));
}

/// A line more in the model does not rename anything else.
TEST(Churn, NamesDoNotShift) {
  std::string text = golden_file(NNC_SOURCE "/examples/churn/churn.json");
  const std::string loss = "\"loss = mean";
  text.insert(text.find(loss), "\"more = exp(x@w) + 2*b\",\n    ");
  text.replace(text.find("\"out\": [\"loss\""), 14, "\"out\": [\"more\", \"loss\"");
  const Folder folder;
  cli_test::write_text(folder / "churn.json", text);
  const auto names = [](const std::string& graph) {
    std::vector<std::string> found;
    const std::regex defined("\n  (%[^ ]+(?:, %[^ ]+)*) +=");
    for (std::sregex_iterator it(graph.begin(), graph.end(), defined), end; it != end; ++it)
      if (!(*it)[1].str().starts_with("%more")) found.push_back((*it)[1]);
    return found;
  };
  for (const std::string step : {"inline", "differentiate", "simplify.3"}) {
    const std::string option = "--stop-after=" + step;
    EXPECT_EQ(names(printed(folder.path(), {"opt", "churn.json", option})),
              names(printed(home, {"opt", "churn.json", option})))
        << step;
  }
}

} // namespace
} // namespace nnc::dumps_test
