// The projection onto the probability simplex that sparsemax and its loss share.
//
// A. Martins, R. Astudillo: From softmax to sparsemax, 2016. The support is a constant to
// derivatives; on it the projection is linear, so that derivatives of second order are 0.
#pragma once

#include "frontends/nn/tensor.h"

namespace nnc::nn {

struct Projection {
  Tensor shifted;    ///< z minus its largest element
  Tensor support;    ///< bool: where the projection is positive
  Tensor threshold;  ///< of `shifted`, size 1 along the axis
  Tensor projection; ///< max(shifted - threshold, 0); sums to 1 along the axis
};

Projection onto_simplex(const Tensor& z, int axis);

} // namespace nnc::nn
