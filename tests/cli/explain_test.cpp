// nnc explain: every name in every dump is followed to the model.
#include "compiler/pipeline.h"
#include "frontends/host/source.h"
#include "ir/kernel/explanation.h"
#include "ir/kernel/print.h"
#include "ir/text/print.h"
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace nnc::cli_test {
namespace {

const std::string models = NNC_SOURCE "/docs/gallery/models/";

std::string explained(const std::string& model, const std::string& node,
                      const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"explain", model, node};
  words.insert(words.end(), more.begin(), more.end());
  const std::string folder = model.substr(0, model.rfind('/'));
  words[1] = model.substr(folder.size() + 1);
  words.insert(words.begin(), NNC_BUILD "/nnc");
  const Outcome outcome = run_program(words, {}, folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return outcome.out;
}

/// What a text defines: values of graphs and their inputs; kernels, buffers and locals.
std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> names;
  const auto add = [&](const char* pattern) {
    const std::regex regex(pattern, std::regex::multiline);
    for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at)
      names.insert((*at)[1]);
  };
  add("^  %([^ ,]+)(?:, %[^ ,]+)* +=");
  add("[(, ]%([^ ,:]+): [a-z]+[0-9]*\\[");
  add("^ *kernel ([^ ]+) ");
  add("^ *(?:input|param|state|output|constant|arena|local) +([^ ]+) +: ");
  return names;
}

bool tells(const std::string& text, const std::string& file) {
  return text.find("written at ") != std::string::npos ||
         text.find("made by the rule ") != std::string::npos ||
         text.find(file + ":") != std::string::npos;
}

struct Case {
  std::string name, model, function;
};
void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

class EveryDump : public testing::TestWithParam<Case> {};

TEST_P(EveryDump, LeadsToTheModel) {
  const Case& each = GetParam();
  Sources sources;
  auto source = Source::load(each.model, sources);
  ASSERT_TRUE(std::holds_alternative<Source>(source));
  auto graph = std::get<Source>(source).build(each.function, {});
  ASSERT_TRUE(std::holds_alternative<Graph>(graph));
  const Graph* last = nullptr;
  int asked = 0;
  const auto look = [&](std::string_view step, const Graph* at, const KernelProgram* program) {
    if (at) last = at;
    const Explanation function(*last);
    for (const std::string& name : names_in(at ? print_graph(*at) : print_program(*program))) {
      ++asked;
      std::string text;
      if (program) text = ProgramExplanation(*program, &function).text(name);
      if (at)
        for (const ValueIn& found : function.find(name)) text += function.text(found);
      EXPECT_TRUE(tells(text, each.model)) << name << " after " << step << "\n" << text;
    }
  };
  const auto made = run_pipeline(std::move(std::get<Graph>(graph)), {.after_step = look});
  ASSERT_TRUE(made);
  EXPECT_GT(asked, 50);
}

const std::string graphs = NNC_SOURCE "/examples/";
INSTANTIATE_TEST_SUITE_P(Explain, EveryDump,
                         testing::Values(Case{"scan", models + "scan.json", "second"},
                                         Case{"while", models + "while.json", "second"},
                                         Case{"cond", models + "cond.json", "second"},
                                         Case{"sort", models + "sort.json", "first"},
                                         Case{"digits", graphs + "digits/digits_mlp.json", "train"},
                                         Case{"churn", graphs + "churn/churn.json", "step"}),
                         [](const auto& info) { return info.param.name; });

TEST(Explain, ANodeInABodyIsFollowedOutOfIt) {
  expect_golden("cli/golden/explain.body.txt", explained(models + "scan.json", "d_t.1"));
  expect_golden("cli/golden/explain.carry.txt", explained(models + "scan.json", "cell/s"));
}

TEST(Explain, ALoopIsFollowedIntoItsBody) {
  const std::string stacked = explained(models + "scan.json", "gx.0", {"-f", "first"});
  EXPECT_NE(stacked.find("  stacks, for each step, %t = tanh %t.1  (scan.json:9:23"),
            std::string::npos)
      << stacked;
  const std::string counts = explained(models + "while.json", "g.1", {"-f", "first"});
  EXPECT_NE(counts.find("  counts the steps taken\n"), std::string::npos) << counts;
  const std::string branch = explained(models + "cond.json", "g", {"-f", "first"});
  EXPECT_NE(branch.find("  where the condition holds %d_x = mul"), std::string::npos) << branch;
}

