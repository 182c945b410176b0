// nnc check: derivatives in every mode, each told of as it was asked for, at points that are drawn
// or given.
#include "testing/process.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

namespace nnc::cli_test {
namespace {

constexpr const char* every_mode = R"json({ "nnc": 1,
  "inputs": { "x": "f64[3]", "v": "f64[3]", "rows": "f64[4,3]", "w": "f64[3]" },
  "nodes": [
    "y = sin(x)*x", "s = sum(y*y)*x[0] + sum(w*x)",
    "g = grad(s, x)", "j = jacobian(y, x)", "hxx, hxw, hwx, hww = hessian(s, [x, w])",
    "l = laplacian(s, x)", "t = jvp(y, x, v)", "hv = hvp(s, x, v)", "third = jacobian(hv, x)",
    { "out": "per_row", "op": "vmap", "function": "curvature", "in": ["rows"] } ],
  "functions": {
    "curvature": { "inputs": { "q": "f64[3]" }, "nodes": ["r = laplacian(sum(q*q*q), q)"],
                   "out": ["r"] },
    "all": { "in": ["x", "v", "rows", "w"],
             "out": ["g", "j", "hxx", "hxw", "hwx", "hww", "l", "t", "hv", "third", "per_row"] } }
})json";

TEST(Check, EveryModeIsOneRowWithItsOrder) {
  const Outcome check = nnc({"check", "-"}, every_mode);
  EXPECT_EQ(check.code, 0) << check.out << check.err;
  std::map<std::string, int> orders;
  std::istringstream lines(check.out);
  std::string line;
  std::getline(lines, line); // headings
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string name;
    int order = 0;
    if (!(words >> name >> order)) continue; // the last line
    EXPECT_TRUE(orders.emplace(name, order).second) << line;
  }
  const std::map<std::string, int> first = {{"g", 1}, {"j", 1}, {"t", 1}};
  for (const auto& [name, order] : first) EXPECT_EQ(orders[name], order) << check.out;
  for (const char* name : {"hxx", "hxw", "hwx", "hww", "l", "hv"})
    EXPECT_EQ(orders[name], 2) << name << "\n" << check.out;
  EXPECT_EQ(orders["third"], 3) << check.out;
}

// The back end changes who computes the derivatives, and neither their rows nor that they agree.
TEST(Check, DerivativesAreTheSameThroughEmittedSource) {
  const auto names = [](const std::string& text) {
    std::istringstream lines(text);
    std::string found;
    for (std::string line; std::getline(lines, line);)
      found += line.substr(0, line.find(' ')) + " ";
    return found;
  };
  const Outcome want = nnc({"check", "-"}, every_mode);
  for (const std::string backend : {"cpu", "c", "cuda-host"}) {
    const Outcome check = nnc({"check", "-", "--backend", backend}, every_mode);
    EXPECT_EQ(check.code, 0) << backend << check.out << check.err;
    EXPECT_EQ(names(check.out), names(want.out)) << backend;
    const Outcome other = nnc({"check", "-", "--nan", "--backend", backend}, every_mode);
    EXPECT_EQ(other.code, 2);
    EXPECT_EQ(other.err, "nnc: check: --backend is about derivatives, not --nan or --precision\n"
                         "  help: these two look at every value of the interpreter\n");
  }
}

TEST(Check, TheWorstOfAllPointsIsShown) {
  const Outcome one = nnc({"check", "smooth.json", "--seed", "20"});
  const Outcome many = nnc({"check", "smooth.json", "--points", "9"});
  EXPECT_EQ(many.code, 0) << many.out << many.err;
  EXPECT_NE(many.out.find("\n1 derivative agrees (worst of 9 points; "), std::string::npos)
      << many.out;
  EXPECT_NE(many.out.find(", seed "), std::string::npos) << many.out;
  const auto differences = [](const std::string& text) {
    std::istringstream words(text.substr(text.find("gw")));
    std::string name;
    double order = 0, duals = 0, found = 0;
    words >> name >> order >> duals >> found;
    return found;
  };
  // The point of seed 20 is the fifth of the nine.
  EXPECT_GE(differences(many.out), differences(one.out)) << many.out << one.out;
  EXPECT_EQ(nnc({"check", "smooth.json", "--points", "0"}).code, 2);
}

