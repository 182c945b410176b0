// nnc opt, grad and explain: texts that are compared with files, and that are read again.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

namespace nnc::cli_test {
namespace {

std::string out_of(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return outcome.out;
}
std::string out_of(std::vector<std::string> words) { return out_of(nnc(std::move(words))); }

TEST(Opt, StepsAreListed) {
  EXPECT_EQ(out_of({"--list-passes"}), out_of({"opt", "--list-passes"}));
  EXPECT_TRUE(out_of({"opt", "--list-passes"}).starts_with("inline\nstabilize\n"));
}

/// The JSON of the last graph is a model that gives the same numbers.
TEST(Opt, JsonRunsAgain) {
  const std::vector<std::string> words = {"run", "-", "--random-inputs", "--seed", "3"};
  const Outcome expected = nnc(words, file_text(NNC_SOURCE "/examples/churn/churn.json"));
  const Outcome again = nnc(words, out_of(nnc_on_churn({"opt", "churn.json", "--emit=json"})));
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out, expected.out);
}

/// Their sizes differ, so each function is a model of its own.
TEST(Opt, SeveralFunctionsInJson) {
  const std::string digits = NNC_SOURCE "/examples/digits/digits_mlp.json";
  const std::string all = out_of({"opt", digits, "--emit=json"});
  std::size_t models = 0;
  for (std::size_t at = 0; (at = all.find("\"nnc\": 1", at)) != std::string::npos; ++at) ++models;
  EXPECT_EQ(models, 3u) << all.substr(0, 400);
  const Folder folder;
  EXPECT_EQ(out_of({"opt", digits, "--emit=json", "-o", folder / "models"}), "");
  for (const std::string function : {"predict", "evaluate", "train"})
    EXPECT_EQ(file_text(folder / "models/" + function + ".json"),
              out_of({"opt", digits, "-f", function, "--emit=json"}))
        << function;
}

TEST(Opt, PlansWithinTheMemoryGiven) {
  const Outcome little =
      nnc_on_churn({"opt", "churn.json", "--stop-after=plan", "--max-memory", "1K"});
  EXPECT_EQ(little.code, 1);
  EXPECT_NE(little.err.find("1024 bytes"), std::string::npos) << little.err;
  EXPECT_EQ(nnc_on_churn({"opt", "churn.json", "--stop-after=plan", "--max-memory", "1M"}).code, 0);
}

TEST(Opt, DumpsGoToStandardErrorAndFolders) {
  const Folder folder;
  const Outcome opt = nnc_on_churn({"opt", "churn.json", "--print-after=fold", "--time-passes",
                                    "--dump-dir", folder / "d", "-o", folder / "o.nnir"});
  EXPECT_EQ(opt.code, 0) << opt.err;
  EXPECT_EQ(opt.out, "");
  EXPECT_TRUE(opt.err.starts_with("// *** IR after fold, @step ***\n")) << opt.err;
  EXPECT_NE(opt.err.find("\ntotal "), std::string::npos) << opt.err;
  EXPECT_EQ(file_text(folder / "d/step.10.refine.nnir"), file_text(folder / "o.nnir"));
}

/// Steps that change nothing say so; the files of --dump-dir are whole, whatever they hold.
TEST(Opt, UnchangedStepsAreNotPrintedAgain) {
  const Folder folder;
  const Outcome opt = nnc_on_churn({"opt", "churn.json", "--stop-after=plan", "--print-after-all",
                                    "--dump-dir", folder / "d", "-o", folder / "last"});
  EXPECT_EQ(opt.code, 0) << opt.err;
  std::string wanted, last;
  int unchanged = 0;
  for (const std::string file :
       {"01.inline.nnir", "02.stabilize.nnir", "03.simplify.nnir", "04.differentiate.nnir",
        "05.simplify.2.nnir", "06.loops.nnir", "07.stabilize.2.nnir", "08.fold.nnir",
        "09.simplify.3.nnir", "10.refine.nnir", "11.fuse.kernels", "12.schedule.kernels",
        "13.lower.kernels", "14.plan.kernels"}) {
    const std::string text = file_text(folder / ("d/step." + file));
    ASSERT_NE(text, "") << file;
    const std::string step = file.substr(3, file.rfind('.') - 3);
    wanted += "// *** IR after " + step + ", @step ***\n";
    wanted += text == last ? "(unchanged)\n\n" : text + "\n";
    unchanged += text == last;
    last = text;
  }
  EXPECT_EQ(opt.err, wanted);
  EXPECT_GT(unchanged, 0);
  const Outcome one = nnc_on_churn({"opt", "churn.json", "--print-after=fold"});
  EXPECT_EQ(one.err.find("(unchanged)"), std::string::npos) << "asked for by name";
}

/// The picture in which back-propagation is taught: f = (x + y) z at -2, 5, -4.
TEST(Grad, DrawingWithValues) {
  const std::string model = R"({"nnc": 1, "inputs": {"x": "f64[]", "y": "f64[]", "z": "f64[]"},
    "nodes": ["q = x + y", "f = q*z"],
    "functions": {"main": {"in": ["x", "y", "z"], "out": ["f"]}}})";
  const Outcome made = nnc({"grad", "-", "--of", "f", "--wrt", "x,y,z", "--emit=dot", "--input",
                            "x=f64=-2", "--input", "y=f64=5", "--input", "z=f64=-4"},
                           model);
  EXPECT_EQ(made.code, 0) << made.err;
  expect_golden("cli/golden/backward.dot", made.out);
  const Outcome refused =
      nnc({"grad", "-", "--of", "f", "--wrt", "x", "--input", "x=f64=1"}, model);
  EXPECT_EQ(refused.code, 2);
}

