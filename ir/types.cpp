#include "ir/types.h"

#include "ir/messages.h"
#include "ir/suggestion.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

namespace nnc {
namespace {

struct DTypeInfo {
  std::string_view name;
  std::size_t size;
  bool floating, integer, has_sign;
};

constexpr std::array<DTypeInfo, dtype_count> infos = {{
    {"f64", 8, true, false, true},
    {"f32", 4, true, false, true},
    {"f16", 2, true, false, true},
    {"bf16", 2, true, false, true},
    {"i64", 8, false, true, true},
    {"i32", 4, false, true, true},
    {"u32", 4, false, true, false},
    {"i8", 1, false, true, true},
    {"u8", 1, false, true, false},
    {"bool", 1, false, false, false},
}};

const DTypeInfo& info(DType dtype) { return infos[static_cast<std::size_t>(dtype)]; }

Error bad_type(std::string_view text, std::string_view why) {
  return {.code = "E0201",
          .message = quote(text) + " is not a type: " + std::string(why),
          .help = "write a dtype and sizes, like f32[32,784]; a scalar is f32[]"};
}

} // namespace

std::string_view dtype_name(DType dtype) { return info(dtype).name; }

std::optional<DType> dtype_from_name(std::string_view name) {
  for (int i = 0; i < dtype_count; ++i)
    if (infos[static_cast<std::size_t>(i)].name == name) return static_cast<DType>(i);
  return std::nullopt;
}

std::size_t dtype_size(DType dtype) { return info(dtype).size; }
bool is_float(DType dtype) { return info(dtype).floating; }
bool is_integer(DType dtype) { return info(dtype).integer; }
bool is_signed(DType dtype) { return info(dtype).has_sign; }

DType compute_dtype(DType dtype) {
  return dtype == DType::f16 || dtype == DType::bf16 ? DType::f32 : dtype;
}

std::int64_t wrap_integer(DType dtype, std::int64_t value) {
  switch (dtype) {
  case DType::i64:
    return value;
  case DType::i32:
    return static_cast<std::int32_t>(value);
  case DType::u32:
    return static_cast<std::uint32_t>(value);
  case DType::i8:
    return static_cast<std::int8_t>(value);
  case DType::u8:
    return static_cast<std::uint8_t>(value);
  case DType::boolean:
    return value & 1;
  default:
    throw InternalError("wrap_integer: not an integer dtype");
  }
}

std::optional<std::int64_t> checked_elements(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  bool empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0 || size > max_size) return std::nullopt;
    if (size == 0) {
      empty = true;
      continue;
    }
    if (__builtin_mul_overflow(count, size, &count) || count > max_bytes) return std::nullopt;
  }
  return empty ? 0 : count;
}

std::int64_t element_count(std::span<const std::int64_t> shape) {
  const auto count = checked_elements(shape);
  if (!count) throw InternalError("element_count: unchecked shape " + to_string(shape));
  return *count;
}

Status check_type(const Type& type) {
  if (type.rank() > max_rank)
    return Error{.code = "E0202",
                 .message = to_string(type) + " has rank " + std::to_string(type.rank()) +
                            ", the limit is " + std::to_string(max_rank)};
  for (const std::int64_t size : type.shape)
    if (size < 0 || size > max_size)
      return Error{.code = "E0202",
                   .message =
                       to_string(type) + ": size " + std::to_string(size) + " is outside 0..2^40"};
  const auto count = checked_elements(type.shape);
  std::int64_t bytes = 0;
  if (!count ||
      __builtin_mul_overflow(*count, static_cast<std::int64_t>(dtype_size(type.dtype)), &bytes) ||
      bytes > max_bytes)
    return Error{.code = "E0202", .message = to_string(type) + " has more than 2^62 bytes"};
  return std::nullopt;
}

std::string to_string(std::span<const std::int64_t> list) {
  std::string text = "[";
  for (std::size_t i = 0; i < list.size(); ++i) text += (i ? "," : "") + std::to_string(list[i]);
  return text + "]";
}

std::string to_string(const Type& type) {
  return std::string(dtype_name(type.dtype)) + to_string(type.shape);
}

Result<Type> parse_type(std::string_view text) {
  const std::size_t open = text.find('[');
  if (open == std::string_view::npos || !text.ends_with(']'))
    return bad_type(text, "there is no [sizes] part");
  const auto dtype = dtype_from_name(text.substr(0, open));
  if (!dtype) {
    Error error = bad_type(text, "unknown dtype " + quote(text.substr(0, open)));
    if (std::string help = dtype_help(text.substr(0, open)); !help.empty())
      error.help = std::move(help);
    return error;
  }
  Type type{*dtype, {}};
  std::string_view rest = text.substr(open + 1, text.size() - open - 2);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    std::int64_t size = 0;
    const auto [end, fault] = std::from_chars(item.data(), item.data() + item.size(), size);
    if (fault != std::errc{} || end != item.data() + item.size() || item.front() == '-')
      return bad_type(text, "'" + std::string(item) + "' is not a size from 0 to 2^40");
    type.shape.push_back(size);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
    if (rest.empty()) return bad_type(text, "a size is missing after the last comma");
  }
  if (auto error = check_type(type)) return *error;
  return type;
}

std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

float f16_to_float(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fu;
  const std::uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent == 0) { // zero or denormal: mantissa * 2^-24 is exact in f32
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

std::uint16_t float_to_f16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint16_t sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u); // >= 65520
  if (magnitude < 0x38800000u) { // below 2^-14: the result counts multiples of 2^-24
    const float scaled = std::bit_cast<float>(magnitude) * 0x1p24f;
    return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(std::nearbyint(scaled)));
  }
  const std::uint32_t odd = (magnitude >> 13) & 1u;
  return static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13));
}

float bf16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

std::uint16_t float_to_bf16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

} // namespace nnc
