// Sums over products of two tensors, as layers and attention use them.
#pragma once

#include "frontends/nn/call.h"

namespace nnc::nn {

/// NumPy's matmul; inner sizes must be equal.
Tensor matmul(const Tensor& a, const Tensor& b);

/// For operands of a product `a b` whose inner sizes differ: what would fit.
std::string inner_sizes_help(const Tensor& a, const Tensor& b);

/// NumPy's einsum (frontends/nn/einsum.cpp).
std::vector<Value> einsum(Call& call);

} // namespace nnc::nn