/// Roots and jumps where rules and dual numbers have 0 * inf: no rule is to blame for that.
TEST(Check, PointsWithoutADerivativeAreSaidToBeThat) {
  const auto model = [](const std::string& y) {
    return R"json({ "nnc": 1, "inputs": { "x": "f64[3]" }, "nodes": ["y = sum()json" + y +
           R"json()", "g = grad(y, x)"] })json";
  };
  const auto at_zero = [&](const std::string& y) {
    return nnc({"check", "-", "--input", "x=3xf64=0 0.5 0.25"}, model(y));
  };
  for (const std::string y :
       {"sqrt(abs(x))*floor(x)", "abs(x)**0.3", "sqrt(x*x*x)", "log(1+sqrt(x))"}) {
    const Outcome check = at_zero(y);
    EXPECT_EQ(check.code, 0) << y << check.out << check.err;
    EXPECT_NE(check.out.find("x[0]  NOT DIFFERENTIABLE THERE"), std::string::npos)
        << y << check.out;
    EXPECT_EQ(check.out.find("the rule of"), std::string::npos) << check.out;
  }
  const Outcome zero = at_zero("sqrt(abs(x))*x"); // has a derivative, which rules make 0 * inf
  EXPECT_EQ(zero.code, 3) << zero.out;
  EXPECT_NE(zero.out.find("\ng[0] is "), std::string::npos) << zero.out;
  // Rougher than the steps of differences: rules and dual numbers are right, differences anything.
  const Outcome rough = nnc({"check", "-"}, model("sin(x*1e9)"));
  EXPECT_EQ(rough.code, 0) << rough.out;
  EXPECT_NE(rough.out.find("NOT DIFFERENTIABLE THERE"), std::string::npos) << rough.out;
  // Where all is smooth, what is no number beside an element says nothing of the others.
  const Outcome drawn = nnc({"check", "-"}, model("sqrt(abs(x))*floor(x)"));
  EXPECT_EQ(drawn.code, 0) << drawn.out;
  EXPECT_EQ(drawn.out.find("NOT DIFFERENTIABLE"), std::string::npos) << drawn.out;
}

/// Flat where inputs are drawn, a fine staircase far away from there.
constexpr const char* far_stairs = R"json({ "nnc": 1, "inputs": { "x": "f32[2]" },
  "nodes": [ "loss = sum(where(x > 100, floor(x*1e9)*1e-9, 0*x))", "g = grad(loss, x)" ] })json";

TEST(Check, GivenInputsAreThePoint) {
  EXPECT_EQ(nnc({"check", "-", "--points", "3"}, far_stairs).code, 0);
  const Outcome given = nnc({"check", "-", "--input", "x=2xf32=200 0"}, far_stairs);
  EXPECT_EQ(given.code, 3) << given.out << given.err;
  EXPECT_NE(given.out.find("\ng[0] is 0 by the rules, 0 by dual numbers, 1 by differences"),
            std::string::npos)
      << given.out;
  EXPECT_NE(given.out.find("the function jumps or bends here"), std::string::npos) << given.out;
  EXPECT_EQ(nnc({"check", "-", "--input", "z=2xf32=200 0"}, far_stairs).code, 1);
  const Outcome whole = nnc({"check", "-", "--input", "x=2xi32=200 0"}, far_stairs);
  EXPECT_NE(whole.err.find("error[E0615]"), std::string::npos) << whole.err;
  EXPECT_EQ(nnc({"check", "-", "--cast", "--input", "x=2xi32=200 0"}, far_stairs).code, 3);
}

TEST(Check, APointAtAKinkIsMovedOffIt) {
  const Outcome kink = nnc({"check", "-", "--input", "x=3xf32=0 0 0"}, R"json({ "nnc": 1,
    "inputs": { "x": "f32[3]" },
    "nodes": [ "loss = sum(relu(x) + abs(x))", "g = grad(loss, x)" ] })json");
  EXPECT_EQ(kink.code, 0) << kink.out << kink.err;
}

