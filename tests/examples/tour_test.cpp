// docs/tour.md: its commands print what it shows, its numbers are those of the closed forms, and
// what it quotes stands in its files.
#include "examples/chapters/checks.h"
#include "places.h"
#include "testing/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

namespace nnc::examples_test {
namespace {

const std::string docs = NNC_SOURCE "/docs/", page_file = docs + "tour.md";

/// The text of each block that opens with "```" and `kind`.
std::vector<std::string> blocks(const std::string& page, const std::string& kind) {
  std::vector<std::string> all;
  const std::string opening = "\n```" + kind + "\n";
  for (auto at = page.find(opening); at != std::string::npos; at = page.find(opening, at)) {
    at += opening.size();
    all.push_back(page.substr(at, page.find("\n```", at) + 1 - at));
  }
  return all;
}

/// The number of the first command that begins like this.
std::size_t find_command(const Readme& readme, const std::string& beginning) {
  const auto& commands = readme.commands();
  const auto found = std::ranges::find_if(
      commands, [&](const Command& command) { return command.line.starts_with(beginning); });
  EXPECT_NE(found, commands.end()) << beginning;
  return static_cast<std::size_t>(found - commands.begin());
}

/// The pictures that the page shows, as paths from docs/.
std::vector<std::string> pictures() {
  const std::string page = cli_test::file_text(page_file);
  std::vector<std::string> all;
  for (auto at = page.find(".svg)"); at != std::string::npos; at = page.find(".svg)", at + 1)) {
    const auto begin = page.rfind('(', at) + 1;
    all.push_back(page.substr(begin, at + 4 - begin));
  }
  return all;
}

TEST(Tour, IsWhatHappens) {
  const Readme tour = Readme::run_page("docs/tour.md", "docs/tour");
  for (const Command& command : tour.commands())
    EXPECT_EQ(command.code, 0) << command.line << command.err;
  expect_golden(page_file, tour.text());
  if (std::getenv("NNC_FULL")) // with graphviz and gnuplot
    for (const std::string& path : pictures())
      expect_golden(docs + path, tour.file(std::filesystem::path(path).filename()));

  Checks checks;
  // Source: p - y, times x, of the logistic function at w x + b = 1.
  const double p = 1 / (1 + std::exp(-1.0));
  checks.near("gradient of the neuron", tour.numbers(1, "dw"), {p, 3 * p}, 1e-15);
  checks.near("gradient of its bias", tour.numbers(1, "db"), {p}, 1e-15);
  const Vector losses = tour.said(find_command(tour, "cc learn.c"), "loss");
  checks.near("the loss that C begins with", {losses.at(0)}, {-std::log(1 - p)}, 1e-6);
  checks.below("the loss that C ends with", last(losses), 0.1);
  const std::size_t xor_answer =
      find_command(tour, "nnc run ../../examples/networks/xor/xor.json -f predict");
  checks.near("XOR", tour.numbers(xor_answer, "p"), {0, 1, 1, 0}, 0.01);
  // Source: the minimum of Rosenbrock's function.
  checks.near("Newton's method", tour.numbers(find_command(tour, "nnc run newton.json"), "next"),
              {1, 1}, 1e-9);
  const std::size_t train = find_command(tour, "nnc train");
  checks.below("digits taken for others", 1 - tour.said(train, "accuracy").at(0), 0.04);
  EXPECT_EQ(checks.failed(), std::vector<std::string>());
}

TEST(Tour, QuotesItsFiles) {
  const std::string page = cli_test::file_text(page_file);
  for (const auto& [kind, file] :
       {std::pair("json", "tour/neuron.json"), std::pair("c", "tour/learn.c")}) {
    const auto quoted = blocks(page, kind);
    EXPECT_EQ(quoted.size(), 1U);
    for (const std::string& text : quoted)
      EXPECT_NE(cli_test::file_text(docs + file).find(text), std::string::npos) << text;
  }
}

TEST(Tour, HasItsPictures) {
  const std::string page = cli_test::file_text(page_file);
  EXPECT_EQ(pictures().size(), 4U);
  for (const std::string& path : pictures()) {
    EXPECT_TRUE(std::filesystem::exists(docs + path)) << path;
    const std::string name = std::filesystem::path(path).filename();
    EXPECT_NE(page.find("'" + name + "'"), page.find("-o " + name)) << name << " is not drawn";
  }
}

} // namespace
} // namespace nnc::examples_test
