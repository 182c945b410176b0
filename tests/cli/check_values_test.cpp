// nnc check --nan and --precision: which node is named, with which numbers, and when all is well.
#include "testing/process.h"

#include <gtest/gtest.h>

namespace nnc::cli_test {
namespace {

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(CheckNan, TheFirstNodesAreNamedWithTheirOperands) {
  const Outcome zero =
      nnc({"check", "log.json", "--nan", "--input", "x=3xf32=1 0 2", "--input", "y=3xf32=1 0 1"});
  EXPECT_EQ(zero.code, 3) << zero.err;
  expect_golden("cli/golden/check.nan.txt", zero.out);
}

TEST(CheckNan, AllFiniteIsOneLine) {
  const Outcome fine = nnc({"check", "log.json", "--nan", "--input", "x=3xf32=1 3 2"});
  EXPECT_EQ(fine.code, 0) << fine.err;
  EXPECT_EQ(fine.out, "no NaN and no infinity (6 values of 1 function with all derivatives, at the "
                      "point of --seed 0)\n");
  const Outcome many = nnc({"check", "smooth.json", "--nan", "--points", "3"});
  EXPECT_EQ(many.code, 0) << many.err;
  EXPECT_TRUE(has(many.out, "2 functions with all derivatives, at 3 points)\n")) << many.out;
}

TEST(CheckNan, RandomPointsAreSearchedUntilOneIsBad) {
  // sqrt of what is negative nearly nowhere.
  const Outcome rare = nnc({"check", "-", "--nan", "--points", "40"}, R"json({ "nnc": 1,
    "inputs": { "x": "f32[]" }, "nodes": [ "y = sqrt(x + 0.9)" ],
    "functions": { "f": { "in": ["x"], "out": ["y"] } } })json");
  EXPECT_EQ(rare.code, 3) << rare.out;
  EXPECT_TRUE(has(rare.out, "@f makes a NaN: %y = nan from %y.0 = -0.0")) << rare.out;
  EXPECT_TRUE(has(rare.out, "\nat the point of --seed ")) << rare.out;
}

TEST(CheckNan, WhatIsGivenOrWrittenIsNamed) {
  const Outcome given = nnc({"check", "log.json", "--nan", "--input", "x=3xf32=1 nan 2"});
  EXPECT_EQ(given.code, 3);
  EXPECT_TRUE(given.out.starts_with("@f is given a NaN: %x[1] = nan\n")) << given.out;
  const Outcome written = nnc({"check", "-", "--nan"}, R"json({ "nnc": 1,
    "inputs": { "x": "f32[2]" }, "nodes": [ "y = x + log(x*0)*0" ],
    "functions": { "f": { "in": ["x"], "out": ["y"] } } })json");
  EXPECT_EQ(written.code, 3);
  EXPECT_TRUE(has(written.out, " written in it: ") && has(written.out, " as log(x*0)*0\n"))
      << written.out;
}

TEST(CheckNan, ParamsOfAFileAreLookedAt) {
  const Folder folder;
  const std::string path = folder / "w.safetensors";
  const std::string model = R"json({ "nnc": 1, "inputs": { "x": "f32[2]" },
    "params": { "w": { "type": "f32[2]", "init": 1 } }, "nodes": [ "y = x / w", "u = w * 0" ],
    "functions": { "f": { "in": ["x"], "out": ["y"] },
                   "zero": { "in": [], "out": ["u"], "update": { "w": "u" } } } })json";
  EXPECT_EQ(nnc({"check", "-", "--nan"}, model).code, 0);
  ASSERT_EQ(nnc({"run", "-", "-f", "zero", "--save-params", path}, model).code, 0);
  const Outcome zero = nnc({"check", "-", "--nan", "-f", "f", "--params", path}, model);
  EXPECT_EQ(zero.code, 3) << zero.err;
  EXPECT_TRUE(has(zero.out, "@f makes an infinity: %y[0] = inf from %x[0] = ")) << zero.out;
  EXPECT_TRUE(has(zero.out, ", %w[0] = 0\n")) << zero.out;
}

/// A mask of -inf is what its author wants; nothing but numbers comes of it.
TEST(CheckNan, InfinitiesThatAreWrittenAreNoFault) {
  const Outcome mask = nnc({"check", "-", "--nan"}, R"json({ "nnc": 1,
    "inputs": { "x": "f32[2,4]" },
    "constants": { "m": { "type": "f32[4]", "value": [0, "-inf", 0, "-inf"] } },
    "nodes": [ "e = exp(x + m)", "s = sum(e)", "g = grad(s, x)" ],
    "functions": { "f": { "in": ["x"], "out": ["s", "g"] } } })json");
  EXPECT_EQ(mask.code, 0) << mask.out << mask.err;
}

TEST(CheckNan, ADeadBranchIsToldFromAWrongResult) {
  const Outcome dead = nnc({"check", "-", "--nan", "--input", "x=2xf32=0 1"}, R"json({ "nnc": 1,
    "inputs": { "x": "f32[2]" }, "nodes": [ "y = where(x > 0, log(x), 0)" ],
    "functions": { "f": { "in": ["x"], "out": ["y"] } } })json");
  EXPECT_EQ(dead.code, 3) << dead.err;
  EXPECT_TRUE(has(dead.out, "@f makes an infinity: ")) << dead.out;
  EXPECT_TRUE(dead.out.ends_with("\nall results are finite even so\n")) << dead.out;
}

