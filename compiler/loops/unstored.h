// Values that need not be stored, since loops of which little is to be kept are all that reads
// them.
//
// Those are what such a loop stacks, and what is made of that element by element or by moving
// elements, as long as other such loops take slices of it and nothing else does. They can make the
// slices themselves, from what the first loop carries before each step.
//
// Nothing is run again whose steps stack no more together than one of them computes at once anyway.
#pragma once

#include "compiler/loops/loop_node.h"
#include "compiler/loops/slices.h"

namespace nnc {

/// Where a loop stacks what it carries before each step, by carry.
std::vector<std::optional<std::size_t>> stacked_carries(const LoopParts& loop);

class Unstored {
public:
  explicit Unstored(const Graph& graph);

  /// The loop that a node is, if it keeps little and takes all of its steps.
  const LoopNode* loop(NodeId id) const;
  bool stored(Value value) const { return stored_[value.id]; }
  /// Is it a small part of something that is not stored, and stored itself?
  bool part(NodeId id) const { return part_[id.id] && !stored(graph_.operands(id)[0]); }
  /// Does a loop read slices that are made in it?
  bool makes_slices(const LoopNode& loop) const;
  /// Do others run steps of this loop again?
  bool runs_again(const LoopNode& loop) const;
  /// Does no loop make slices?
  bool none() const;

  const SlicePlaces& places() const { return places_; }

private:
  /// Slices that are asked for: in a loop, or outside, where all of a part is made of them.
  struct Asked {
    Slices slices;
    bool outside = false;

    bool operator==(const Asked&) const = default;
  };

  void find_cheap();
  void find_stored();
  bool can_be_made(NodeId id);
  void store(NodeId id);
  void look_at(const LoopNode& at);
  bool is_small_part(NodeId id) const;
  bool is_step(const LoopParts& loop, Value result) const;
  bool ask(const Asked& more);

  const Graph& graph_;
  SlicePlaces places_;
  std::map<std::uint32_t, LoopNode> loops_; ///< by node
  std::vector<bool> cheap_, stored_;        ///< by value
  std::vector<bool> part_;                  ///< by node
  std::vector<std::vector<Asked>> asked_;   ///< by value
};

} // namespace nnc
