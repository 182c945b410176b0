#include "runtime/cast.h"

#include "runtime/elements.h"

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

namespace nnc {
namespace {

// f32 nearest to `value` toward zero, with the lowest bit set when digits were lost. Rounding that
// once more, to a format at least two bits shorter, gives what rounding `value` at once gives.
float round_to_odd(double value) {
  const float nearest = static_cast<float>(value);
  if (std::isnan(value) || static_cast<double>(nearest) == value) return nearest;
  std::uint32_t bits = std::bit_cast<std::uint32_t>(nearest);
  if (std::fabs(static_cast<double>(nearest)) > std::fabs(value)) --bits;
  return std::bit_cast<float>(bits | 1u);
}

// The same from i64 to f64: above 2^53 the 11 lowest bits become one that says "not exact".
double round_to_odd(std::int64_t value) {
  const std::uint64_t magnitude =
      value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  if (magnitude >> 53 == 0) return static_cast<double>(value);
  const std::uint64_t lost = magnitude & 0x7ffu;
  const double odd = static_cast<double>((magnitude - lost) | (lost ? 0x800u : 0u));
  return value < 0 ? -odd : odd;
}

template <class To, class From>
To saturate(From value) {
  if (std::isnan(value)) return 0;
  // Both ends are exact in a double: the lowest value, and the highest plus one.
  constexpr double low = static_cast<double>(std::numeric_limits<To>::min());
  constexpr double above =
      2.0 * static_cast<double>(std::uint64_t{1} << (std::numeric_limits<To>::digits - 1));
  const double wide = static_cast<double>(value);
  if (wide <= low) return std::numeric_limits<To>::min();
  if (wide >= above) return std::numeric_limits<To>::max();
  return static_cast<To>(wide);
}

template <DType To, class From>
typename Element<To>::Stored convert(From value) {
  using Stored = typename Element<To>::Stored;
  if constexpr (To == DType::boolean) {
    return value != From{} ? 1 : 0;
  } else if constexpr (To == DType::f16 || To == DType::bf16) {
    if constexpr (std::is_same_v<From, std::int64_t>)
      return round_to_16_bits(round_to_odd(value), To);
    else
      return round_to_16_bits(static_cast<double>(value), To);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<Stored>) {
    return saturate<Stored>(value);
  } else {
    return static_cast<Stored>(value);
  }
}

} // namespace

std::uint16_t round_to_16_bits(double value, DType to) {
  const float odd = round_to_odd(value);
  return to == DType::f16 ? float_to_f16(odd) : float_to_bf16(odd);
}

Result<Tensor> cast(const Tensor& tensor, DType to) {
  if (to == tensor.type().dtype) return Tensor::copy_of(tensor.type(), tensor.bytes());
  auto result = Tensor::zeros({to, tensor.type().shape});
  if (!result) return result;
  for_dtype(tensor.type().dtype, [&]<DType From>() {
    const auto in = tensor.as<typename Element<From>::Stored>();
    for_dtype(to, [&]<DType To>() {
      const auto out = result->template as<typename Element<To>::Stored>();
      for (std::size_t i = 0; i < in.size(); ++i) out[i] = convert<To>(Element<From>::load(in[i]));
    });
  });
  return result;
}

} // namespace nnc
