// Derivatives as formulas: each is what a textbook would print for the model.
#include "dumps/tool.h"

#include "testing/golden.h"

#include <gtest/gtest.h>

#include <sstream>

namespace nnc::dumps_test {
namespace {

struct Case {
  std::string text, model, of, wrt;
  int order = 1;
};

const std::vector<Case> cases = {
    {"mlp", "mlp", "loss", "w1,b1,w2,b2"},
    {"conv", "conv", "loss", "k,c,w,b"},
    {"layer_norm", "layer_norm", "loss", "x,g,b"},
    {"embedding", "embedding", "loss", "table,w"},
    {"attention", "attention", "loss", "q,k,v"},
    {"cross_entropy", "cross_entropy", "loss", "z"},
    {"cross_entropy.linear", "cross_entropy", "l", "w,b"},
    {"cross_entropy.by_hand", "cross_entropy", "h", "w,b"},
    {"cross_entropy.hessian", "cross_entropy", "h", "w,b", 2},
    {"tanh_exp.1", "tanh_exp", "f", "x", 1},
    {"tanh_exp.2", "tanh_exp", "f", "x", 2},
    {"tanh_exp.3", "tanh_exp", "f", "x", 3},
    {"silu.1", "activations", "s", "x", 1},
    {"silu.2", "activations", "s", "x", 2},
    {"gelu.1", "activations", "g", "x", 1},
    {"mish.1", "activations", "m", "x", 1},
    {"triangle.lower", "triangles", "lower", "w,u"},
    {"triangle.upper", "triangles", "upper", "w,u"},
    {"triangle.below", "triangles", "below", "w,x"},
    {"power.4", "polynomial", "f", "x", 4},
    {"power.8", "polynomial", "f", "x", 8},
    {"product.2", "polynomial", "g", "x", 2},
    {"polynomial.1", "polynomial", "h", "x", 1},
    {"polynomial.8", "polynomial", "h", "x", 8},
    {"hvp", "hvp", "s", "w"},
    {"norm.1", "norm", "n", "x", 1},
    {"norm.2", "norm", "n", "x", 2},
    {"logsumexp", "logsumexp", "n", "x"},
    {"logsumexp.2", "logsumexp", "n", "x", 2},
    {"logsumexp.rows", "logsumexp", "r", "m"},
    {"logsumexp.by_hand", "logsumexp", "e", "x"},
    {"log_softmax", "logsumexp", "l", "x"},
    {"softmax", "logsumexp", "p", "m"},
    {"axes", "axes", "s", "d,c"},
    {"pairs.energy", "pairs", "energy", "p"},
    {"pairs.spring", "pairs", "spring", "p"},
    {"recurrence", "recurrence", "loss", "w,u,b,h0"},
    {"recurrence.while.1", "recurrence", "root", "a", 1},
    {"recurrence.while.2", "recurrence", "root", "a", 2},
    {"recurrence.cond", "recurrence", "side", "a"},
    {"lstm", "lstm", "loss", "w,u"},
};

TEST(Formula, OfDerivatives) {
  for (const Case& each : cases) {
    const std::string text = printed(
        "tests/dumps/math", {"grad", each.model + ".json", "--of", each.of, "--wrt", each.wrt,
                             "--order", std::to_string(each.order), "--emit=math"});
    expect_golden("golden/math/" + each.text + ".txt", text);
  }
}

/// For a reader with 80 columns.
TEST(Formula, LinesFit) {
  for (const Case& each : cases) {
    std::istringstream lines(golden_file("golden/math/" + each.text + ".txt"));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  }
}

} // namespace
} // namespace nnc::dumps_test
