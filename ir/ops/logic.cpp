// Bits and comparisons; nothing here has a derivative.

#include "ir/ops/elementwise.h"

namespace nnc::ops {
namespace {

template <ScalarOp op>
OpRow bits(std::string name, std::string doc) {
  return binary<op>({.name = std::move(name),
                     .kind = element_wise,
                     .doc = std::move(doc),
                     .derivative = "none: not floats",
                     .infer = infer_bits,
                     .commutative = true});
}

template <ScalarOp op>
OpRow shift(std::string name, std::string doc) {
  return binary<op>({.name = std::move(name),
                     .kind = element_wise,
                     .doc = std::move(doc),
                     .derivative = "none: not floats",
                     .infer = infer_integer});
}

template <ScalarOp op>
OpRow comparison(std::string name, std::string doc, bool commutative = false) {
  return binary<op>({.name = std::move(name),
                     .kind = element_wise,
                     .doc = std::move(doc),
                     .derivative = "none: bool",
                     .infer = infer_comparison,
                     .commutative = commutative});
}

} // namespace

void add_logic_rows(OpTable& table) {
  table.add(bits<ScalarOp::bit_and>("and", "a and b; of integers, bit by bit"));
  table.add(bits<ScalarOp::bit_or>("or", "a or b; of integers, bit by bit"));
  table.add(bits<ScalarOp::bit_xor>("xor", "either a or b; of integers, bit by bit"));
  // A count is read as unsigned, so that a negative one is one that is too large.
  table.add(shift<ScalarOp::shift_left>(
      "shift_left", "a * 2^b; 0 where b is negative or at least the width of a"));
  table.add(shift<ScalarOp::shift_right>(
      "shift_right", "floor(a / 2^b); 0, or -1 for a < 0, where b is negative or at least the "
                     "width of a"));

  table.add(comparison<ScalarOp::eq>("eq", "a == b; false for NaN, -0 == +0", true));
  table.add(comparison<ScalarOp::ne>("ne", "a != b; true for NaN", true));
  table.add(comparison<ScalarOp::lt>("lt", "a < b; false for NaN"));
  table.add(comparison<ScalarOp::le>("le", "a <= b; false for NaN"));
  table.add(comparison<ScalarOp::gt>("gt", "a > b; false for NaN"));
  table.add(comparison<ScalarOp::ge>("ge", "a >= b; false for NaN"));
}

} // namespace nnc::ops
