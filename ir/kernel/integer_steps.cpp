#include "ir/kernel/integer_steps.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace nnc {
namespace {

std::uint64_t bits(std::int64_t x) { return static_cast<std::uint64_t>(x); }
std::int64_t number(std::uint64_t x) { return static_cast<std::int64_t>(x); }

std::int64_t quotient(std::int64_t a, std::int64_t b) {
  if (b == 0) return 0;
  return b == -1 ? number(0 - bits(a)) : a / b;
}

std::int64_t rest(std::int64_t a, std::int64_t b) {
  if (b == 0) return a;
  return b == -1 ? 0 : a % b;
}

std::int64_t power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) { // 1 / base^-exponent, truncated
    if (base == 1) return 1;
    if (base == -1) return exponent % 2 ? -1 : 1;
    return 0;
  }
  std::uint64_t result = 1, square = bits(base);
  for (; exponent; exponent >>= 1, square *= square)
    if (exponent & 1) result *= square;
  return number(result);
}

std::int64_t width(DType dtype) { return static_cast<std::int64_t>(dtype_size(dtype)) * 8; }

std::int64_t left(DType dtype, std::int64_t a, std::int64_t by) {
  return by < 0 || by >= width(dtype) ? 0 : number(bits(a) << by);
}

std::int64_t right(DType dtype, std::int64_t a, std::int64_t by) {
  if (by < 0 || by >= width(dtype)) return a < 0 ? -1 : 0;
  return a >> by; // unsigned dtypes are stored as they are, never negative
}

} // namespace

void integer_step(ScalarOp op, DType dtype, std::int64_t* to, const std::int64_t* a,
                  const std::int64_t* b, int n) {
  const auto each = [&](auto function) {
    for (int i = 0; i < n; ++i) to[i] = wrap_integer(dtype, function(i));
  };
  switch (op) {
  case ScalarOp::neg:
    return each([&](int i) { return number(0 - bits(a[i])); });
  case ScalarOp::abs:
    return each([&](int i) { return a[i] < 0 ? number(0 - bits(a[i])) : a[i]; });
  case ScalarOp::sign:
    return each([&](int i) { return std::int64_t{a[i] > 0} - std::int64_t{a[i] < 0}; });
  case ScalarOp::add:
    return each([&](int i) { return number(bits(a[i]) + bits(b[i])); });
  case ScalarOp::sub:
    return each([&](int i) { return number(bits(a[i]) - bits(b[i])); });
  case ScalarOp::mul:
    return each([&](int i) { return number(bits(a[i]) * bits(b[i])); });
  case ScalarOp::div:
    return each([&](int i) { return quotient(a[i], b[i]); });
  case ScalarOp::rem:
    return each([&](int i) { return rest(a[i], b[i]); });
  case ScalarOp::pow:
    return each([&](int i) { return power(a[i], b[i]); });
  case ScalarOp::maximum:
    return each([&](int i) { return std::max(a[i], b[i]); });
  case ScalarOp::minimum:
    return each([&](int i) { return std::min(a[i], b[i]); });
  case ScalarOp::floor:
  case ScalarOp::ceil:
  case ScalarOp::round:
    return each([&](int i) { return a[i]; });
  case ScalarOp::bit_not:
    return each([&](int i) { return ~a[i]; });
  case ScalarOp::bit_and:
    return each([&](int i) { return a[i] & b[i]; });
  case ScalarOp::bit_or:
    return each([&](int i) { return a[i] | b[i]; });
  case ScalarOp::bit_xor:
    return each([&](int i) { return a[i] ^ b[i]; });
  case ScalarOp::shift_left:
    return each([&](int i) { return left(dtype, a[i], b[i]); });
  case ScalarOp::shift_right:
    return each([&](int i) { return right(dtype, a[i], b[i]); });
  default:
    throw InternalError("no " + std::string(scalar_op_name(op)) + " of integers");
  }
}

void compare_integers(ScalarOp op, std::int64_t* to, const std::int64_t* a, const std::int64_t* b,
                      int n) {
  const auto each = [&](auto function) {
    for (int i = 0; i < n; ++i) to[i] = function(a[i], b[i]) ? 1 : 0;
  };
  switch (op) {
  case ScalarOp::eq:
    return each(std::equal_to<std::int64_t>{});
  case ScalarOp::ne:
    return each(std::not_equal_to<std::int64_t>{});
  case ScalarOp::lt:
    return each(std::less<std::int64_t>{});
  case ScalarOp::le:
    return each(std::less_equal<std::int64_t>{});
  case ScalarOp::gt:
    return each(std::greater<std::int64_t>{});
  case ScalarOp::ge:
    return each(std::greater_equal<std::int64_t>{});
  default:
    throw InternalError("no " + std::string(scalar_op_name(op)) + " of integers");
  }
}

std::int64_t integer_identity(Combiner combiner, DType dtype) {
  if (combiner == Combiner::sum) return 0;
  if (combiner == Combiner::prod) return 1;
  const int magnitude_bits = static_cast<int>(width(dtype)) - (is_signed(dtype) ? 1 : 0);
  const std::int64_t highest = dtype == DType::boolean ? 1
                               : magnitude_bits == 63  ? std::numeric_limits<std::int64_t>::max()
                                                       : (std::int64_t{1} << magnitude_bits) - 1;
  if (combiner == Combiner::min) return highest;
  return is_signed(dtype) ? -highest - 1 : 0;
}

} // namespace nnc
