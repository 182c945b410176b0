#include "frontends/host/minimize/line_search.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr double expansion = 4;     ///< of a step that was too short
constexpr double least_share = 0.1; ///< of an interval that is cut off at least

/// A length, with the loss and its slope there.
struct Trial {
  double length = 0, loss = 0, slope = 0;
  Iterate iterate = {};
};

/// The minimum of the cubic through two trials, kept away from both; the middle where there is
/// none.
double between(const Trial& a, const Trial& b) {
  const double width = b.length - a.length;
  double at = a.length + width / 2;
  if (std::isfinite(b.loss) && std::isfinite(b.slope)) {
    const double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length);
    const double square = d1 * d1 - a.slope * b.slope;
    if (square >= 0) {
      const double d2 = std::copysign(std::sqrt(square), width);
      const double cubic = b.length - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
      if (std::isfinite(cubic)) at = cubic;
    }
  }
  const double low = a.length + least_share * width, high = b.length - least_share * width;
  return std::clamp(at, std::min(low, high), std::max(low, high));
}

class Search {
public:
  Search(Objective& objective, const Iterate& start, const Vector& direction,
         const WolfeConditions& conditions)
      : objective_(objective), start_(start), direction_(direction), conditions_(conditions),
        slope_(dot(start.gradient, direction)),
        rounding_(objective.rounding() * std::abs(start.loss)) {}

  /// Lengths that grow until a minimum lies between two of them; then `zoom`.
  Result<Trial> run(double first) {
    Trial before{.length = 0, .loss = start_.loss, .slope = slope_};
    double length = first;
    while (evaluations_ < conditions_.evaluations) {
      auto trial = at(length);
      if (!trial) return trial.error();
      if (accepts(*trial)) return trial;
      if (too_far(*trial, before)) return zoom(std::move(before), std::move(*trial));
      if (trial->slope >= 0) return zoom(std::move(*trial), std::move(before));
      length *= expansion;
      before = std::move(*trial);
    }
    return best_;
  }

  int evaluations() const { return evaluations_; }

private:
  Result<Trial> at(double length) {
    ++evaluations_;
    Vector place = start_.place;
    add(place, length, direction_);
    objective_.move_to(place);
    auto iterate = evaluate(objective_);
    if (!iterate) return iterate.error();
    Trial trial{.length = length,
                .loss = iterate->loss,
                .slope = dot(iterate->gradient, direction_),
                .iterate = std::move(*iterate)};
    // A narrow dtype may round a short step to none.
    const bool moved = trial.iterate.place != start_.place;
    if (moved && trial.iterate.finite() &&
        trial.loss < (best_.length > 0 ? best_.loss : start_.loss))
      best_ = trial;
    return trial;
  }

  bool decreases(const Trial& trial) const {
    if (trial.loss <= start_.loss + conditions_.sufficient_decrease * trial.length * slope_)
      return true;
    return trial.loss <= start_.loss + rounding_ &&
           trial.slope <= (2 * conditions_.sufficient_decrease - 1) * slope_;
  }

  bool accepts(const Trial& trial) const {
    return trial.iterate.finite() && trial.iterate.place != start_.place && decreases(trial) &&
           std::abs(trial.slope) <= -conditions_.curvature * slope_;
  }

  bool too_far(const Trial& trial, const Trial& lower) const {
    return !trial.iterate.finite() || !decreases(trial) || trial.loss > lower.loss + rounding_;
  }

  /// `low` has the least loss so far; the conditions hold somewhere between the two.
  Result<Trial> zoom(Trial low, Trial high) {
    while (evaluations_ < conditions_.evaluations) {
      auto trial = at(between(low, high));
      if (!trial) return trial.error();
      if (accepts(*trial)) return trial;
      if (too_far(*trial, low)) {
        high = std::move(*trial);
        continue;
      }
      if (trial->slope * (high.length - low.length) >= 0) high = std::move(low);
      low = std::move(*trial);
    }
    return best_;
  }

  Objective& objective_;
  const Iterate& start_;
  const Vector& direction_;
  const WolfeConditions& conditions_;
  double slope_, rounding_;
  int evaluations_ = 0;
  Trial best_; ///< length 0: none lowers the loss
};

} // namespace

Result<Iterate> evaluate(Objective& objective) {
  Iterate here{.place = objective.place(), .gradient = {}};
  const auto loss = objective.value(here.gradient);
  if (!loss) return loss.error();
  here.loss = *loss;
  return here;
}

Result<LineStep> search_line(Objective& objective, Iterate& at, const Vector& direction,
                             double first, const WolfeConditions& conditions) {
  Search search(objective, at, direction, conditions);
  auto found = search.run(first);
  if (!found) return found.error();
  const LineStep step{found->length, search.evaluations()};
  if (found->length > 0) at = std::move(found->iterate);
  objective.move_to(at.place);
  return step;
}

} // namespace nnc