TEST(Explain, AKernelListsItsNodesAndFollowsWhatItStores) {
  expect_golden("cli/golden/explain.kernel.txt", explained(models + "scan.json", "first_4"));
  expect_golden("cli/golden/explain.staged.txt",
                explained(NNC_SOURCE "/examples/digits/digits_mlp.json", "train_1"));
}

TEST(Explain, ABufferSaysWhoUsesIt) {
  expect_golden("cli/golden/explain.buffer.txt",
                explained(models + "scan.json", "scan.0.slice", {"-f", "first"}));
}

/// A rule that made a node from one that a rule made: down to what was written.
TEST(Explain, HigherOrdersAreFollowedThroughEveryRule) {
  const std::string text = explained(models + "scan.json", "d_d_t", {"-f", "second"});
  EXPECT_NE(text.find("made by the rule `mul` from %d_t.1  (for scan.json:5:15)\n"
                      "  which was made by the rule `tanh` from %t = tanh(w*s + x)  "
                      "(scan.json:9:23)\n"),
            std::string::npos)
      << text;
}

/// What a later step has taken away is found where it was last.
/// What is differentiated for a variable on the way is taken apart; how it is stays.
TEST(Explain, ForwardModeIsForwardModeBesideAGradientOfAnIntermediate) {
  const Outcome t = nnc({"explain", "-", "t"}, R"json({ "nnc": 1,
    "inputs": { "w": "f64[]", "v": "f64[]" },
    "nodes": [ "p = sigmoid(w)", "loss = log(p)", "t = jvp(loss, w, v)", "g = grad(loss, p)" ],
    "functions": { "f": { "in": ["w", "v"], "out": ["t", "g"] } } })json");
  EXPECT_EQ(t.code, 0) << t.err;
  EXPECT_NE(t.out.find(", order 1, forward mode\n"), std::string::npos) << t.out;
}

TEST(Explain, EarlierStepsAreLookedThrough) {
  const Outcome gone = nnc_on_churn({"explain", "churn.json", "p.1"});
  EXPECT_EQ(gone.code, 0) << gone.err;
  EXPECT_NE(gone.out.find("last seen after inline: later texts have no such name\n"),
            std::string::npos)
      << gone.out;
  const Outcome wrong = nnc_on_churn({"explain", "churn.json", "p.1", "--after", "simplify.3"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("error[E0312]"), std::string::npos) << wrong.err;
  const Outcome step = nnc_on_churn({"explain", "churn.json", "p.1", "--after", "inlin"});
  EXPECT_EQ(step.code, 2);
  EXPECT_EQ(step.err, "nnc: no step 'inlin'\n  help: did you mean 'inline'?\n");
}

/// Names of kernels are suggested as those of nodes are.
TEST(Explain, NearKernelNames) {
  const Outcome near = nnc_on_churn({"explain", "churn.json", "steep_1"});
  EXPECT_EQ(near.code, 1);
  EXPECT_NE(near.err.find("did you mean 'step_1'?"), std::string::npos) << near.err;
}

/// Dumps are models as well.
TEST(Explain, OfADump) {
  const Folder folder;
  const Outcome opt = nnc_on_churn(
      {"opt", "churn.json", "--stop-after=plan", "--dump-dir", folder.path(), "-o", "-"});
  ASSERT_EQ(opt.code, 0) << opt.err;
  const std::string kernel = explained(folder / "step.14.plan.kernels", "step_0");
  EXPECT_EQ(kernel, "kernel step_0  row reduction\n  in program step\n"
                    "  reads x, y, w, b\n  stores p.6, loss.12, loss.14, d_p.6.3\n");
  const std::string node = explained(folder / "step.09.simplify.3.nnir", "d_p.6.3");
  EXPECT_NE(node.find("written at step.09.simplify.3.nnir:"), std::string::npos) << node;
}

} // namespace
} // namespace nnc::cli_test