/// The first NaN of the function is thrown away; the one in the result was made of an infinity.
TEST(CheckNan, WhatIsThrownAwayIsNotNamedForWhatSpoilsAResult) {
  const Outcome spoilt = nnc({"check", "-", "--nan", "--input", "x=2xf32=-1 3"}, R"json({ "nnc": 1,
    "inputs": { "x": "f32[2]" },
    "nodes": [ "safe = where(x > 0, log(x), 0)", "e = exp(x*100)", "y = sum(safe) + sum(sin(e))" ],
    "functions": { "f": { "in": ["x"], "out": ["y"] } } })json");
  EXPECT_EQ(spoilt.code, 3) << spoilt.err;
  EXPECT_FALSE(has(spoilt.out, "log")) << spoilt.out;
  EXPECT_TRUE(spoilt.out.starts_with("@f makes an infinity: %e[1] = inf from ")) << spoilt.out;
  EXPECT_TRUE(has(spoilt.out, "@f makes a NaN: ") && has(spoilt.out, " from %e[1] = inf\n"))
      << spoilt.out;
  EXPECT_TRUE(spoilt.out.ends_with("\nresults that are not finite: y\n")) << spoilt.out;
}

TEST(CheckPrecision, ACancellationIsNamed) {
  const Outcome lost = nnc({"check", "cancel.json", "--precision"});
  EXPECT_EQ(lost.code, 3) << lost.err;
  expect_golden("cli/golden/check.precision.txt", lost.out);
}

/// 1 - p loses the digits of one element; log is where the tensor shows it.
TEST(CheckPrecision, LostDigitsAreTracedToTheirElement) {
  const Outcome lost = nnc({"check", "-", "--precision", "--input", "x=4xf32=0.5 0.9999 0.2 0.3"},
                           R"json({ "nnc": 1, "inputs": { "x": "f32[4]" },
    "nodes": [ "p = 1 - x*x", "q = sin(p)", "loss = sum(log(q))", "gx = grad(loss, x)" ],
    "functions": { "f": { "in": ["x"], "out": ["loss", "gx"] } } })json");
  EXPECT_EQ(lost.code, 3) << lost.out << lost.err;
  EXPECT_TRUE(has(lost.out, "first lost by %p[1] = 0.000200033188, in f64 0.000200023185 from 1.0, "
                            "%p.0[1] = 0.999799967\n"))
      << lost.out;
  EXPECT_TRUE(has(lost.out, " as 1 - x*x\n")) << lost.out;
  const std::string table = lost.out.substr(0, lost.out.find("first lost"));
  EXPECT_EQ(line_count(table), 2) << "log and sin hand on what was lost before: " << lost.out;
}

TEST(CheckPrecision, HealthyModelsAreOneLine) {
  for (const std::string model : {"churn.json", "smooth.json"}) {
    const Words words = {"check", model, "--precision"};
    const Outcome fine = model == "churn.json" ? nnc_on_churn(words) : nnc(words);
    EXPECT_EQ(fine.code, 0) << fine.out << fine.err;
    EXPECT_TRUE(fine.out.starts_with("no node loses a third of its digits (")) << fine.out;
    EXPECT_EQ(line_count(fine.out), 1);
  }
}

TEST(CheckPrecision, OfWhatIsNotFiniteNoDigitsAreTold) {
  const Outcome check = nnc({"check", "-", "-f", "y", "--precision", "--input", "x=2xf32=-1 1"},
                            R"json({ "nnc": 1, "inputs": { "x": "f32[2]" },
                                     "nodes": [ "y = sum(log(x))" ] })json");
  EXPECT_EQ(check.code, 0) << check.out << check.err;
  EXPECT_NE(check.out.find("\nnot finite, so that digits say nothing of them: y (--nan)\n"),
            std::string::npos)
      << check.out;
}

TEST(CheckPrecision, WhatIsInF64HasNothingBesideIt) {
  const Outcome wide = nnc({"check", "-", "--precision"}, R"json({ "nnc": 1,
    "inputs": { "x": "f64[2]" }, "nodes": [ "y = sin(x)" ],
    "functions": { "f": { "in": ["x"], "out": ["y"] } } })json");
  EXPECT_EQ(wide.code, 0);
  EXPECT_EQ(wide.out, "nothing to compare with f64: all floats are f64\n");
}

TEST(CheckPrecision, WhatNarrowerTypesLoseIsCountedInTheirDigits) {
  const Outcome half = nnc({"check", "-", "--precision", "--input", "x=2xf16=1.1 1.6"},
                           R"json({ "nnc": 1, "inputs": { "x": "f16[2]" },
    "nodes": [ "big = x + 1000", "y = cast(big*0.5 - 500, to=\"f32\") / 3" ],
    "functions": { "f": { "in": ["x"], "out": ["y"] } } })json");
  EXPECT_EQ(half.code, 3) << half.out << half.err;
  EXPECT_TRUE(has(half.out, " as big*0.5 - 500\n")) << half.out;
}

TEST(CheckValues, TwoQuestionsAreNotAskedAtOnce) {
  const Outcome both = nnc({"check", "log.json", "--nan", "--precision"});
  EXPECT_EQ(both.code, 2);
  EXPECT_EQ(both.err, "nnc: check: --nan and --precision are two questions\n"
                      "  help: ask one at a time\n");
}

} // namespace
} // namespace nnc::cli_test
