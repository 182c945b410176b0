// The activations of a model, found by what they do: a call with one operand whose result, element
// by element, stops changing with the operand on one side or both (tanh, sigmoid, relu, ...).
#pragma once

#include "frontends/host/session.h"

namespace nnc {

struct Activation {
  std::string name;     ///< of its result; inside an expression that and the function: "y/tanh"
  std::string value;    ///< of the model, when the result is one; else empty
  std::size_t node = 0; ///< in ModelDoc::nodes
  std::size_t term = 0; ///< in its expression; argument 0 is the operand
};

/// Those of the model's own nodes; functions with nodes of their own are not looked into.
std::vector<Activation> activations_of(const ModelDoc& doc);

/// The part of an expression that ends with `term`.
Expression part_of(const Expression& expression, std::size_t term);
/// The call of an activation with `x` in the place of its operand.
Expression call_with_operand(const Expression& expression, std::size_t term, const std::string& x);

} // namespace nnc
