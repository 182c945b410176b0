#include "runtime/files/npy.h"

#include "ir/messages.h"
#include "runtime/files/atomic_write.h"

#include <bit>
#include <cstring>
#include <fmt/format.h>

static_assert(std::endian::native == std::endian::little, "the data formats are little-endian");

namespace nnc {
namespace {

std::string_view description(DType dtype) {
  switch (dtype) {
  case DType::f64:
    return "<f8";
  case DType::f32:
    return "<f4";
  case DType::f16:
    return "<f2";
  case DType::bf16:
    return "<V2";
  case DType::i64:
    return "<i8";
  case DType::i32:
    return "<i4";
  case DType::u32:
    return "<u4";
  case DType::i8:
    return "|i1";
  case DType::u8:
    return "|u1";
  case DType::boolean:
    return "|b1";
  }
  throw InternalError("description: no such dtype");
}

// Elements in column-major order, the first index fastest, into row-major order.
void copy_from_column_major(const Type& type, std::span<const std::byte> from,
                            std::span<std::byte> to) {
  const std::size_t size = dtype_size(type.dtype);
  std::vector<std::int64_t> index(type.shape.size(), 0);
  const auto strides = row_major_strides(type.shape);
  std::int64_t target = 0;
  for (std::size_t at = 0; at < from.size(); at += size) {
    std::memcpy(to.data() + static_cast<std::size_t>(target) * size, from.data() + at, size);
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      target += strides[axis];
      if (++index[axis] < type.shape[axis]) break;
      target -= strides[axis] * type.shape[axis];
      index[axis] = 0;
    }
  }
}

} // namespace

Result<Tensor> read_npy(std::span<const std::byte> bytes, std::string_view name,
                        const FileLimits& limits) {
  auto header = read_npy_header(bytes, name, limits);
  if (!header) return std::move(header).error();
  const auto malformed = [&](const std::string& why) {
    return Error{.code = "E0610",
                 .message = quote(name, 4096) + " is not a valid .npy file: " + why,
                 .place = {std::string(name)}};
  };
  const auto data = bytes.subspan(header->data_begin);
  const Type& type = header->type;
  if (static_cast<std::int64_t>(data.size()) != type.bytes())
    return malformed(fmt::format("{} has {} bytes, the file holds {}", to_string(type),
                                 type.bytes(), data.size()));
  if (const auto bad = first_bad_bool(type, data))
    return malformed(
        fmt::format("element {} is the byte {}, not a bool", *bad, static_cast<int>(data[*bad])));
  if (!header->fortran_order || type.rank() < 2) return Tensor::copy_of(type, data);
  auto tensor = Tensor::zeros(type);
  if (tensor) copy_from_column_major(type, data, tensor->bytes());
  return tensor;
}

Bytes write_npy(const Tensor& tensor) {
  std::string shape;
  for (const std::int64_t size : tensor.type().shape)
    shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  if (tensor.type().rank() == 1) shape += ",";
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                   description(tensor.type().dtype), shape);
  // The elements begin at a multiple of 64. A header of rank 16 is far below 64 KiB.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string begin = "\x93NUMPY";
  begin += {'\x01', '\x00', static_cast<char>(header.size() & 0xff),
            static_cast<char>(header.size() >> 8)};
  begin += header;
  Bytes bytes(begin.size() + tensor.bytes().size());
  std::memcpy(bytes.data(), begin.data(), begin.size());
  std::copy(tensor.bytes().begin(), tensor.bytes().end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(begin.size()));
  return bytes;
}

Result<Tensor> load_npy(const std::string& path, const FileLimits& limits) {
  const auto bytes = read_file(path, limits);
  if (!bytes) return bytes.error();
  return read_npy(*bytes, path, limits);
}

Status save_npy(const std::string& path, const Tensor& tensor) {
  return write_file(path, write_npy(tensor));
}

Status require_type(const Type& actual, const Type& expected, std::string_view what,
                    std::string_view file) {
  if (actual == expected) return std::nullopt;
  Error error{.code = "E0615",
              .message = fmt::format("{} is {}, {} holds {}", what, to_string(expected),
                                     quote(file, 4096), to_string(actual)),
              .place = {std::string(file)}};
  if (actual.shape == expected.shape)
    error.help = fmt::format("--cast converts {} to {}", dtype_name(actual.dtype),
                             dtype_name(expected.dtype));
  return error;
}

} // namespace nnc
