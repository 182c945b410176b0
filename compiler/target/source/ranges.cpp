#include "compiler/target/source/ranges.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace nnc::source {
namespace {

IndexRange all_of(DType dtype) {
  if (dtype == DType::boolean) return {0, 1};
  const auto bits = static_cast<int>(dtype_size(dtype) * 8);
  if (!is_signed(dtype)) return {0, (std::int64_t{1} << bits) - 1};
  const std::int64_t highest = std::numeric_limits<std::int64_t>::max() >> (64 - bits);
  return {-highest - 1, highest};
}

bool inside(const IndexRange& range, const IndexRange& limits) {
  return range.low >= limits.low && range.high <= limits.high;
}

/// A number that may be too large for one.
using Number = std::optional<std::int64_t>;

template <class Overflows>
Number checked(Overflows overflows, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return overflows(a, b, &result) ? Number() : Number(result);
}
Number sum(std::int64_t a, std::int64_t b) {
  return checked([](auto x, auto y, auto* to) { return __builtin_add_overflow(x, y, to); }, a, b);
}
Number difference(std::int64_t a, std::int64_t b) {
  return checked([](auto x, auto y, auto* to) { return __builtin_sub_overflow(x, y, to); }, a, b);
}
Number product(std::int64_t a, std::int64_t b) {
  return checked([](auto x, auto y, auto* to) { return __builtin_mul_overflow(x, y, to); }, a, b);
}

/// From the least to the greatest of these.
std::optional<IndexRange> spanned(std::initializer_list<Number> corners) {
  if (std::ranges::find(corners, Number()) != corners.end()) return std::nullopt;
  return IndexRange{*std::min(corners), *std::max(corners)};
}

/// Of the result as a number, nullopt where nothing is known.
std::optional<IndexRange> result(ScalarOp op, const IndexRange& a, const IndexRange& b) {
  switch (op) {
  case ScalarOp::add:
    return spanned({sum(a.low, b.low), sum(a.high, b.high)});
  case ScalarOp::sub:
    return spanned({difference(a.low, b.high), difference(a.high, b.low)});
  case ScalarOp::mul:
    return spanned({product(a.low, b.low), product(a.low, b.high), product(a.high, b.low),
                    product(a.high, b.high)});
  case ScalarOp::neg:
    return spanned({difference(0, a.high), difference(0, a.low)});
  case ScalarOp::maximum:
    return IndexRange{std::max(a.low, b.low), std::max(a.high, b.high)};
  case ScalarOp::minimum:
    return IndexRange{std::min(a.low, b.low), std::min(a.high, b.high)};
  case ScalarOp::shift_right:
    if (b.low != b.high || b.low < 0 || b.low > 62) return std::nullopt;
    return IndexRange{a.low >> b.low, a.high >> b.low};
  default:
    return std::nullopt;
  }
}

class Ranges {
public:
  Ranges(const ExprPool& pool, std::unordered_map<std::uint32_t, IndexRange>& known)
      : pool_(pool), known_(known) {}

  /// nullopt where the result may be outside of the dtype, or is not known.
  std::optional<IndexRange> exact(Expr expr) const {
    const ExprNode& node = pool_.node(expr);
    switch (node.op) {
    case ScalarOp::constant:
      return IndexRange{static_cast<std::int64_t>(node.bits), static_cast<std::int64_t>(node.bits)};
    case ScalarOp::index:
      return pool_.indices().range(Index{node.source});
    case ScalarOp::select: {
      const IndexRange a = of(node.operand[1]), b = of(node.operand[2]);
      return IndexRange{std::min(a.low, b.low), std::max(a.high, b.high)};
    }
    case ScalarOp::cast:
      if (is_float(pool_.dtype(node.operand[0]))) return std::nullopt;
      return of(node.operand[0]);
    default:
      break;
    }
    if (node.arity == 0 || is_float(pool_.dtype(node.operand[0]))) return std::nullopt;
    return result(node.op, of(node.operand[0]), of(node.operand[node.arity > 1 ? 1 : 0]));
  }

  /// Operands come before users, so that nothing recurses: what was not asked for is unknown.
  IndexRange of(Expr expr) const {
    const auto found = known_.find(expr.id);
    return found == known_.end() ? all_of(pool_.dtype(expr)) : found->second;
  }

private:
  const ExprPool& pool_;
  std::unordered_map<std::uint32_t, IndexRange>& known_;
};

} // namespace

bool fits_dtype(const ExprPool& pool, Expr expr,
                std::unordered_map<std::uint32_t, IndexRange>& known) {
  const DType dtype = pool.dtype(expr);
  if (is_float(dtype)) return false;
  const auto range = Ranges(pool, known).exact(expr);
  const bool fits = range && inside(*range, all_of(dtype));
  known[expr.id] = fits ? *range : all_of(dtype);
  return fits;
}

} // namespace nnc::source
