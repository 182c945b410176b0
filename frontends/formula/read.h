// A graph as terms: what an op is called and how it is written is asked of its row; ops that are
// algebra, or have a name of their own together with others, are the table in read.cpp.
#pragma once

#include "frontends/formula/term.h"
#include "ir/graph.h"

namespace nnc::formula {

/// One term for each value that outputs and updates depend on; what runs graphs is read with them
/// (loops.h). A value with a name of the user's
/// that is used more than once is a term of kind `named`, and so is what would be too long a line.
std::vector<Scaled> read(const Graph& graph, Terms& terms);

} // namespace nnc::formula
