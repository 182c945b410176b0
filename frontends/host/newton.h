// Newton's method with conjugate gradients, over functions of a session: each step solves
// H p = -g from Hessian-vector products alone (`hvp`), only as exactly as the gradient is small,
// and is halved until the loss falls enough. Source: Nocedal, Wright, Numerical Optimization
// (2006), algorithm 7.1 with the backtracking of algorithm 3.1.
//
//   const nnc::NewtonProblem problem{.objective = "objective", .product = "product",
//                                    .params = {"w", "b"}};
//   auto outcome = nnc::newton_cg(*session, problem, data, {.gradient_norm = 1e-8});
//
// For problems that fit one call: all of the data, no noise. Where the curvature along a direction
// is not positive the step follows what was found before it, or the negative gradient.
#pragma once

#include "frontends/host/session.h"

namespace nnc {

struct NewtonProblem {
  std::string objective; ///< gives the loss, then its gradient for each of `params`
  /// Takes the data and a vector for each of `params`, in any order of the two; gives the Hessian
  /// times these vectors for each of `params`.
  std::string product;
  std::vector<std::string> params; ///< f64; they are moved in the session
};

struct NewtonOptions {
  double gradient_norm = 1e-8; ///< Euclidean, over all params together: the aim
  int max_steps = 100;
};

/// The place after some steps; the first is where the session was.
struct NewtonStep {
  double loss = 0, gradient_norm = 0;
  int products = 0;  ///< Hessian-vector products for the step that led here
  double length = 0; ///< of that step: 1, or less after halving
};

struct NewtonOutcome {
  std::vector<NewtonStep> steps;
  bool converged = false; ///< else `max_steps` are done, or no step lowers the loss any more
};

/// `data` are the inputs of both functions by name; sizes are bound by their types. Errors of
/// `compile` and `call`; E0620 when the functions or the params are not of this form, E0606 when
/// the loss where the session is, or a product, is not finite. Only on success do params move.
Result<NewtonOutcome> newton_cg(Session& session, const NewtonProblem& problem,
                                std::span<const NamedTensor> data,
                                const NewtonOptions& options = {});

} // namespace nnc
