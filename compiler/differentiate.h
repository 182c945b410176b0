// Expands `grad` nodes into ordinary nodes by reverse-mode accumulation.
//
// Nodes are visited in id order, so an inner gradient is expanded before an outer one that
// contains it; order n is n nestings. Gradients with the same (of, seed) share one backward sweep.
// A `cut` keeps a named intermediate apart until every derivative that asks for it is expanded;
// then it dissolves.
//
// A batch of seeds runs through one backward sweep: what depends on the seed is rebuilt by the
// batch rules of its rows (ir/batching.h), so the number of nodes does not depend on that of seeds.
//
// A cotangent travels as (value, mask): `select` starts a mask on each of its sides, element-wise
// and layout rules hand it on, and it is applied, as a select against zero, where cotangents are
// added up and before a rule that mixes elements. So what a dead branch would contribute
// (0 * inf, 0 / 0) never enters a sum.
#pragma once

#include "ir/graph.h"

namespace nnc {

Graph differentiate(const Graph& from, Context& context);

} // namespace nnc
