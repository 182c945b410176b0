// A case as a graph of one call.
#pragma once

#include "nn/cases.h"

namespace nnc::nn {

struct Built {
  Graph graph;
  std::vector<Literal> fed;    ///< one for each leaf
  std::vector<int> operand_of; ///< for each leaf its operand, or -1 (`rng`)
};

/// Leaves x0, x1, ... (or the names of state), outputs y0, y1, ...; f64 operands become `dtype`.
Result<Built> build_case(Context& context, const FunctionTable& functions, const Case& c,
                         DType dtype);

} // namespace nnc::nn
