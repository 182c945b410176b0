// Nodes that run graphs: a loop runs its body once for each step, a branch runs one of two. What
// executes, compiles and rewrites them works from this description, whatever row the node is of.
//
// A loop carries values from step to step, reads one slice (of axis 0) of some operands in each
// step and stacks results:
//
//   operands   carries, over, with, and the number of steps if `counted`
//   body       (carries, one slice of each `over`, with) -> (new carries, one slice of each
//   stacked) condition  (carries, with) -> bool[], asked before each step results    last carries,
//   stacked, and the number of steps taken if there is a condition
//
// Step number s reads and writes slice s of axis 0, or, in reverse, slice steps - 1 - s. Slices of
// steps that are not taken are zeros.
//
// A branch's operands are a bool[] and what both of its graphs take; its results are theirs.
#pragma once

#include "ir/builder.h"

namespace nnc {

enum class ControlKind : std::uint8_t { loop, branch };

struct Control {
  ControlKind kind = ControlKind::loop;
  std::shared_ptr<const Graph> body; ///< of a branch: what runs where the bool is true

  // Branch.
  std::shared_ptr<const Graph> otherwise = {};

  // Loop.
  std::shared_ptr<const Graph> condition = {}; ///< null: steps are counted alone
  int carries = 0, over = 0;                   ///< how many operands
  std::int64_t length = -1;                    ///< most steps; -1: only the condition ends it
  bool reverse = false;
  bool counted = false; ///< the last operand, an i64[], limits the steps
  /// Its derivative keeps what is carried at a few steps, and computes the rest again.
  bool checkpoint = false;

  int stacked() const { return static_cast<int>(body->outputs.size()) - carries; }
};

/// Operands of a loop node, in order.
struct LoopOperands {
  std::span<const Value> carries, over, with;
  Value count = {}; ///< invalid when not counted
};
LoopOperands loop_operands(const Graph& graph, const Node& node, const Control& loop);

/// A loop to be built.
struct LoopParts {
  std::shared_ptr<const Graph> body, condition = {};
  std::vector<Value> carries = {}, over = {}, with = {};
  Value count = {}; ///< optional
  std::int64_t length = -1;
  bool reverse = false, checkpoint = false;
};
/// The parts of a loop node; the values are the graph's.
LoopParts loop_parts(const Graph& graph, const Node& node, const Control& loop);
/// A `while` where there is a condition, else a `scan`. Empty after an error (see Builder).
std::vector<Value> build_loop(Builder& b, const LoopParts& parts);
/// The loop that is all of a loop's body where each step of `loop` is a segment of steps: both
/// carry the same, `loop` goes over the segments of what the other goes over (and at last over
/// their counts, if the other is counted) and gives the other's results. Its values are the body's.
std::optional<LoopParts> segment_inside(const LoopParts& loop);
/// A `cond`; `operands` begin with its bool.
std::vector<Value> build_branch(Builder& b, std::span<const Value> operands,
                                std::shared_ptr<const Graph> then,
                                std::shared_ptr<const Graph> otherwise);

/// Copies the live nodes of `body`, with `operands` for its inputs, into b's graph; what its
/// outputs become.
std::vector<Value> inline_graph(Builder& b, const Graph& body, std::span<const Value> operands);

/// A graph like `body`, in the making: the same inputs, and no outputs yet.
struct BodyCopy {
  std::shared_ptr<Graph> graph;
  std::vector<Value> inputs = {}, outputs = {}; ///< what its inputs and outputs are
};
BodyCopy copy_body(const Graph& body);
/// Adds an output; the name is made unique.
void add_output(Graph& body, const std::string& name, Value value);
/// Adds an input; the name is made unique.
Value add_input(Graph& body, const std::string& name, const Type& type);

} // namespace nnc
