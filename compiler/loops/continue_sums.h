// Sums of several loops that are added up.
//
// A carry that only takes up terms, from zero on, may as well begin with what its sum is added to
// afterwards. What a param gets from one loop after the other, be it two or the parts of one, is
// then a single sum in the order of the steps.
#pragma once

#include "ir/graph.h"

namespace nnc {

Graph continue_sums(Graph from);

} // namespace nnc