/// A gradient by hand with a wrong sign in one of its terms, and what is made of it by `grad`.
std::string by_hand(const std::string& sign) {
  return R"json({ "nnc": 1, "inputs": { "x": "f32[4,3]", "v": "f32[3]" },
  "params": { "w": { "type": "f32[3]", "init": 0.5 } },
  "nodes": [ "h = tanh(x @ w)", "loss = sum(h*h) + sum(w**4)",
    "slope = 2*h*(1 - h*h)", "g = x.T @ slope )json" +
         sign + R"json( 4*w**3", "along = grad(sum(g*v), w)",
    "curve = x.T @ ((2 - 6*h*h)*(1 - h*h) * (x @ v)) + 12*w*w*v",
    "n = cast(g, to=\"i32\")" ] })json";
}

TEST(Check, GradientsByHandAreHeldAgainstWhatTheyAreSaidToBe) {
  const std::vector<std::string> claims = {"check",     "-",
                                           "--points",  "3",
                                           "--by-hand", "g = grad(loss, w)",
                                           "--by-hand", "along = hvp(loss, w, v)",
                                           "--by-hand", "curve = hvp(loss, w, v)"};
  const Outcome right = nnc(claims, by_hand("+"));
  EXPECT_EQ(right.code, 0) << right.out << right.err;
  EXPECT_EQ(right.out.find("DIFFERS"), std::string::npos) << right.out;
  EXPECT_NE(right.out.find("\ncurve    hvp(loss, w, v)  "), std::string::npos) << right.out;

  const Outcome wrong = nnc(claims, by_hand("-"));
  EXPECT_EQ(wrong.code, 3) << wrong.out << wrong.err;
  std::map<std::string, bool> differs;
  std::istringstream lines(wrong.out.substr(wrong.out.find("\nby hand")));
  for (std::string line; std::getline(lines, line);)
    for (const std::string name : {"g ", "along ", "curve "})
      if (line.starts_with(name)) differs[name] = line.ends_with("DIFFERS");
  EXPECT_EQ(differs,
            (std::map<std::string, bool>{{"g ", true}, {"along ", true}, {"curve ", false}}))
      << wrong.out;
  for (const std::string part :
       {" by hand, grad(loss, w) is ", "\n%g  f64[3]  = sub ", "made by the rule `"})
    EXPECT_NE(wrong.out.find(part), std::string::npos) << part << "\n" << wrong.out;
}

TEST(Check, AGradientByHandThatIsAMultipleIsToldOfAsThat) {
  const Outcome check = nnc({"check", "-", "--by-hand", "g = grad(loss, w)"}, R"json({ "nnc": 1,
    "params": { "w": { "type": "f64[3]", "init": "normal" } },
    "nodes": [ "loss = sum(w*w)", "g = -w" ] })json");
  EXPECT_EQ(check.code, 3) << check.out << check.err;
  EXPECT_NE(check.out.find("\nall of g is -0.5 times what it should be\n"), std::string::npos)
      << check.out;
}

/// What is left of terms that cancel is rounding: of a loss that does not change, and where
/// training has come to its end.
TEST(Check, RoundingIsNoDifferenceWhereAGradientVanishes) {
  const Outcome constant = nnc({"check", "-", "--points", "3", "--by-hand", "g = grad(loss, w)"},
                               R"json({ "nnc": 1,
    "params": { "w": { "type": "f64[5]", "init": "normal" } },
    "nodes": [ "p = softmax(w)", "loss = sum(p)", "g = p*(3 - 3*sum(p)) + (w + 0.1 - w - 0.1)" ]
    })json");
  EXPECT_EQ(constant.code, 0) << constant.out << constant.err;
  // Least squares at their solution, with a gradient that multiplies out what the rule does not.
  const Outcome trained =
      nnc({"check", "-", "--by-hand", "g = grad(loss, w)", "--input", "w=2xf64=0.37 0.71"},
          R"json({ "nnc": 1,
    "inputs": { "w": "f64[2]" },
    "constants": { "x": { "type": "f64[3,2]", "value": [[1.1, 0.1], [0.7, 0.2], [1.3, 0.77]] },
                   "found": { "type": "f64[2]", "value": [0.37, 0.71] } },
    "nodes": [ "y = x @ found", "r = x @ w - y", "loss = sum(r*r)",
      "g = 2*(x.T @ x @ w) - 2*(x.T @ y)" ] })json");
  EXPECT_EQ(trained.code, 0) << trained.out << trained.err;
  // A wrong gradient is found there all the same.
  const Outcome wrong = nnc({"check", "-", "--by-hand", "g = grad(loss, w)"}, R"json({ "nnc": 1,
    "params": { "w": { "type": "f64[5]", "init": "normal" } },
    "nodes": [ "p = softmax(w)", "loss = sum(p)", "g = 1e-12*p" ] })json");
  EXPECT_EQ(wrong.code, 3) << wrong.out << wrong.err;
}

