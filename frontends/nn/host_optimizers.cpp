#include "frontends/nn/host_optimizers.h"

namespace nnc::nn {
namespace {

using K = AttrKind;

AttrDecl choice(std::string name, std::vector<std::string> choices, std::string doc) {
  return {.name = std::move(name),
          .kinds = {K::string},
          .fallback = choices[0],
          .doc = std::move(doc),
          .choices = choices};
}

AttrDecl gradient_norm() {
  return {.name = "gradient_norm",
          .kinds = {K::real},
          .fallback = 1e-8,
          .doc = "ends the run once the gradient of all params is no longer",
          .interval = Interval::not_negative};
}

AttrDecl memory() {
  return {.name = "memory",
          .kinds = {K::integer},
          .fallback = std::int64_t{10},
          .doc = "pairs s, y that are kept, 1000 at most",
          .interval = Interval::positive};
}

} // namespace

std::vector<Recipe> host_optimizers() {
  return {
      {"conjugate_gradient",
       {choice("method", {"nonlinear", "newton"},
               "directions from gradients, or from Hessian-vector products (hvp)"),
        choice("beta", {"polak_ribiere", "fletcher_reeves"}, "of the nonlinear method"),
        gradient_norm()},
       "conjugate gradients on all of the data: of nnc train, an epoch is one step; J. Nocedal and "
       "S. Wright 2006",
       "d = -g + beta*d; w += length*d, length by a line search for the strong Wolfe conditions; "
       "beta = max(0, g.(g - g0)/g0.g0), fletcher_reeves: g.g/g0.g0; newton: d solves hvp(d) = -g "
       "to a residual of min(1/2, sqrt(|g|))*|g|, length 1 or less after halving",
       R"("optimizer": { "kind": "conjugate_gradient", "method": "newton" })"},
      {"lbfgs",
       {memory(), gradient_norm()},
       "limited-memory BFGS on all of the data: of nnc train, an epoch is one step; D. Liu and J. "
       "Nocedal 1989",
       "d = -H*g, H the inverse Hessian that the pairs s = w - w0, y = g - g0 give by two loops; "
       "w += length*d, length by a line search for the strong Wolfe conditions",
       R"("optimizer": { "kind": "lbfgs", "memory": 20 })"}};
}

} // namespace nnc::nn
