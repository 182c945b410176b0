// The first values of a function that are not finite, and what they were made of.
//
// What makes such a value is told from what hands it on: a NaN is made where no element that is
// read is one, an infinity where all are finite. Infinities that a model writes (a mask of -inf)
// are nobody's fault as long as no NaN is made of them.
#pragma once

#include "frontends/host/check/operand_elements.h"

namespace nnc {

struct NonFinite {
  Value value;
  std::int64_t element = 0;
  double number = 0;
  bool derivative = false;                    ///< of order 1 and more
  std::vector<OperandElements> operands = {}; ///< none of a leaf
};

struct NonFiniteSearch {
  std::vector<NonFinite> found = {};
  std::int64_t values = 0;               ///< looked at
  std::vector<std::string> results = {}; ///< outputs and updated leaves that are not finite
};

/// The first element of the function that is not finite and whose like gets into a result; if it is
/// an infinity, the first such NaN as well; the same of its derivatives. A NaN that was made of an
/// infinity brings what made that. Where all results are finite, they are those that a `where` or
/// the like throws away. The graph is interpreted as it is, in its dtypes. Where a node has very
/// many such elements, those beyond are taken for what the first of them is. Errors are those of
/// interpret().
Result<NonFiniteSearch> find_non_finite(const Graph& graph, std::span<const Literal> inputs);

} // namespace nnc
