#include "frontends/host/train/layers.h"

#include "frontends/host/extension.h"
#include "frontends/host/minimize/vectors.h"
#include "runtime/cast.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace nnc {
namespace {

constexpr double saturated_slope = 0.01;

using BoundSizes = std::vector<std::pair<std::string, std::int64_t>>;

Vector elements(const Tensor& tensor) {
  const auto wide = cast(tensor, DType::f64);
  if (!wide) throw InternalError("no memory for a layer");
  const auto all = wide->as<double>();
  return {all.begin(), all.end()};
}

/// Whether a value of the model is of floats and has a first axis of `rows`.
bool counts_rows(Session& session, const std::string& value, std::int64_t rows,
                 const BoundSizes& sizes) {
  const auto graph = session.source().build(value, {.sizes = sizes});
  if (std::holds_alternative<Errors>(graph)) return false;
  const Graph& built = std::get<Graph>(graph);
  const Type type = built.type(built.outputs.at(0).value);
  return is_float(type.dtype) && type.rank() >= 1 && type.shape[0] == rows;
}

/// Those of nodes that the value of a graph depends on.
std::vector<Activation> activations_in(const Graph& graph, const ModelDoc& doc) {
  std::set<std::string_view> names;
  for (std::uint32_t node = 0; node < graph.node_count(); ++node)
    names.insert(graph.value_name(graph.result(NodeId{node})));
  std::vector<Activation> found = activations_of(doc);
  std::erase_if(found, [&](const Activation& activation) {
    return !names.contains(doc.nodes[activation.node].out[0].text);
  });
  return found;
}

/// The operands of activations as values of the model, where they are not already.
std::vector<std::string> name_operands(Extension& extension,
                                       const std::vector<Activation>& activations) {
  std::vector<std::string> names;
  for (const Activation& activation : activations) {
    const Expression expression = extension.doc().nodes[activation.node].expression;
    const auto operand =
        static_cast<std::size_t>(expression.terms[activation.term].arguments[0].term);
    if (expression.terms[operand].kind == Term::Kind::name) {
      names.push_back(expression.terms[operand].text);
      continue;
    }
    names.push_back(extension.fresh("operand." + std::to_string(names.size())));
    extension.define(names.back(), part_of(expression, operand));
  }
  return names;
}

/// slope = d sum(f(operand)) / d operand: each element of f depends on its own alone.
std::string add_slope(Extension& extension, const Activation& activation,
                      const std::string& operand) {
  Expression call = call_with_operand(extension.doc().nodes[activation.node].expression,
                                      activation.term, operand);
  const std::string result = extension.fresh("activation." + activation.name);
  const std::string slope = extension.fresh("slope." + activation.name);
  extension.define(result, std::move(call));
  extension.define(fmt::format("{} = grad(sum({}), {})", written_name(slope), written_name(result),
                               written_name(operand)));
  return slope;
}

} // namespace

Result<Layers> Layers::make(Session& session, const FunctionDoc& function, const std::string& loss,
                            const Dataset& data, std::int64_t rows, const BoundSizes& sizes) {
  BoundSizes bound = sizes;
  bind_rows(data, rows, bound);
  const auto graph = session.source().build(loss, {.sizes = bound});
  if (auto* errors = std::get_if<Errors>(&graph)) return combine(*errors);
  const auto params = float_params(std::get<Graph>(graph));
  if (!params) return params.error();
  std::vector<Activation> found =
      activations_in(std::get<Graph>(graph), *session.source().model()->doc);
  Extension operands(*session.source().model()->doc);
  std::vector<std::string> names = name_operands(operands, found);
  if (Status error = session.extend(operands.doc())) return *error;

  Layers made;
  for (const Leaf& param : *params) made.gradients_.push_back(param.name);
  Extension extension(operands.doc());
  std::vector<std::string> outputs;
  std::vector<std::string> slopes;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!counts_rows(session, names[i], rows, bound)) continue;
    slopes.push_back(add_slope(extension, found[i], names[i]));
    made.slopes_.push_back(found[i].name);
    if (!found[i].value.empty()) made.gradients_.push_back(found[i].value);
  }
  std::vector<std::string> targets, variables;
  for (const std::string& name : made.gradients_) {
    outputs.push_back(extension.fresh("gradient." + name));
    targets.push_back(written_name(outputs.back()));
    variables.push_back(written_name(name));
  }
  extension.define(fmt::format("{} = grad({}, [{}])", fmt::join(targets, ", "), written_name(loss),
                               fmt::join(variables, ", ")));
  outputs.insert(outputs.end(), slopes.begin(), slopes.end());
  const std::string name = extension.fresh("layers");
  extension.function(name, function, {}, outputs);
  if (Status error = session.extend(extension.doc())) return *error;
  auto batch = Batch::make(session, name, data, rows, sizes);
  if (!batch) return batch.error();
  made.batch_ = std::move(*batch);
  return made;
}

Result<std::vector<LayerState>> Layers::look(std::span<const std::int64_t> rows) {
  if (Status error = batch_->call(rows)) return *error;
  std::vector<LayerState> states;
  for (std::size_t i = 0; i < gradients_.size(); ++i)
    states.push_back({.name = gradients_[i], .gradient_norm = norm(elements(batch_->output(i)))});
  for (std::size_t i = 0; i < slopes_.size(); ++i) {
    auto state = std::ranges::find(states, slopes_[i], &LayerState::name);
    if (state == states.end()) state = states.insert(states.end(), LayerState{.name = slopes_[i]});
    const Vector slopes = elements(batch_->output(gradients_.size() + i));
    state->units = slopes.size() / rows.size();
    std::vector<std::size_t> flat(state->units, 0); // rows in which a unit is
    for (std::size_t k = 0; k < slopes.size(); ++k)
      flat[k % state->units] += std::abs(slopes[k]) < saturated_slope;
    double count = 0;
    for (std::size_t unit = 0; unit < flat.size(); ++unit) {
      count += static_cast<double>(flat[unit]);
      if (flat[unit] == rows.size()) state->saturated_units.push_back(unit);
    }
    state->saturated_share = count / static_cast<double>(slopes.size());
  }
  return states;
}

} // namespace nnc
