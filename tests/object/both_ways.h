// Functions of a text in an object file and by `nnc run`.
#pragma once

#include "ir/graph.h"

namespace nnc::object_test {

struct Function {
  Graph graph;
  std::vector<Literal> inputs; ///< as graph.inputs
};

/// The object of a text has no undefined symbols, and its functions give the bits of the JIT.
void expect_object_like_jit(const std::string& text, std::span<const Function> functions);

} // namespace nnc::object_test
