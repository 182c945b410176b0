// Element types, shapes and tensor types; the one part of ir/ that the runtime sees.
//
// A type is written as in model files: `f32[32,784]`, a scalar is `f64[]`. Sizes are 0..2^40;
// element and byte counts are computed with overflow checks and are at most 2^62.
#pragma once

#include "ir/error.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

enum class DType : std::uint8_t { f64, f32, f16, bf16, i64, i32, u32, i8, u8, boolean };
inline constexpr int dtype_count = 10;

std::string_view dtype_name(DType dtype); ///< "f32", "bool", ...
std::optional<DType> dtype_from_name(std::string_view name);
std::size_t dtype_size(DType dtype); ///< bytes of one element

bool is_float(DType dtype);
bool is_integer(DType dtype); ///< signed or unsigned, not bool
bool is_signed(DType dtype);  ///< signed integers and floats
/// The dtype that sums, dots and element-wise functions of `dtype` are computed in:
/// f32 for f16 and bf16, else itself.
DType compute_dtype(DType dtype);

/// The integer that `value` wraps to in `dtype` (two's complement; bool keeps the lowest bit).
std::int64_t wrap_integer(DType dtype, std::int64_t value);

using Shape = std::vector<std::int64_t>;

inline constexpr std::int64_t max_size = std::int64_t{1} << 40;
inline constexpr std::int64_t max_bytes = std::int64_t{1} << 62;
inline constexpr int max_rank = 16;

/// What the memory of one call may come to where nobody says otherwise.
inline constexpr std::int64_t default_max_memory = std::int64_t{1} << 36;

/// Workspaces, and the buffers and weights inside, begin at multiples of so many bytes, and run on
/// to the next one: kernels may read whole vectors.
inline constexpr std::int64_t buffer_alignment = 64;
constexpr std::int64_t padded_bytes(std::int64_t bytes) {
  return (bytes + buffer_alignment - 1) / buffer_alignment * buffer_alignment;
}

/// Number of elements, or nullopt if a size is outside 0..2^40 or the product above 2^62.
std::optional<std::int64_t> checked_elements(std::span<const std::int64_t> shape);
/// Number of elements of a shape that was checked before.
std::int64_t element_count(std::span<const std::int64_t> shape);

struct Type {
  DType dtype = DType::f32;
  Shape shape;

  int rank() const { return static_cast<int>(shape.size()); }
  bool scalar() const { return shape.empty(); }
  std::int64_t elements() const { return element_count(shape); }
  std::int64_t bytes() const { return elements() * static_cast<std::int64_t>(dtype_size(dtype)); }
  bool operator==(const Type&) const = default;
};

/// Rank, sizes and byte count within the limits above, else an error that says which is not.
Status check_type(const Type& type);

std::string to_string(const Type& type);                   ///< "f32[32,784]"
std::string to_string(std::span<const std::int64_t> list); ///< "[32,784]"
/// Reads `f32[2,3]`; sizes are plain digits. (Size symbols are resolved by the front ends.)
Result<Type> parse_type(std::string_view text);

/// Row-major strides, in elements.
std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> shape);

// Bits of the two 16-bit formats; rounding is to nearest even, NaN stays NaN.
float f16_to_float(std::uint16_t bits);
std::uint16_t float_to_f16(float value);
float bf16_to_float(std::uint16_t bits);
std::uint16_t float_to_bf16(float value);

} // namespace nnc
