// Loops and branches as formulas: a loop is equations that hold for every step, `h_t = tanh(h_{t-1}
// w + x_t)`, which its results speak of; a branch is `where`.
#pragma once

#include "frontends/formula/reading.h"

#include <functional>
#include <map>
#include <set>

namespace nnc::formula {

/// Names that are not free, and those of loops around what is being read.
struct LoopNames {
  std::set<std::string> taken;
  std::string around; ///< letters for their steps: "t,k"
};

/// Reads a graph that a node runs, with terms for its inputs and names for some of its values; the
/// terms of its outputs.
using ReadBody = std::function<std::vector<Scaled>(const Graph& body, std::vector<Scaled> inputs,
                                                   const std::map<std::uint32_t, std::string>&)>;

/// One term for each result of a node that runs graphs.
std::vector<Scaled> read_control(const At& at, const ReadBody& read, LoopNames& names);

} // namespace nnc::formula