TEST(Opt, Drawing) {
  const std::string dot = out_of(nnc_on_churn({"opt", "churn.json", "--emit=dot"}));
  expect_golden("cli/golden/churn.dot", dot);
}

TEST(Grad, OfALogisticRegressionIsFiniteFarOut) {
  for (const std::string model : {"churn.json", "sigmoid.json"}) {
    const Folder folder;
    const bool wide = model == "churn.json";
    const std::vector<std::string> words = {"grad",  model, "--of", "loss",
                                            "--wrt", "b",   "-o",   folder / "g.json"};
    EXPECT_EQ((wide ? nnc_on_churn(words) : nnc(words)).code, 0);
    std::string row = wide ? "1x20xf32=1e4" : "1x2xf32=1e4 0";
    for (int i = 1; wide && i < 20; ++i) row += " 0";
    const Outcome run = nnc(
        {"run", folder / "g.json", "-f", "grad", "--input", "x=" + row, "--input", "y=1xf32=1"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.out.find("nan"), std::string::npos) << run.out;
    EXPECT_EQ(run.out.find("inf"), std::string::npos) << run.out;
  }
}

/// d loss / d p at p = 1/2: -(y/p - (1-y)/(1-p))/n.
TEST(Grad, OfAnIntermediateKeepsItsMeaning) {
  EXPECT_EQ(out_of({"run", "sigmoid.json", "-f", "gp", "--input", "x=2x2xf32=1 2 3 4", "--input",
                    "y=2xf32=1 0"}),
            "gp=2xf32=-1 1\n");
}

TEST(Grad, SecondDerivativesOfVectors) {
  const Folder folder;
  const Outcome made =
      nnc({"grad", "-", "--of", "f", "--wrt", "x", "--order", "2", "-o", folder / "h.json"},
          R"({ "nnc": 1, "inputs": { "x": "f64[2]" },
                                "nodes": ["f = x[0]*x[0]*x[1]"] })");
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(out_of({"run", folder / "h.json", "--input", "x=2xf64=3 5"}),
            "f=f64=45\ngrad2.f.x.x=2x2xf64=10 6 6 0\n");
}

/// One node however many elements there are; the diagonal is 6 x.
TEST(Grad, SecondDerivativesOfLongVectors) {
  const std::string json = out_of(
      {"grad", "long_vector.json", "--of", "f", "--wrt", "x", "--order", "2", "--emit=json"});
  EXPECT_NE(json.find("\"`grad2.f.x.x` = jacobian(`grad.f.x`, x)\""), std::string::npos) << json;
  EXPECT_EQ(out_of({"grad", "long_vector.json", "--of", "f", "--wrt", "x", "--order", "2",
                    "--emit=math"}),
            "f = sum(x^3)\ngrad2.f.x.x = 6 I * x\n");
}

/// Any value of a text can be asked for by its name, as of a model, with the inputs it needs.
TEST(Grad, TheTextGivesEachDerivativeByItsName) {
  const Folder folder;
  const std::string text = folder / "g.nnir";
  out_of({"grad", "sigmoid.json", "--of", "loss", "--wrt", "w", "--size", "N=2", "-o", text});
  const std::vector<std::string> inputs = {"--input", "x=2x2xf32=1 2 3 4", "--input",
                                           "y=2xf32=1 0"};
  const auto run = [&](const std::string& function) {
    std::vector<std::string> words = {"run", text, "-f", function};
    words.insert(words.end(), inputs.begin(), inputs.end());
    return out_of(words);
  };
  const std::string all = run("grad");
  const std::size_t at = all.find("grad.loss.w=");
  ASSERT_NE(at, std::string::npos) << all;
  EXPECT_EQ(run("grad.loss.w"), all.substr(at));
  const Outcome none = nnc({"run", text, "-f", "grad.loss.v"});
  EXPECT_NE(none.err.find("error[E0312]: there is no function 'grad.loss.v'"), std::string::npos)
      << none.err;
}

TEST(Explain, AGradientNodeSaysWhatMadeIt) {
  expect_golden("cli/golden/explain.gw.txt", out_of(nnc_on_churn({"explain", "churn.json", "gw"})));
}

/// Forward mode is made by pulling back twice; it is of order 1 all the same, and says so.
TEST(Explain, ANodeOfForwardModeSaysSo) {
  const std::string model = R"json({ "nnc": 1, "inputs": { "x": "f64[3]", "v": "f64[3]" },
    "nodes": [ "y = sin(x * x)", "t = jvp(y, x, v)", "tt = jvp(t, x, v)" ],
    "functions": { "f": { "in": ["x", "v"], "out": ["t", "tt"] } } })json";
  const auto explained = [&](const std::string& node) {
    const Outcome outcome = nnc({"explain", "-", node}, model);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.out;
  };
  EXPECT_NE(explained("t").find(", order 1, forward mode\n  made by the rule `"), std::string::npos)
      << explained("t");
  EXPECT_NE(explained("tt").find(", order 2, forward mode\n"), std::string::npos)
      << explained("tt");
}

TEST(Inspect, FunctionsAndTheirCosts) {
  expect_golden("cli/golden/inspect.table.txt", out_of({"inspect", "table.json"}));
}

} // namespace
} // namespace nnc::cli_test
