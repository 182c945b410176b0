// The functions of ScalarOp (exp, log, sin, erf, lgamma, pow, ...) written once, as expressions of
// basic operations, for every compiler target: CPU, CUDA and C. Basic are add sub mul div fma sqrt
// neg abs floor ceil round, comparisons, select, casts, bitcasts, shifts and bit operations; there
// are no tables in memory, no loops and no branches, so the result is vectorisable as it stands.
//
// Operands are f32 or f64 (rows compute f16 and bf16 in f32). Errors in units of the last place of
// the result, and the number of operations, are printed and bounded by tests/ir/math_test.cpp: f32
// at most 2 (tanh and sigmoid 2.7), f64 at most 2 for exp log sin cos tanh sigmoid erf pow and 8
// for the others. lgamma and polygamma count results below 1 as 1; measured for polygamma(n, x) are
// 4.5 for n <= 10, 6 for n <= 30 and 15 for n <= 170, and where an even n has a zero between two
// poles, this of n! (2/3)^(n+1) rather than 1. Special values (signed zeros, infinities, NaN,
// poles, overflow) are those of C's functions; sin, cos and tan are right for every argument.
// Where a target counts denormals as zero these functions do too; where it keeps them, denormal
// operands and results are right to the same bounds. f32 sin, cos, tan, erfc and polygamma use f64
// inside (digamma does not). Targets must neither contract nor reassociate the result.
#pragma once

#include "ir/kernel/expr.h"

namespace nnc {

/// Whether targets compute `op` as it stands; the other ops are functions, expanded here.
bool is_basic(ScalarOp op);

/// `op`, which is not basic, of these operands as basic operations.
Expr expand_function(ExprPool& pool, ScalarOp op, std::span<const Expr> operands);

/// The same roots with every function below them (in guards and indices, too) expanded.
std::vector<Expr> expand_functions(ExprPool& pool, std::span<const Expr> roots);

} // namespace nnc
