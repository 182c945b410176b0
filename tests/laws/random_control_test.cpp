// Derivatives of random functions with loops and branches equal dual numbers.

#include "ir/control.h"
#include "ir/text/print.h"
#include "laws/derived_function.h"
#include "laws/random_control.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace nnc {
namespace {

constexpr std::uint64_t parts = 4;

/// A function is named by a word: first, first + 1, ..., end - 1.
struct Words {
  std::uint64_t first = 0, end = 2000;
  bool chosen = false; ///< by someone who looks for a fault, so that their mix says nothing
};
/// NNC_RANDOM_CONTROL=50000 tries as many functions, NNC_RANDOM_CONTROL=4048-4048 that of one word.
Words words_to_try() {
  const char* wanted = std::getenv("NNC_RANDOM_CONTROL");
  if (!wanted) return {};
  char* rest = nullptr;
  const std::uint64_t number = std::strtoull(wanted, &rest, 10);
  if (*rest != '-') return {.end = number};
  return {.first = number, .end = std::strtoull(rest + 1, nullptr, 10) + 1, .chosen = true};
}

struct Seen {
  int loops = 0, conditions = 0, branches = 0, nested = 0;
  int overflows = 0; ///< derivatives that no f64 holds
};

void count(const Graph& graph, int depth, Seen& seen) {
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    const Node& node = graph.node(NodeId{id});
    if (!node.row->control) continue;
    const Control control = node.row->control(graph.attrs(node));
    seen.nested += depth > 0;
    seen.branches += control.kind == ControlKind::branch;
    seen.loops += control.kind == ControlKind::loop;
    seen.conditions += control.condition != nullptr;
    count(*control.body, depth + 1, seen);
    if (control.otherwise) count(*control.otherwise, depth + 1, seen);
  }
}

class RandomControl : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomControl, DerivativesEqualDualNumbers) {
  const OpTable table = standard_ops();
  Seen seen;
  double worst[2] = {0, 0};
  std::uint64_t tried = 0;
  const Words words = words_to_try();
  for (std::uint64_t word = words.first; word < words.end; ++word) {
    if (word % parts != GetParam()) continue;
    Context context(table);
    const Graph function = random_control(context, word);
    count(function, 0, seen);
    const std::vector<Compared> compared = compare_derivatives(context, function, word);
    for (std::size_t i = 0; i < 2; ++i) {
      if (!std::isfinite(compared[i].by_duals)) { // squares of squares of ...
        EXPECT_FALSE(std::isfinite(compared[i].by_rules)) << "word " << word;
        ++seen.overflows;
        continue;
      }
      worst[i] = std::max(worst[i], compared[i].error());
      ASSERT_LE(compared[i].error(), i == 0 ? 1e-10 : 1e-9)
          << "word " << word << ", order " << i + 1 << ": " << compared[i].by_rules << ", not "
          << compared[i].by_duals << "\n"
          << print_graph(function);
    }
    ++tried;
  }
  fmt::print("{} functions with {} loops ({} with a condition), {} branches, {} of them nested; "
             "worst errors {:.1e} and {:.1e}\n",
             tried, seen.loops, seen.conditions, seen.branches, seen.nested, worst[0], worst[1]);
  EXPECT_LE(seen.overflows, 2 + static_cast<int>(tried) / 1000);
  if (words.chosen) return;
  EXPECT_GT(seen.loops, static_cast<int>(tried));
  EXPECT_GT(seen.branches * 5, static_cast<int>(tried));
  EXPECT_GT(seen.nested * 5, static_cast<int>(tried));
}

INSTANTIATE_TEST_SUITE_P(Part, RandomControl, testing::Range(std::uint64_t{0}, parts));

} // namespace
} // namespace nnc
