// Steps work on one graph; this takes them into the bodies of its loops and branches.
#pragma once

#include "ir/graph.h"

#include <functional>
#include <memory>

namespace nnc {

/// Bodies by the ones they were made from: what is shared stays shared.
using ChangedBodies = std::unordered_map<const Graph*, std::shared_ptr<const Graph>>;

/// `graph` with every body of a loop or branch as `change` makes it (signatures must stay).
Graph with_changed_bodies(Graph graph, ChangedBodies& known,
                          const std::function<Graph(const Graph&)>& change);

} // namespace nnc
