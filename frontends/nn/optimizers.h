// Optimisers as graph builders: from parameters and their gradients to new parameters and new
// values of the slots, which are state of the module (language.md 4.8).
#pragma once

#include "frontends/nn/schedules.h"

namespace nnc::nn {

/// What a model writes as `"optimizer": { "kind": "adam", "lr": ..., ... }`.
struct Optimizer {
  std::string kind;
  Attrs attrs; ///< in the order of the recipe
  Schedule lr;

  bool has(std::string_view name) const;
  double real(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  /// The host goes through the data itself, calling the loss and its derivatives as often as it
  /// likes: there is no step that a graph could hold, and no state.
  bool host_side() const;
};

/// The attribute `lr` of a recipe stands for a number or a schedule.
const std::vector<Recipe>& optimizer_recipes();

/// `attrs` may hold `lr` as a number; a schedule is given apart and then `lr` must be absent.
/// E0204 for unknown kinds and attributes, and for values outside their range.
Result<Optimizer> make_optimizer(std::string_view kind, const NamedAttrs& attrs,
                                 std::optional<Schedule> schedule = {});

/// State that an optimiser keeps: `opt.w.momentum`, `opt.w.m`, `opt.step`, `opt.lr`, ...
struct Slot {
  std::string name;
  Type type;
  double initial = 0; ///< of every element
};

struct Trained {
  std::string name; ///< of the parameter
  Value value;
  Value gradient; ///< of the parameter's type
};

/// Every slot for parameters of these names and types, in the order in which a step makes them.
std::vector<Slot> optimizer_slots(const Optimizer& optimizer,
                                  std::span<const std::pair<std::string, Type>> params);

/// The state leaf of a slot; asked once for each slot.
using SlotLeaf = std::function<Value(const Slot&)>;

/// One step of an optimiser that is not host_side(). The updates name parameters first (in their
/// order), then slots. Float parameters below 32 bits have slots of f32 and are updated in f32.
/// Empty, with `builder.error()`, after an error.
std::vector<Update> optimizer_step(Builder& builder, const Optimizer& optimizer,
                                   std::span<const Trained> params, const SlotLeaf& leaf);

} // namespace nnc::nn
