// The graphs that one loop or branch runs, brought to one list of operands: what each of them uses
// of the model, all of them take.
#pragma once

#include "frontends/model/evaluate.h"

namespace nnc {

/// What the graphs take behind their functions' own inputs, and between them.
class BodyLayout {
public:
  struct Captured {
    std::string name;   ///< in the model; of a counter, that of its loop
    const Graph* graph; ///< one that has it as a leaf
    Value leaf;
  };
  const std::vector<Captured>& captured() const { return captured_; }

  /// The graphs take, and bodies give, a counter of steps behind this many carries.
  void add_counter(std::size_t carries, std::string name);
  bool has_counter() const { return !counter_.empty(); }
  /// Adds what `built` uses behind the first `own` inputs.
  void unite(const BuiltBody& built, std::size_t own);

  /// The graph of `built` as it is laid out; `counts`: it gives the next value of the counter.
  std::shared_ptr<const Graph> graph(Build& build, const BuiltBody& built, std::size_t own,
                                     bool counts) const;

private:
  std::shared_ptr<const Graph> copy(const BuiltBody& built, std::size_t own, bool counts) const;

  std::size_t carries_ = 0;
  std::string counter_ = {};
  std::vector<Captured> captured_;
};

} // namespace nnc
