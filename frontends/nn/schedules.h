// Learning rates that change from step to step (language.md 4.8): of t, the number of steps done
// before this one.
#pragma once

#include "frontends/nn/recipe.h"

namespace nnc::nn {

/// What a model writes as `{ "kind": "step", "lr": 0.1, "factor": 0.5, "every": 10, "warmup": 0 }`;
/// a number is the schedule "constant" with that `lr`. Attributes are in the order of the entry.
struct Schedule {
  std::string kind = "constant";
  Attrs attrs;

  double real(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  /// The rate depends on the counter `opt.step`.
  bool counts_steps() const;
  /// The rate is state `opt.lr`, which the host halves (halve_on_plateau).
  bool host_driven() const;
};

const std::vector<Recipe>& schedule_recipes();

/// E0204 for unknown kinds and attributes, and for values outside their range.
Result<Schedule> make_schedule(std::string_view kind, const NamedAttrs& attrs);
Schedule constant_schedule(double lr);

/// The rate as f64[]; `steps` is t as f64[], read where counts_steps(). Not for host-driven ones.
Value learning_rate(Builder& builder, const Schedule& schedule, Value steps);

} // namespace nnc::nn
