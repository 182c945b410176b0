#include "runtime/tensor.h"

#include <algorithm>

namespace nnc {
namespace {

Error no_memory(const Type& type) {
  return {.code = "E0602",
          .message = "there is no memory for " + to_string(type) + " (" +
                     std::to_string(type.bytes()) + " bytes)",
          .help = "use smaller sizes, or a machine with more memory"};
}

} // namespace

Result<Tensor> Tensor::zeros(Type type) {
  if (auto error = check_type(type)) return *error;
  Tensor tensor;
  try {
    tensor.bytes_.resize(static_cast<std::size_t>(type.bytes()));
  } catch (const std::exception&) { // bad_alloc or length_error
    return no_memory(type);
  }
  tensor.type_ = std::move(type);
  return tensor;
}

Result<Tensor> Tensor::copy_of(Type type, std::span<const std::byte> bytes) {
  if (auto error = check_type(type)) return *error;
  require(static_cast<std::int64_t>(bytes.size()) == type.bytes());
  Tensor tensor;
  try {
    tensor.bytes_.assign(bytes.begin(), bytes.end());
  } catch (const std::exception&) {
    return no_memory(type);
  }
  tensor.type_ = std::move(type);
  return tensor;
}

void Tensor::reshape(Shape shape) {
  require(checked_elements(shape) == type_.elements());
  type_.shape = std::move(shape);
}

void Tensor::require(bool holds) {
  if (!holds) throw InternalError("Tensor: a view or a copy that does not fit its type");
}

std::optional<std::size_t> first_bad_bool(const Type& type, std::span<const std::byte> bytes) {
  if (type.dtype != DType::boolean) return std::nullopt;
  const auto bad = std::find_if(bytes.begin(), bytes.end(),
                                [](std::byte value) { return value > std::byte{1}; });
  if (bad == bytes.end()) return std::nullopt;
  return static_cast<std::size_t>(bad - bytes.begin());
}

Shape index_of(std::span<const std::int64_t> shape, std::int64_t position) {
  Shape index(shape.size());
  for (std::size_t i = shape.size(); i-- > 0;) {
    index[i] = position % shape[i];
    position /= shape[i];
  }
  return index;
}

} // namespace nnc
