// Where the steps on graphs end.
#pragma once

#include <string>

namespace nnc {

/// The name of the last step on graphs: what it leaves is compiled, or run by the interpreter.
std::string last_graph_step();

} // namespace nnc
