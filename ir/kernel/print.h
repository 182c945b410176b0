// The text of kernels: what is stored, in which loops, and how it is computed. Exact: what is
// printed parses back to the same program (ir/kernel/parse.h). Grammar in docs/text-ir.md.
//
//   program @predict (x, w, b) -> (h) {
//     input  x : f32[64,784]
//     param  w : f32[784,128]
//     param  b : f32[128]
//     output h : f32[64,128]
//
//     kernel predict_0 (x, w, b) -> (h): contraction {   // 12.9 MFLOP, digits.json:9:5
//       for i in 0..64, j in 0..128
//         h[i,j] = tanh(sum[k in 0..784](x[i,k] * w[k,j]) + b[j])
//     }
//   }
#pragma once

#include "ir/graph.h"
#include "ir/kernel/kernel.h"

namespace nnc {

/// With a context, lines end with where buffers and kernels came from.
std::string print_program(const KernelProgram& program, const Context* context = nullptr);

} // namespace nnc
