// Everything that is wrong with a model, whether a function that is asked for needs it or not.
#pragma once

#include "frontends/model/build.h"

namespace nnc {

/// Errors of the model besides those that reading and resolving told of: in initial values and
/// constants, in every declared function but those in `built`, and in every node that neither those
/// nor the values in `built` need. What only follows from other errors is none, nor is a size
/// without a value: the model may leave it to the inputs. Sizes are the model's and the function's
/// own; those in `options` belong to what is in `built`, and count for initial values.
Errors check_rest(const Model& model, const std::vector<std::string>& built,
                  const BuildOptions& options, const OpTable& rows,
                  const nn::FunctionTable& functions);

} // namespace nnc
