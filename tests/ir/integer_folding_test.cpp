// Integers of kernels are folded as they are built, to what the interpreter would compute.
#include "ir/kernel/expr.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

class IntegerFolding : public testing::Test {
protected:
  Expr number(std::int64_t value, DType dtype = DType::i64) {
    return pool.constant_int(dtype, value);
  }
  std::optional<std::int64_t> made(ScalarOp op, std::int64_t a, std::int64_t b,
                                   DType dtype = DType::i64) {
    return pool.as_integer(pool.binary(op, number(a, dtype), number(b, dtype)));
  }

  ExprPool pool;
  Expr x = pool.load(0, DType::i64, {});
};

TEST_F(IntegerFolding, OfConstants) {
  EXPECT_EQ(made(ScalarOp::add, 0, 4), 4);
  EXPECT_EQ(made(ScalarOp::minimum, 8, 12), 8);
  EXPECT_EQ(made(ScalarOp::div, 7, 0), 0);
  EXPECT_EQ(made(ScalarOp::rem, -7, 2), -1);
  EXPECT_EQ(made(ScalarOp::add, 127, 1, DType::i8), -128);
  EXPECT_EQ(made(ScalarOp::shift_left, 1, 64), 0);
  EXPECT_EQ(made(ScalarOp::lt, 1, 2), 1);
  EXPECT_EQ(pool.dtype(pool.binary(ScalarOp::lt, number(1), number(2))), DType::boolean);
}

TEST_F(IntegerFolding, WhereOneOperandChangesNothing) {
  EXPECT_EQ(pool.sub(x, number(0)), x);
  EXPECT_EQ(pool.add(x, number(0)), x);
  EXPECT_EQ(pool.add(number(0), x), x);
  EXPECT_EQ(pool.mul(number(1), x), x);
  EXPECT_EQ(pool.div(x, number(1)), x);
  EXPECT_EQ(pool.binary(ScalarOp::shift_right, x, number(0)), x);
  EXPECT_NE(pool.sub(number(0), x), x);
  EXPECT_NE(pool.div(number(1), x), x);
  EXPECT_NE(pool.mul(x, number(0)), x);
}

/// -0 + 0 is 0, and a sum of floats is rounded where it stands.
TEST_F(IntegerFolding, FloatsStay) {
  const Expr y = pool.load(0, DType::f32, {}), zero = pool.constant(DType::f32, 0);
  EXPECT_NE(pool.add(y, zero), y);
  EXPECT_FALSE(pool.as_real(pool.add(zero, zero)));
}

} // namespace
} // namespace nnc
