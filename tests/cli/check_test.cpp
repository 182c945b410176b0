// nnc check: derivatives in every mode, each told of as it was asked for.
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

} // namespace
} // namespace nnc::cli_test
