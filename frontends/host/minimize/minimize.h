// Minimisation over all of the data at once, in C++: three methods over functions of a session.
//
//   const nnc::MinimizeProblem problem{.objective = "objective", .params = {"w", "b"}};
//   auto outcome = nnc::lbfgs(*session, problem, data, {.gradient_norm = 1e-8});
//
// For problems without noise that fit one call. Sources: Nocedal, Wright, Numerical Optimization
// (2006): algorithm 7.1 with 3.1 (Newton-CG), 7.5 with 3.5 (L-BFGS), 5.4 with 3.5 (conjugate
// gradients). `nnc train` has the same methods as optimisers of a model (docs/training.md).
#pragma once

#include "frontends/host/minimize/objective.h"

namespace nnc {

struct NewtonOptions {
  double gradient_norm = 1e-8; ///< Euclidean, over all params together: the aim
  int max_steps = 100;
};

/// The place after some steps; the first is where the session was.
struct MinimizeStep {
  double loss = 0, gradient_norm = 0;
  int products = 0;    ///< Hessian-vector products for the step that led here
  double length = 0;   ///< of that step, in directions
  int evaluations = 1; ///< of loss and gradient, for that step
};

struct MinimizeOutcome {
  std::vector<MinimizeStep> steps;
  bool converged = false; ///< else `max_steps` are done, or no step lowers the loss any more
};

struct LbfgsOptions {
  double gradient_norm = 1e-8;
  int max_steps = 1000;
  int memory = 10; ///< pairs of steps and changes of the gradient that are kept
};

enum class ConjugateBeta {
  polak_ribiere,  ///< max(0, g'(g - g0) / g0'g0)
  fletcher_reeves ///< g'g / g0'g0
};
struct ConjugateGradientOptions {
  double gradient_norm = 1e-8;
  int max_steps = 10000;
  ConjugateBeta beta = ConjugateBeta::polak_ribiere;
};

/// `data` are the inputs of the functions by name; sizes are bound by their types. Errors of
/// `compile` and `call`; E0620 when the functions or the params are not of the form that
/// MinimizeProblem says, E0606 when the loss where the session is, or a product, is not finite.
/// Only on success do params move. Newton's method needs `product`, and params of f64.
Result<MinimizeOutcome> newton_cg(Session& session, const MinimizeProblem& problem,
                                  std::span<const NamedTensor> data,
                                  const NewtonOptions& options = {});
Result<MinimizeOutcome> lbfgs(Session& session, const MinimizeProblem& problem,
                              std::span<const NamedTensor> data, const LbfgsOptions& options = {});
Result<MinimizeOutcome> conjugate_gradient(Session& session, const MinimizeProblem& problem,
                                           std::span<const NamedTensor> data,
                                           const ConjugateGradientOptions& options = {});

} // namespace nnc
