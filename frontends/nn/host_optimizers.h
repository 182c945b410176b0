// Optimisers that go through all of the data themselves: their recipes, for models and the
// catalogue. frontends/host carries them out (descent.h).
#pragma once

#include "frontends/nn/recipe.h"

namespace nnc::nn {

std::vector<Recipe> host_optimizers();

} // namespace nnc::nn
