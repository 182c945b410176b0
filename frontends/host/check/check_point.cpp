#include "frontends/host/check/check_point.h"

#include "frontends/host/check/compare_derivative.h"
#include "frontends/host/point.h"
#include "runtime/cast.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr double params_move = 0.1, given_moves = 1e-3;

Literal moved(const Literal& literal, double by, std::uint32_t seed, const std::string& name) {
  std::vector<double> values(elements(literal).begin(), elements(literal).end());
  const auto noise = uniform(std::ssize(values), seed, "point." + name);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += by * noise[i];
  return f64_literal(literal.type, values);
}

} // namespace

Result<std::vector<Literal>> check_point(const Graph& function, const Source& source,
                                         const std::vector<NamedTensor>& given,
                                         const CheckPoint& point) {
  auto values = values_at({given, point.seed}, function, source);
  if (!values) return values;
  for (std::size_t i = 0; i < values->size(); ++i) {
    const Value leaf = function.inputs[i];
    const Type& type = function.type(leaf);
    const std::string& name = function.leaf_name(leaf);
    const bool is_given = std::ranges::find(given, name, &NamedTensor::name) != given.end();
    const bool input = function.role(leaf) == Role::input;
    if (type.dtype != DType::f64) {
      if (input && !is_given && point.zero_integers)
        (*values)[i] = splat_literal(type, std::int64_t{0});
      continue;
    }
    const double by = is_given                             ? (point.first ? 0 : given_moves)
                      : function.role(leaf) == Role::param ? params_move
                                                           : 0;
    if (by > 0) (*values)[i] = moved((*values)[i], by, point.seed, name);
  }
  return values;
}

Status widen(std::vector<NamedTensor>& tensors) {
  for (NamedTensor& each : tensors) {
    if (!is_float(each.tensor.type().dtype)) continue;
    auto wide = cast(each.tensor, DType::f64);
    if (!wide) return wide.error();
    each.tensor = std::move(*wide);
  }
  return std::nullopt;
}

BuildOptions build_options(const Source& source, const std::vector<NamedTensor>& given,
                           const std::vector<std::pair<std::string, std::int64_t>>& sizes) {
  BuildOptions build{.sizes = sizes};
  const auto name_of = [](const LeafDoc& leaf) { return leaf.name.text; };
  const auto& inputs = source.model()->doc->inputs;
  for (const NamedTensor& each : given)
    if (std::ranges::find(inputs, each.name, name_of) != inputs.end())
      build.inputs.emplace_back(each.name, each.tensor.type());
  return build;
}

} // namespace nnc
