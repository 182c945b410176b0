#include "frontends/host/point.h"

#include "frontends/model/leaf_values.h"
#include "frontends/nn/initializers.h"
#include "ir/messages.h"
#include "runtime/checkpoint.h"
#include "runtime/files/npy.h"

#include <algorithm>

namespace nnc {
namespace {

const NamedTensor* find(std::span<const NamedTensor> tensors, const std::string& name) {
  const auto found = std::ranges::find(tensors, name, &NamedTensor::name);
  return found == tensors.end() ? nullptr : &*found;
}

Result<Literal> value_at(const Point& point, const Graph& graph, Value leaf, const Source& source) {
  const std::string& name = graph.leaf_name(leaf);
  const Type& type = graph.type(leaf);
  const std::string what = std::string(role_name(graph.role(leaf))) + " " + quote(name);
  if (const NamedTensor* given = find(point.given, name)) {
    if (auto error = require_type(given->tensor.type(), type, what, "--input")) return *error;
    return to_literal(given->tensor);
  }
  auto made = graph.role(leaf) == Role::input ? random_tensor(name, type, point.seed)
                                              : source.leaf_value(name, type, point.seed);
  return made ? Result<Literal>(to_literal(*made)) : made.error();
}

} // namespace

Result<Tensor> random_tensor(const std::string& name, const Type& type, std::uint32_t seed) {
  const std::string path = "input." + name;
  if (is_float(type.dtype)) {
    const auto uniform = nn::make_initializer("uniform");
    const auto value = nn::initial_value(*uniform, type, seed, path);
    return value ? to_tensor(*value) : Result<Tensor>(value.error());
  }
  auto tensor = Tensor::zeros(type);
  if (!tensor) return tensor;
  const auto key = nn::philox_site_key({seed, 0}, path);
  for (std::int64_t i = 0; i < type.elements(); ++i) {
    const auto block = nn::philox_block(key, {static_cast<std::uint32_t>(i / 4), 0, 0, 0});
    store_integer(type.dtype, tensor->bytes().data(), i,
                  block[static_cast<std::size_t>(i % 4)] & 1);
  }
  return tensor;
}

Result<std::vector<Literal>> values_at(const Point& point, const Graph& function,
                                       const Source& source) {
  std::vector<Literal> values;
  for (const Value leaf : function.inputs) {
    auto value = value_at(point, function, leaf, source);
    if (!value) return value.error();
    values.push_back(std::move(*value));
  }
  return values;
}

Result<std::vector<NamedTensor>> read_weights(const std::string& path,
                                              std::span<const Graph> functions) {
  std::vector<NamedTensor> weights;
  std::vector<bool> required;
  for (const Graph& function : functions)
    for (const Value leaf : function.inputs) {
      const Role role = function.role(leaf);
      if (role != Role::param && role != Role::state) continue;
      if (find(weights, function.leaf_name(leaf))) continue;
      auto tensor = Tensor::zeros(function.type(leaf));
      if (!tensor) return tensor.error();
      weights.push_back({function.leaf_name(leaf), std::move(*tensor)});
      required.push_back(role == Role::param);
    }
  std::vector<Slot> slots;
  for (std::size_t i = 0; i < weights.size(); ++i)
    slots.push_back(
        {weights[i].name, weights[i].tensor.type(), weights[i].tensor.bytes(), required[i]});
  const auto loaded = load_checkpoint(path, slots);
  if (!loaded) return loaded.error();
  std::erase_if(weights, [&](const NamedTensor& weight) {
    return std::ranges::find(loaded->missing, weight.name) != loaded->missing.end();
  });
  return weights;
}

} // namespace nnc
