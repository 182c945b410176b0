// Rewrites: named rows "this node may be built as that", tried whenever a node is built.
//
// A rewrite is never worse than what it replaces (no more arithmetic, or better numbers), puts
// constants on one side, and follows real arithmetic: it may turn a NaN or infinity into the limit
// that mathematics has there, never a finite value into NaN. Nodes are built operands first, so a
// rewrite sees operands that are rewritten already; what it builds is rewritten in turn. A cap per
// node names the rewrite that loops.
#pragma once

#include "ir/builder.h"

#include <array>
#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>

namespace nnc {

struct Rewrite {
  std::string_view name; ///< "sigmoid-of-exp": shown in dumps and by `nnc explain`
  std::string_view op;   ///< row of the node that it replaces
  /// The value to use instead of the result of `node`, or an invalid one.
  Value (*apply)(Builder& b, const Graph& graph, NodeId node);
};

/// The name stands before that of the rewrite in origins: "stabilize: sigmoid-of-exp".
struct RewriteList {
  std::string_view name;
  std::span<const Rewrite> rewrites;
  auto begin() const { return rewrites.begin(); }
  auto end() const { return rewrites.end(); }
};
/// Rewrites that make a graph smaller; those that keep it finite besides (log of softmax, ...).
RewriteList simplifying_rewrites();
RewriteList stabilizing_rewrites();

/// Lists that a step uses together; tried in this order.
struct RewriteSet {
  RewriteList first, simplifying;
  bool differentiable = true; ///< right in gradients as in values, so for a graph with derivatives
};
/// Every rewrite of nnc is in one of these.
std::array<RewriteSet, 2> rewrite_sets();

struct RewriteOptions {
  /// Called with the node as built and the value that replaces it, in the graph that is being
  /// built.
  std::function<void(const Rewrite&, const Graph&, Value before, Value after)> on_fired = {};
};

/// Rebuilds `from` with the given rewrites. Dead nodes are dropped, names and origins kept; what is
/// new is a part of what it was built for.
Graph rewrite_graph(const Graph& from, Context& context, std::initializer_list<RewriteList> lists,
                    const RewriteOptions& options = {});

Graph simplify(const Graph& from, Context& context);
Graph simplify(const Graph& from, Context& context, const RewriteOptions& options);
/// Stabilizing and simplifying rewrites together: a pattern is often seen only in simplest form.
Graph stabilize(const Graph& from, Context& context);
Graph stabilize(const Graph& from, Context& context, const RewriteOptions& options);

} // namespace nnc
