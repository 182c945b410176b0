// Optimisers and initial values as a model writes them.
#pragma once

#include "frontends/model/evaluate.h"
#include "frontends/nn/initializers.h"
#include "frontends/nn/optimizers.h"

namespace nnc {

/// `{ "kind": "sgd", "lr": 0.1 | { "kind": "step", ... }, ... }`, checked; E0204 and others with
/// the place. Nothing after errors, of which all are added.
std::optional<nn::Optimizer> read_optimizer(const AttrDoc& written, const std::string& file,
                                            Errors& errors);
Result<nn::Optimizer> read_optimizer(const AttrDoc& written, const std::string& file);

/// Whether the host carries out the optimiser of the function (nn::Optimizer::host_side): then the
/// function gives its outputs, the value to minimise where it names none, and updates nothing.
bool host_side_training(const FunctionDoc& function, const std::string& file);

/// `"init"` of a param or state (none: zeros) for its type.
Result<nn::Initializer> read_initializer(const LeafDoc& leaf, const Type& type,
                                         const std::string& file);

/// All that is wrong with the `init` or `value` of a leaf, without making its value: E0204 and
/// E0107 for how it is written, E0203 where it does not fit the type. Lists count as right where
/// `sizes` lack one.
void check_initial_value(const LeafDoc& leaf, const Sizes& sizes, const std::string& file,
                         Errors& errors);

/// The initial value of a param, state or constant of `graph`, which was built from `model`: also
/// of what the model does not list, the slots of optimisers and `rng` = (seed, 0). The values of
/// leaves with a `file` are not its business: an E0704 says so.
Result<Literal> initial_value(const Model& model, const Graph& graph, Value leaf,
                              std::uint32_t seed);

/// Adds one step of `function`'s optimiser to the graph: a `grad` node of the loss over the params
/// that it depends on, named grad.<loss>.<param>, and the updates. Errors go to `build`.
std::vector<Update> add_training_step(Build& build, Evaluator& evaluator, Graph& graph,
                                      const FunctionDoc& function);

} // namespace nnc
