// Where a function loses digits: the interpreter in the model's dtypes beside the same graph in
// f64.
//
// A value has the digits of its dtype (7.2 in f32), or of a narrower one that it comes from, and
// has lost those that differ from f64. Errors of a tensor count relative to the element or the root
// mean square of all, whichever is larger: elements that happen to be near 0 are no fault. A value
// that lost a third of its digits is traced back, element by element, to the node whose operands
// still had them.
#pragma once

#include "frontends/host/check/operand_elements.h"

namespace nnc {

/// A node that loses digits which its operands have.
struct LostDigits {
  Value value;
  std::int64_t element = 0;
  double narrow = 0, wide = 0;           ///< the element in the model's dtype and in f64
  double lost = 0;                       ///< by this node
  double right = 0;                      ///< that the element has left
  std::vector<OperandElements> operands; ///< as they were in the model's dtypes
};

struct ResultDigits {
  std::string name; ///< of an output, or of what is updated
  double right = 0, all = 0;
  bool finite = true; ///< in f64; of elements that are not, digits say nothing
};

struct PrecisionReport {
  std::vector<LostDigits> nodes; ///< worst first
  std::size_t first = 0;         ///< of these in the order of computing
  std::vector<ResultDigits> results;
  std::int64_t values = 0; ///< compared: those with fewer digits than f64
};

/// Decimal digits of a float dtype: 7.2 of f32.
double digits_of(DType dtype);

/// `inputs` in the dtypes of the graph. The errors of interpret(), and of widened().
Result<PrecisionReport> find_lost_digits(const Graph& graph, std::span<const Literal> inputs);

} // namespace nnc
