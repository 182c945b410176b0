// Gradient and batch rules of loops and branches.
#pragma once

#include "ir/ops/rows.h"

namespace nnc::ops {

void loop_grad(Pullback& p);
void loop_batch(Batching& b);
void branch_grad(Pullback& p);
void branch_batch(Batching& b);

} // namespace nnc::ops
