#include "runtime/files/idx.h"

#include "ir/messages.h"

#include <algorithm>
#include <fmt/format.h>

namespace nnc {
namespace {

std::optional<DType> dtype_of_kind(int kind) {
  switch (kind) {
  case 0x08:
    return DType::u8;
  case 0x09:
    return DType::i8;
  case 0x0c:
    return DType::i32;
  case 0x0d:
    return DType::f32;
  case 0x0e:
    return DType::f64;
  default:
    return std::nullopt;
  }
}

std::int64_t big_endian_size(std::span<const std::byte> bytes) {
  std::int64_t size = 0;
  for (const std::byte byte : bytes) size = size * 256 + static_cast<int>(byte);
  return size;
}

} // namespace

Result<Tensor> read_idx(std::span<const std::byte> bytes, std::string_view name) {
  const auto malformed = [&](const std::string& why, std::string help = {}) {
    return Error{.code = "E0614",
                 .message = quote(name, 4096) + " is not a valid IDX file: " + why,
                 .place = {std::string(name)},
                 .help = std::move(help)};
  };
  if (bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b})
    return malformed("it is compressed", "unpack it with gunzip");
  if (bytes.size() < 4) return malformed("it ends inside its header");
  if (bytes[0] != std::byte{0} || bytes[1] != std::byte{0})
    return malformed("it does not begin with two zero bytes");
  const int kind = static_cast<int>(bytes[2]);
  const auto dtype = dtype_of_kind(kind);
  if (!dtype)
    return malformed(fmt::format("its elements are of kind 0x{:02x}; known are 08 09 0c 0d 0e "
                                 "(u8 i8 i32 f32 f64)",
                                 kind));
  const auto rank = static_cast<std::size_t>(bytes[3]);
  const std::size_t begin = 4 + 4 * rank;
  if (bytes.size() < begin)
    return malformed(fmt::format("it ends before the sizes of its {} axes", rank));
  Type type{*dtype, {}};
  for (std::size_t i = 0; i < rank; ++i)
    type.shape.push_back(big_endian_size(bytes.subspan(4 + 4 * i, 4)));
  if (auto error = check_type(type)) {
    error->place.file = name;
    return *error;
  }
  const auto data = bytes.subspan(begin);
  if (static_cast<std::int64_t>(data.size()) != type.bytes())
    return malformed(fmt::format("{} has {} bytes, the file holds {}", to_string(type),
                                 type.bytes(), data.size()));
  auto tensor = Tensor::copy_of(type, data);
  if (!tensor) return tensor;
  const auto swapped = tensor->bytes();
  const std::size_t size = dtype_size(*dtype);
  for (std::size_t at = 0; size > 1 && at < swapped.size(); at += size)
    std::reverse(swapped.begin() + static_cast<std::ptrdiff_t>(at),
                 swapped.begin() + static_cast<std::ptrdiff_t>(at + size));
  return tensor;
}

Result<Tensor> load_idx(const std::string& path, const FileLimits& limits) {
  const auto bytes = read_file(path, limits);
  if (!bytes) return bytes.error();
  return read_idx(*bytes, path);
}

} // namespace nnc
