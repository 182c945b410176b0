// How far to go along a direction: steps that satisfy the strong Wolfe conditions. Source: Nocedal,
// Wright, Numerical Optimization (2006), algorithms 3.5 and 3.6 with cubic interpolation.
//
// Near a minimum the differences of losses are rounding errors before the gradient is small.
// There a step also counts that raises the loss by no more than rounding may, and after which the
// slope has fallen as on a parabola (the approximate conditions of Hager, Zhang, SIAM J. Optim. 16
// (2005)).
#pragma once

#include "frontends/host/minimize/objective.h"

namespace nnc {

/// A place, the loss there and its gradient.
struct Iterate {
  Vector place, gradient;
  double loss = 0;

  bool finite() const { return std::isfinite(loss) && std::isfinite(norm(gradient)); }
};
/// Where the params are.
Result<Iterate> evaluate(Objective& objective);

struct WolfeConditions {
  double sufficient_decrease = 1e-4; ///< c1
  double curvature = 0.9;            ///< c2: 0.9 after steps of Newton's kind, 0.1 for gradients
  int evaluations = 40;              ///< at most
};

struct LineStep {
  double length = 0; ///< 0: no step along the direction lowers the loss
  int evaluations = 0;
};

/// Goes from `at` along `direction`, which has to lead downhill, and leaves `at` and the params
/// where it stops. `first` is the length that is tried first. Without a step that satisfies the
/// conditions, the one with the least loss is taken if it lowers the loss.
Result<LineStep> search_line(Objective& objective, Iterate& at, const Vector& direction,
                             double first, const WolfeConditions& conditions);

} // namespace nnc
