// Limited-memory BFGS: a direction from the last pairs of steps and changes of the gradient, which
// stand for the inverse of the Hessian.

#include "frontends/host/minimize/minimizer.h"

#include <algorithm>
#include <deque>

namespace nnc {
namespace {

struct Pair {
  Vector step, change; ///< of the place and of the gradient
};

class Lbfgs : public Minimizer {
public:
  Lbfgs(std::size_t size, int memory) : size_(size), most_(static_cast<std::size_t>(memory)) {}

  Result<MinimizeStep> step(Objective& objective, Iterate& at) override {
    const Iterate before = at;
    Vector p = direction(at.gradient);
    if (!(dot(p, at.gradient) < 0)) { // rounding has spoilt the pairs
      pairs_.clear();
      p = negative(at.gradient);
    }
    // A first direction is the gradient, whose length says nothing of the step's.
    const double first = pairs_.empty() ? std::min(1.0, 1 / norm(at.gradient)) : 1;
    const auto moved = search_line(objective, at, p, first, {});
    if (!moved) return moved.error();
    const int evaluations = moved->evaluations;
    if (moved->length == 0 && !pairs_.empty()) { // once more along the gradient
      pairs_.clear();
      auto again = step(objective, at);
      if (again) again->evaluations += evaluations;
      return again;
    }
    remember(minus(at.place, before.place), minus(at.gradient, before.gradient));
    return MinimizeStep{at.loss, norm(at.gradient), 0, moved->length, evaluations};
  }

  /// The number of pairs, then `most_` places for them.
  Vector memory() const override {
    Vector all = {static_cast<double>(pairs_.size())};
    for (const Pair& pair : pairs_)
      for (const Vector* part : {&pair.step, &pair.change})
        all.insert(all.end(), part->begin(), part->end());
    all.resize(1 + 2 * most_ * size_, 0.0);
    return all;
  }
  void restore(const Vector& all) override {
    pairs_.clear();
    auto from = all.begin() + 1;
    const auto next = [&] {
      Vector part(from, from + static_cast<std::ptrdiff_t>(size_));
      from += static_cast<std::ptrdiff_t>(size_);
      return part;
    };
    const auto count =
        static_cast<std::size_t>(std::clamp(all[0], 0.0, static_cast<double>(most_)));
    for (std::size_t i = 0; i < count; ++i) {
      Vector step = next();
      pairs_.push_back({std::move(step), next()});
    }
  }

private:
  /// Algorithm 7.4: the two loops.
  Vector direction(const Vector& gradient) const {
    Vector q = negative(gradient);
    std::vector<double> alphas(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      const auto& [s, y] = pairs_[i];
      alphas[i] = dot(s, q) / dot(s, y);
      add(q, -alphas[i], y);
    }
    if (!pairs_.empty()) { // the scale of the inverse, from the newest pair
      const auto& [s, y] = pairs_.back();
      const double scale = dot(s, y) / dot(y, y);
      for (double& element : q) element *= scale;
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const auto& [s, y] = pairs_[i];
      add(q, alphas[i] - dot(y, q) / dot(s, y), s);
    }
    return q;
  }

  /// Only curvature that is positive beyond rounding keeps the inverse positive definite.
  void remember(Vector step, Vector change) {
    if (!(dot(step, change) > 1e-12 * norm(step) * norm(change))) return;
    pairs_.push_back({std::move(step), std::move(change)});
    if (pairs_.size() > most_) pairs_.pop_front();
  }

  std::size_t size_, most_;
  std::deque<Pair> pairs_; ///< oldest first
};

} // namespace

std::unique_ptr<Minimizer> make_lbfgs(std::size_t size, int memory) {
  return std::make_unique<Lbfgs>(size, memory);
}

} // namespace nnc
