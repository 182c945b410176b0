// Nonlinear conjugate gradients: each direction is the negative gradient and a share of the last
// direction.

#include "frontends/host/minimize/minimizer.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr double orthogonal_enough = 0.1; ///< g'g0 / g'g, above which a new start is made (5.52)

class ConjugateGradient : public Minimizer {
public:
  ConjugateGradient(std::size_t size, ConjugateBeta beta) : beta_(beta), direction_(size, 0.0) {}

  Result<MinimizeStep> step(Objective& objective, Iterate& at) override {
    const bool again = last_change_ < 0;
    if (!again || !(dot(direction_, at.gradient) < 0)) {
      direction_ = negative(at.gradient);
      last_change_ = 0;
    }
    const double slope = dot(direction_, at.gradient);
    // The first length changes the loss as the last step did, to first order (3.60).
    const double first =
        last_change_ < 0 ? last_change_ / slope : std::min(1.0, 1 / norm(at.gradient));
    const Vector gradient = at.gradient;
    auto moved = search_line(objective, at, direction_, first, {.curvature = 0.1});
    if (!moved) return moved.error();
    if (moved->length == 0 && again) { // once more along the gradient
      last_change_ = 0;
      const int evaluations = moved->evaluations;
      auto second = step(objective, at);
      if (second) second->evaluations += evaluations;
      return second;
    }
    turn(gradient, at.gradient, moved->length * slope);
    return MinimizeStep{at.loss, norm(at.gradient), 0, moved->length, moved->evaluations};
  }

  Vector memory() const override {
    Vector all = direction_;
    all.push_back(last_change_);
    return all;
  }
  void restore(const Vector& all) override {
    direction_.assign(all.begin(), all.end() - 1);
    last_change_ = all.back();
  }

private:
  void turn(const Vector& before, const Vector& now, double change) {
    const double square = dot(before, before), new_square = dot(now, now);
    const double overlap = dot(now, before);
    double beta = beta_ == ConjugateBeta::fletcher_reeves
                      ? new_square / square
                      : std::max(0.0, (new_square - overlap) / square);
    if (std::abs(overlap) > orthogonal_enough * new_square &&
        beta_ == ConjugateBeta::fletcher_reeves)
      beta = 0;
    for (std::size_t i = 0; i < direction_.size(); ++i)
      direction_[i] = beta * direction_[i] - now[i];
    last_change_ = change;
  }

  ConjugateBeta beta_;
  Vector direction_;       ///< of the next step
  double last_change_ = 0; ///< of the loss in the last step, to first order; 0: there is none
};

} // namespace

std::unique_ptr<Minimizer> make_conjugate_gradient(std::size_t size, ConjugateBeta beta) {
  return std::make_unique<ConjugateGradient>(size, beta);
}

} // namespace nnc
