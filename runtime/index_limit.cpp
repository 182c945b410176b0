#include "runtime/index_limit.h"

#include "runtime/elements.h"
#include "runtime/tensor.h"

#include <cstring>

namespace nnc {
namespace {

/// The position and value of the first index outside of 0..extent-1.
template <class T>
std::optional<std::pair<std::int64_t, std::int64_t>>
find_bad(const void* indices, std::int64_t count, std::int64_t extent) {
  const auto* bytes = static_cast<const std::byte*>(indices);
  for (std::int64_t i = 0; i < count; ++i) {
    T index;
    std::memcpy(&index, bytes + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
    const auto value = static_cast<std::int64_t>(index);
    if (value < 0 || value >= extent) return std::pair(i, value);
  }
  return std::nullopt;
}

} // namespace

const void* indices_of(const IndexLimit& limit, const void* const* arguments,
                       const void* workspace) {
  if (limit.argument) return arguments[*limit.argument];
  if (limit.data) return limit.data->data();
  if (limit.offset < 0 || !workspace) return nullptr;
  return static_cast<const std::byte*>(workspace) + limit.offset;
}

Error out_of_range(const IndexLimit& limit, const void* indices) {
  std::optional<std::pair<std::int64_t, std::int64_t>> bad;
  if (indices)
    bad = for_dtype(limit.type.dtype, [&]<DType D>() {
      return find_bad<typename Element<D>::Stored>(indices, limit.type.elements(), limit.extent);
    });
  BadIndex said{
      .node = limit.node, .indices = limit.buffer, .extent = limit.extent, .place = limit.place};
  if (bad) {
    said.value = bad->second;
    said.at = index_of(limit.type.shape, bad->first);
  }
  return index_error(said);
}

} // namespace nnc