/// Laplacians are sums over seeds of derivatives of derivatives.
TEST(Check, ALaplacianByHand) {
  const auto model = [](const std::string& factor) {
    return R"json({ "nnc": 1, "inputs": { "x": "f64[3]", "v": "f64[3]" },
    "nodes": [ "s = sum(x*x*x)", "l = )json" +
           factor + R"json(*sum(x)", "t = 3*sum(x*x*v)" ] })json";
  };
  const std::vector<std::string> claims = {
      "check", "-", "--by-hand", "l = laplacian(s, x)", "--by-hand", "t = jvp(s, x, v)"};
  const Outcome right = nnc(claims, model("6"));
  EXPECT_EQ(right.code, 0) << right.out << right.err;
  EXPECT_EQ(nnc(claims, model("5")).code, 3);
}

TEST(Check, WhatAGradientByHandIsHeldAgainstIsCheckedBesideTheFunctionAskedFor) {
  const Outcome check =
      nnc({"check", "-", "-f", "along", "--by-hand", "g = grad(loss, w)"}, by_hand("+"));
  EXPECT_EQ(check.code, 0) << check.out << check.err;
  EXPECT_NE(check.out.find("\n2 derivatives agree"), std::string::npos) << check.out;
  EXPECT_NE(check.out.find("\ng.derivative "), std::string::npos) << check.out;
}

TEST(Check, WhatIsSaidOfAGradientByHandHasToFitTheModel) {
  const auto error = [](const std::string& claim) {
    const Outcome check = nnc({"check", "-", "--by-hand", claim}, by_hand("+"));
    EXPECT_EQ(check.code, 1) << claim << check.out;
    return check.err;
  };
  EXPECT_NE(error("g").find("--by-hand:1:"), std::string::npos);
  EXPECT_TRUE(error("g = grad(loss, w")
                  .starts_with("--by-hand:1:17: error[E0110]: expected ')', found the end\n    1 | "
                               "g = grad(loss, w\n"))
      << error("g = grad(loss, w");
  EXPECT_NE(error("g = w").find("error[E0309]"), std::string::npos);
  EXPECT_NE(error("gg = grad(loss, w)").find("did you mean 'g'?"), std::string::npos);
  EXPECT_NE(error("g = grad(loss, u)").find("E0301"), std::string::npos);
  EXPECT_NE(error("slope = grad(loss, w)").find("'slope' is f64[4], grad(loss, w) is f64[3]"),
            std::string::npos);
  const std::string whole = error("n = cast(grad(loss, w), to=\"i32\")");
  EXPECT_NE(whole.find("'n' is i32[3], cast(grad(loss, w), to=\"i32\") is i32[3]: derivatives "
                       "are floats"),
            std::string::npos)
      << whole;
  EXPECT_NE(whole.find("<stdin>:"), std::string::npos) << whole;
  EXPECT_NE(whole.find("help: compare the derivative before it is cast to i32"), std::string::npos)
      << whole;
  EXPECT_EQ(nnc({"check", "-", "--nan", "--by-hand", "g = grad(loss, w)"}, by_hand("+")).code, 2);
}

TEST(Check, OutsideItsDomainAFunctionHasNoDifferences) {
  const Outcome outside = nnc({"check", "log.json", "--input", "x=3xf32=-1 1 1"});
  EXPECT_EQ(outside.code, 0) << outside.out << outside.err;
  EXPECT_NE(outside.out.find("NOT FINITE THERE (--nan)"), std::string::npos) << outside.out;
  // Nowhere to compare is not the same as equal.
  const Outcome nowhere = nnc({"check", "-", "--input", "a=f32=-1"}, R"json({ "nnc": 1,
    "inputs": { "a": "f32[]" }, "nodes": [ "y = log(a)", "g = grad(y, a)" ] })json");
  EXPECT_EQ(nowhere.code, 0) << nowhere.out << nowhere.err;
  EXPECT_NE(nowhere.out.find("\n1 of 1 derivative could not be compared: give a point"),
            std::string::npos)
      << nowhere.out;
}

} // namespace
} // namespace nnc::cli_test
