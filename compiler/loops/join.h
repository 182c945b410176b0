// Loops over the same steps as one loop.
//
// The bodies run one after the other in each step. What the second reads of what the first stacks
// it takes from the first directly. Carries that start the same and go on the same are one, found
// by assuming it of all that start the same and parting those that do not; a carry that never
// changes is an operand. So joining a loop with itself is how it gets rid of what it has twice.
#pragma once

#include "compiler/loops/loop_node.h"

namespace nnc {

class Join {
public:
  /// `loops` are of `graph`, in id order, and run over the same steps in the same direction.
  Join(const Graph& graph, std::vector<LoopNode> loops);

  /// Do all conditions that there are say the same?
  bool agrees() const { return agrees_; }
  /// Carries that another one stands for.
  std::size_t carries_saved() const;
  /// Builds the loop; `map` is filled in for the results of the nodes.
  void build(Builder& b, std::vector<Value>& map) const;

private:
  struct Carry {
    std::size_t loop, position;
    std::size_t same_as;   ///< the first carry that is equal to it in every step
    bool constant = false; ///< it stays what it was at first
  };
  /// A graph with the inputs of the joint loop.
  struct Inputs {
    std::shared_ptr<Graph> graph;
    std::vector<Value> carries;                                    ///< by carry
    std::unordered_map<std::uint32_t, Value> over = {}, with = {}; ///< by value of the outer graph
  };
  struct Steps {
    Inputs inputs;
    std::vector<Value> next;                 ///< by carry
    std::vector<std::vector<Value>> stacked; ///< by loop
  };

  Value init(const Carry& carry) const { return loops_[carry.loop].parts.carries[carry.position]; }
  bool own(std::size_t carry) const {
    return carries_[carry].same_as == carry && !carries_[carry].constant;
  }
  std::optional<std::pair<std::size_t, std::size_t>> stacked_here(Value value) const;
  Inputs make_inputs(const std::string& name, bool slices) const;
  std::string name_inside(Value value, bool slice) const;
  Value outer_value(Builder& b, Value value, bool slice) const;
  Steps make_steps() const;
  std::vector<Value> conditions(const Inputs& inputs) const;
  bool refine();
  bool find_constants();
  std::size_t counting_loop() const;
  LoopParts joint_parts(const std::vector<Value>& map, std::vector<std::size_t>& position) const;

  const Graph& graph_;
  std::vector<LoopNode> loops_;
  std::vector<Carry> carries_;
  std::vector<Value> over_, with_; ///< operands of the joint loop, each once
  bool agrees_ = true;
};

} // namespace nnc
