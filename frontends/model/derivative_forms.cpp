#include "frontends/model/derivative_forms.h"

#include "ir/modes.h"

#include <algorithm>

namespace nnc {
namespace {

using Values = std::span<const Value>;

/// A seed with one axis more than `of` is a batch of seeds.
std::vector<Value> gradient(Builder& b, Value of, Values wrt, Values seed) {
  if (seed.empty()) return build_grad(b, {of, {}, wrt});
  const bool batched = b.rank(seed[0]) == b.rank(of) + 1;
  return build_grad(b, {of, seed[0], wrt, batched});
}

std::vector<Value> forward(Builder& b, Value of, Values wrt, Values tangents) {
  return {build_jvp(b, of, wrt, tangents)};
}

template <Value (*mode)(Builder&, Value, Value)>
std::vector<Value> for_each_variable(Builder& b, Value of, Values wrt, Values) {
  std::vector<Value> results;
  for (const Value variable : wrt) results.push_back(mode(b, of, variable));
  return results;
}

std::vector<Value> hessian(Builder& b, Value of, Values wrt, Values) {
  return build_hessian(b, of, wrt);
}

constexpr std::array forms = {
    DerivativeForm{"grad",
                   {"of", "wrt", "seed"},
                   Directions::optional,
                   "the gradient of a scalar for each variable; with a seed, of any tensor",
                   "d of / d wrt",
                   gradient},
    DerivativeForm{
        "vjp",
        {"of", "wrt", "seed"},
        Directions::of_result,
        "reverse mode: the gradient of sum(seed * of) for each variable; a seed with an axis in "
        "front gives one for each of its entries",
        "J^T seed",
        gradient},
    DerivativeForm{"jvp",
                   {"of", "wrt", "tangent"},
                   Directions::per_variable,
                   "forward mode: the derivative of `of` along one tangent for each variable",
                   "J tangent",
                   forward},
    DerivativeForm{"jacobian",
                   {"of", "wrt"},
                   Directions::none,
                   "every derivative of every element: shape of `of`, then of the variable",
                   "J",
                   for_each_variable<build_jacobian>},
    DerivativeForm{"hessian",
                   {"of", "wrt"},
                   Directions::none,
                   "second derivatives; k variables give k x k blocks, row by row",
                   "d2 of / d wrt d wrt",
                   hessian},
    DerivativeForm{"hvp",
                   {"of", "wrt", "vector"},
                   Directions::per_variable,
                   "the Hessian of a scalar times a vector, without the Hessian",
                   "H vector",
                   build_hvp},
    DerivativeForm{"laplacian",
                   {"of", "wrt"},
                   Directions::none,
                   "the sum of all unmixed second derivatives: the type of `of`",
                   "sum over j of d2 of / d wrt_j^2",
                   for_each_variable<build_laplacian>},
};

} // namespace

std::span<const DerivativeForm> derivative_forms() { return forms; }

const DerivativeForm* find_derivative_form(std::string_view name) {
  const auto* form = std::ranges::find(forms, name, &DerivativeForm::name);
  return form == forms.end() ? nullptr : form;
}

} // namespace nnc
