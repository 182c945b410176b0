// Which function of a model trains it.
#pragma once

#include "frontends/host/source.h"

namespace nnc {

/// The function of the model that `nnc train` calls: `asked`, else `train`, else the only one that
/// updates params. E0312 when it is not clear which, E0626 for a graph.
Result<const FunctionDoc*> training_function(const Source& source, const std::string& asked);

} // namespace nnc
