// Recognises the contraction form: a kernel whose one reduction is a sum over a product of two
// factors, each of which varies along result axes that the other does not (matmul, batched matmul,
// convolution and its gradients). `schedule` names the form and targets tile it.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// result[batch, m, n] = epilogue( sum over k of a[batch, m, k] * b[batch, n, k] ).
struct Contraction {
  Expr reduction;          ///< the reduce node; the rest of the stores is the epilogue
  Expr a, b;               ///< the factors, as expressions over the axes below
  std::vector<Axis> batch; ///< result axes both factors vary with
  std::vector<Axis> m;     ///< result axes of `a` alone, in stage order
  std::vector<Axis> n;     ///< result axes of `b` alone, in stage order; the last stage axis
                           ///< (contiguous in the result) is among these
  std::vector<Axis> k;     ///< reduced axes
};

/// Only for one-stage kernels without outer axes, both m and n non-empty with more than one point.
std::optional<Contraction> find_contraction(const Kernel& kernel);

} // namespace nnc
