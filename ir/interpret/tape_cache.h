// Tapes by what they depend on: the row, its attributes and the operand types. Thousands of equal
// nodes compile once.
#pragma once

#include "ir/interpret/tape.h"

namespace nnc::interpreter {

class TapeCache {
public:
  /// The tape of a node, compiled at its first use.
  const Tape& tape(const Graph& graph, NodeId node);

private:
  std::unordered_map<std::string, std::unique_ptr<Tape>> tapes_;
  std::string key_; ///< kept for its memory
};

} // namespace nnc::interpreter
