// Names for what the user named nothing: derived from the nearest name of the user's, so that they
// do not shift when something is added elsewhere.
//
// A value on the way to `p` is a part of it, `p.0`, `p.1`, ...; the parts of parts are parts of `p`
// too. The cotangent of `h` is `d_h` (compiler/differentiate.cpp). Every pass ends with all its
// values named, numbers that stand where they are used excepted.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// The names of a graph, and new ones that differ from all of them.
class NameTable {
public:
  explicit NameTable(const Graph& graph);

  bool taken(std::string_view name) const;
  /// `wanted`, or a part of it if that is taken.
  TextId unique(std::string_view wanted);
  /// The next part of what is called `base`.
  TextId part(TextId base);
  /// The next part of a value with a name.
  TextId part_of(const Graph& graph, Value value);
  const PartCounts& counts() const { return counts_; }

private:
  bool take(TextId name); ///< false if it is taken

  TextPool& texts_;
  std::vector<bool> taken_; ///< by TextId; may end early
  PartCounts counts_;
  std::string text_; ///< of the name being made
};

/// Printed where it is used, so that it needs no name: a number, or a tensor full of it.
bool stands_inline(const Graph& graph, Value value);

/// A unique name for every live value: its own, or one derived from the nearest named value that it
/// serves.
std::vector<std::string> printed_names(const Graph& graph);

/// Makes these names lasting, so that a value keeps its name from step to step.
void name_values(Graph& graph);
/// The same for the nodes from `first` on that serve a named value, live or not.
void name_values(Graph& graph, std::uint32_t first, NameTable& table);

} // namespace nnc
