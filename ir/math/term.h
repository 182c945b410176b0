// Formulas over scalar expressions, written as formulas: a Term is an expression together with its
// pool, and the operators build nodes. Numbers beside a Term take its dtype. Used by ir/math only.
#pragma once

#include "ir/kernel/expr.h"

#include <concepts>

namespace nnc::math {

template <class T>
concept Number = std::integral<T> || std::floating_point<T>;

class Term {
public:
  Term(ExprPool& pool, Expr expr) : pool_(&pool), expr_(expr) {}
  ExprPool& pool() const { return *pool_; }
  Expr expr() const { return expr_; }
  DType dtype() const { return pool_->dtype(expr_); }
  /// A constant of this term's dtype.
  template <Number T>
  Term like(T value) const {
    if constexpr (std::integral<T>)
      return {*pool_, pool_->constant_int(dtype(), value)};
    else
      return {*pool_, pool_->constant(dtype(), value)};
  }
  Term like(Term value) const { return value; }

private:
  ExprPool* pool_;
  Expr expr_;
};

template <class T>
concept Operand = Number<T> || std::same_as<T, Term>;

inline Term unary(ScalarOp op, Term a) { return {a.pool(), a.pool().unary(op, a.expr())}; }
inline Term binary(ScalarOp op, Term a, Term b) {
  return {a.pool(), a.pool().binary(op, a.expr(), b.expr())};
}
template <Operand A, Operand B>
Term binary_of(ScalarOp op, A a, B b) {
  if constexpr (std::same_as<A, Term>)
    return binary(op, a, a.like(b));
  else
    return binary(op, b.like(a), b);
}

template <class A, class B>
concept Operands = Operand<A> && Operand<B> &&(std::same_as<A, Term> || std::same_as<B, Term>);

// clang-format off
template <class A, class B> requires Operands<A, B>
Term operator+(A a, B b) { return binary_of(ScalarOp::add, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator-(A a, B b) { return binary_of(ScalarOp::sub, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator*(A a, B b) { return binary_of(ScalarOp::mul, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator/(A a, B b) { return binary_of(ScalarOp::div, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator<(A a, B b) { return binary_of(ScalarOp::lt, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator<=(A a, B b) { return binary_of(ScalarOp::le, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator>(A a, B b) { return binary_of(ScalarOp::gt, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator>=(A a, B b) { return binary_of(ScalarOp::ge, a, b); }
template <class A, class B> requires Operands<A, B>
Term equal(A a, B b) { return binary_of(ScalarOp::eq, a, b); }
template <class A, class B> requires Operands<A, B>
Term unequal(A a, B b) { return binary_of(ScalarOp::ne, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator&(A a, B b) { return binary_of(ScalarOp::bit_and, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator|(A a, B b) { return binary_of(ScalarOp::bit_or, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator^(A a, B b) { return binary_of(ScalarOp::bit_xor, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator<<(A a, B b) { return binary_of(ScalarOp::shift_left, a, b); }
template <class A, class B> requires Operands<A, B>
Term operator>>(A a, B b) { return binary_of(ScalarOp::shift_right, a, b); }
// clang-format on

inline Term operator-(Term a) { return unary(ScalarOp::neg, a); }
inline Term abs(Term a) { return unary(ScalarOp::abs, a); }
inline Term sqrt(Term a) { return unary(ScalarOp::sqrt, a); }
inline Term floor(Term a) { return unary(ScalarOp::floor, a); }
inline Term round(Term a) { return unary(ScalarOp::round, a); } ///< half to even
inline Term cast(Term a, DType to) { return {a.pool(), a.pool().cast(a.expr(), to)}; }

/// a * b + c, rounded once; one of the three is a Term.
template <Operand A, Operand B, Operand C>
Term fma(A a, B b, C c) {
  if constexpr (std::same_as<A, Term>)
    return {a.pool(), a.pool().fma(a.expr(), a.like(b).expr(), a.like(c).expr())};
  else if constexpr (std::same_as<B, Term>)
    return fma(b, b.like(a), c);
  else
    return fma(c.like(a), c.like(b), c);
}

/// condition ? a : b; at least one of a and b is a Term.
template <class A, class B>
requires Operands<A, B> Term select(Term condition, A a, B b) {
  if constexpr (std::same_as<A, Term>) {
    const Term other = a.like(b);
    return {a.pool(), a.pool().select(condition.expr(), a.expr(), other.expr())};
  } else {
    return {b.pool(), b.pool().select(condition.expr(), b.like(a).expr(), b.expr())};
  }
}

// Bounds that let a NaN through.
inline Term at_most(Term a, double bound) { return select(a > bound, bound, a); }
inline Term at_least(Term a, double bound) { return select(a < bound, bound, a); }

/// A float format that functions are computed in.
struct Format {
  DType real, integer;
  int fraction_bits, exponent_bias;
  bool wide() const { return real == DType::f64; }
  /// 1.5 * 2^fraction_bits: adding it to a number of moderate size rounds that to an integer, which
  /// then stands in the low bits.
  double rounder() const { return wide() ? 0x1.8p52 : 0x1.8p23; }
  double smallest_normal() const { return wide() ? 0x1p-1022 : 0x1p-126; }
  /// Below this, odd functions whose derivative at 0 is 1 are x to within a rounding.
  double linear_below() const { return wide() ? 0x1p-27 : 0x1p-12; }
  std::int64_t sign_bit() const { return wide() ? INT64_MIN : INT32_MIN; }
};
const Format& format_of(Term x);

Term bits(Term x);      ///< the bits of a float as an integer of its width
Term from_bits(Term x); ///< the float of those bits
Term sign_of(Term x);   ///< the sign bit alone, as an integer
/// `magnitude` (its own sign bit clear) with the sign of `sign`.
Term with_sign(Term magnitude, Term sign);

/// sum of coefficients[i] * x^i. Short ones by Horner's rule, long ones as even and odd halves,
/// which have half the latency for one multiplication more.
Term polynomial(Term x, std::span<const double> coefficients);

/// A number carried in two terms, |low| <= ulp(high)/2 unless said otherwise.
struct Pair {
  Term high, low;
};
Pair exact_sum(Term a, Term b);         ///< a + b without error
Pair exact_sum_ordered(Term a, Term b); ///< the same where |a| >= |b| or a = 0
Pair exact_product(Term a, Term b);     ///< a * b without error

} // namespace nnc::math
