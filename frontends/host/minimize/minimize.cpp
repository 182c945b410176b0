#include "frontends/host/minimize/minimize.h"

#include "frontends/host/minimize/minimizer.h"
#include "ir/messages.h"

#include <fmt/format.h>

namespace nnc {
namespace {

Result<MinimizeOutcome> iterate(Objective& objective, Minimizer& minimizer, double gradient_norm,
                                int max_steps) {
  MinimizeOutcome outcome;
  auto at = evaluate(objective);
  if (!at) return at.error();
  if (!at->finite())
    return Error{.code = "E0606", .message = "the loss or its gradient is not finite"};
  outcome.steps.push_back({.loss = at->loss, .gradient_norm = norm(at->gradient)});
  for (int i = 0; i < max_steps && outcome.steps.back().gradient_norm > gradient_norm; ++i) {
    const auto step = minimizer.step(objective, *at);
    if (!step) return step.error();
    if (step->length == 0) break;
    outcome.steps.push_back(*step);
  }
  outcome.converged = outcome.steps.back().gradient_norm <= gradient_norm;
  return outcome;
}

/// After an error the params are where they were.
Result<MinimizeOutcome> minimize(Objective& objective, Minimizer& minimizer, double gradient_norm,
                                 int max_steps) {
  const Vector start = objective.place();
  auto outcome = iterate(objective, minimizer, gradient_norm, max_steps);
  if (!outcome) objective.move_to(start);
  return outcome;
}

} // namespace

Result<MinimizeOutcome> newton_cg(Session& session, const MinimizeProblem& problem,
                                  std::span<const NamedTensor> data, const NewtonOptions& options) {
  if (problem.product.empty())
    return Error{.code = "E0620", .message = "Newton's method needs Hessian-vector products"};
  auto objective = Objective::make(session, problem, data);
  if (!objective) return objective.error();
  for (const std::string& name : problem.params)
    if (const Type& type = session.find(name)->type(); type.dtype != DType::f64)
      return Error{.code = "E0620",
                   .message = fmt::format("{} is {}; Newton's method takes params of f64",
                                          quote(name), to_string(type))};
  return minimize(*objective, *make_newton_cg(), options.gradient_norm, options.max_steps);
}

Result<MinimizeOutcome> lbfgs(Session& session, const MinimizeProblem& problem,
                              std::span<const NamedTensor> data, const LbfgsOptions& options) {
  auto objective = Objective::make(session, problem, data);
  if (!objective) return objective.error();
  return minimize(*objective, *make_lbfgs(objective->size(), options.memory), options.gradient_norm,
                  options.max_steps);
}

Result<MinimizeOutcome> conjugate_gradient(Session& session, const MinimizeProblem& problem,
                                           std::span<const NamedTensor> data,
                                           const ConjugateGradientOptions& options) {
  auto objective = Objective::make(session, problem, data);
  if (!objective) return objective.error();
  return minimize(*objective, *make_conjugate_gradient(objective->size(), options.beta),
                  options.gradient_norm, options.max_steps);
}

} // namespace nnc
