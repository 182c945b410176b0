// A model with derivatives added: what `nnc grad` writes.
#pragma once

#include "frontends/model/doc.h"

#include <functional>

namespace nnc {

struct DerivativeRequest {
  std::string of;
  std::vector<std::string> wrt;
  int order = 1;
};

/// The shape of a value of the model.
using ShapeOf = std::function<OrErrors<Shape>(const std::string& name)>;

/// Adds nodes grad.<of>.<wrt>, for order 2 also grad2.<of>.<wrt>.<wrt> and so on for every
/// combination, and a function `grad` that gives `of` and all derivatives of the highest order.
/// Derivative k has the shapes of its k variables one after the other.
OrErrors<ModelDoc> add_derivatives(ModelDoc doc, const DerivativeRequest& request,
                                   const ShapeOf& shape_of);

/// The name of the function that add_derivatives adds to `doc`.
std::string derivative_function(const ModelDoc& doc);

} // namespace nnc
