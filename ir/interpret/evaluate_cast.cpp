// The steps of tapes that convert between dtypes.

#include "ir/interpret/evaluate.h"
#include "ir/interpret/real_steps.h"

#include <algorithm>

namespace nnc::interpreter {
namespace {

/// Bits of a float of `dtype` as the integer of that width, and back.
std::int64_t to_bits(DType from, DType to, double value) {
  std::byte bytes[8] = {};
  store_real(from, bytes, 0, value);
  return load_integer(to, bytes, 0);
}

double from_bits(DType from, DType to, std::int64_t value) {
  std::byte bytes[8] = {};
  store_integer(from, bytes, 0, value);
  return load_real(to, bytes, 0);
}

} // namespace

template <class S>
void Evaluator<S>::cast(const Step& step) {
  const int n = active_;
  if (is_float(step.operand) && is_float(step.dtype)) {
    std::copy_n(real(step.a), n, real(step.to));
    round_lanes(step.dtype, real(step.to), n, flush_);
  } else if (is_float(step.operand)) {
    for (int i = 0; i < n; ++i)
      integer(step.to)[i] = real_to_integer(step.dtype, primal(real(step.a)[i]));
  } else if (is_float(step.dtype)) {
    for (int i = 0; i < n; ++i)
      real(step.to)[i] = S(integer_to_real(step.dtype, integer(step.a)[i]));
  } else {
    for (int i = 0; i < n; ++i) {
      const std::int64_t value = integer(step.a)[i];
      integer(step.to)[i] =
          step.dtype == DType::boolean ? value != 0 : wrap_integer(step.dtype, value);
    }
  }
}

template <class S>
void Evaluator<S>::bitcast(const Step& step) {
  const bool from = is_float(step.operand), to = is_float(step.dtype);
  for (int i = 0; i < active_; ++i) {
    if (from && !to)
      integer(step.to)[i] = to_bits(step.operand, step.dtype, primal(real(step.a)[i]));
    else if (to && !from)
      real(step.to)[i] = S(from_bits(step.operand, step.dtype, integer(step.a)[i]));
    else if (to)
      throw InternalError("interpret: bitcast between floats");
    else
      integer(step.to)[i] = wrap_integer(step.dtype, integer(step.a)[i]);
  }
}

template void Evaluator<double>::cast(const Step&);
template void Evaluator<Dual<double>>::cast(const Step&);
template void Evaluator<Dual<Dual<double>>>::cast(const Step&);
template void Evaluator<double>::bitcast(const Step&);
template void Evaluator<Dual<double>>::bitcast(const Step&);
template void Evaluator<Dual<Dual<double>>>::bitcast(const Step&);

} // namespace nnc::interpreter
