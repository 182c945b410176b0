// Newton's method with conjugate gradients: each step solves H p = -g from Hessian-vector products
// alone, only as exactly as the gradient is small, and is halved until the loss falls enough.

#include "frontends/host/minimize/minimizer.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr double sufficient_decrease = 1e-4; ///< c1 of Armijo's condition
constexpr int most_halvings = 40;

struct Direction {
  Vector p;
  int products = 0;
};

/// Conjugate gradients for H p = -g from p = 0, until the residual is a fraction of g that goes to
/// 0 with g: then Newton's steps converge faster than linearly. Where the curvature along a
/// direction is not positive, p is what was found before it, or the negative gradient.
Result<Direction> direction(Objective& objective, const Vector& g) {
  const double length = norm(g), enough = std::min(0.5, std::sqrt(length)) * length;
  Direction found{Vector(g.size(), 0.0)};
  Vector residual = g, d = negative(g);
  double square = dot(residual, residual);
  // In exact arithmetic as many products as elements are enough.
  for (std::size_t i = 0; i < 2 * g.size() + 10 && std::sqrt(square) > enough; ++i) {
    const auto hd = objective.product(d);
    if (!hd) return hd.error();
    ++found.products;
    const double curvature = dot(d, *hd);
    if (!(curvature > 0)) {
      if (i == 0) found.p = d;
      break;
    }
    const double alpha = square / curvature;
    add(found.p, alpha, d);
    add(residual, alpha, *hd);
    const double next = dot(residual, residual);
    for (std::size_t k = 0; k < d.size(); ++k) d[k] = next / square * d[k] - residual[k];
    square = next;
  }
  return found;
}

class NewtonCg : public Minimizer {
public:
  /// Goes along p as far as the loss falls enough. What rounding may add to the loss is no rise.
  Result<MinimizeStep> step(Objective& objective, Iterate& at) override {
    const auto found = direction(objective, at.gradient);
    if (!found) return found.error();
    const double slope = dot(at.gradient, found->p);
    const double rounding = objective.rounding() * std::abs(at.loss);
    double length = 1;
    for (int halvings = 0; halvings <= most_halvings; ++halvings, length /= 2) {
      Vector place = at.place;
      add(place, length, found->p);
      objective.move_to(place);
      auto next = evaluate(objective);
      if (!next) return next.error();
      if (next->loss > at.loss + sufficient_decrease * length * slope + rounding ||
          !next->finite() || next->place == at.place)
        continue;
      at = std::move(*next);
      return MinimizeStep{at.loss, norm(at.gradient), found->products, length, halvings + 1};
    }
    objective.move_to(at.place);
    return MinimizeStep{.loss = at.loss, .gradient_norm = norm(at.gradient)};
  }
};

} // namespace

std::unique_ptr<Minimizer> make_newton_cg() { return std::make_unique<NewtonCg>(); }

} // namespace nnc
