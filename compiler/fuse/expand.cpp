#include "compiler/fuse/expand.h"

#include "ir/kernel/rewrite.h"

namespace nnc {
namespace {

/// Replaces placeholders by loads of stored values or by the expressions of the others.
class Expander {
public:
  Expander(const Graph& graph, const BufferOf& buffers, ExprPool& pool, AxisKeys& axes,
           std::span<const std::uint32_t> temporaries = {})
      : graph_(graph), buffers_(buffers), temporaries_(temporaries), pool_(pool), axes_(axes),
        rewriter_(pool, pool) {
    rewriter_.on_leaf = [&](const ExprNode& node, std::span<const Index> at, Expr guard) {
      if (node.op == ScalarOp::load) return Expr{};
      return pool_.load(buffer_of(node.source), node.dtype, at, guard);
    };
  }

  Expr expand(Expr root) {
    discover(root);
    return rewriter_.expr(root);
  }

  Index expand(Index index) {
    for (const std::uint32_t data : pool_.indices().data_of(index)) discover(Expr{data});
    return rewriter_.index(index);
  }

private:
  /// Finds the placeholders below `root` and what each stands for, by a worklist.
  void discover(Expr root) {
    std::vector<Expr> pending{root}, below;
    while (!pending.empty()) {
      const Expr next = pending.back();
      pending.pop_back();
      if (next.id < seen_.size() && seen_[next.id]) continue;
      if (next.id >= seen_.size()) seen_.resize(pool_.size() + 64, false);
      seen_[next.id] = true;
      below.clear();
      pool_.children(next, below);
      pending.insert(pending.end(), below.begin(), below.end());
      const ExprNode node = pool_.node(next);
      if (node.op != ScalarOp::element || buffer_of(node.source) != UINT32_MAX) continue;
      const Expr stands_for = element_of(node);
      rewriter_.redirect(next, stands_for);
      pending.push_back(stands_for);
    }
  }

  std::uint32_t buffer_of(std::uint32_t value) const {
    return value < buffers_.size() ? buffers_[value] : temporaries_[value - buffers_.size()];
  }

  Expr element_of(const ExprNode& placeholder) {
    const Value value{placeholder.source};
    const NodeId id = graph_.node_of(value);
    const std::vector<Index> at(pool_.index_list(placeholder).begin(),
                                pool_.index_list(placeholder).end());
    ElementBuilder builder(graph_, id, pool_, axes_, placeholder.guard);
    const OpRow& row = *graph_.node(id).row;
    if (!row.element) throw InternalError("fuse: no element of '" + row.name + "'");
    return row.element(builder, graph_.result_index(value), at);
  }

  const Graph& graph_;
  const BufferOf& buffers_;
  std::span<const std::uint32_t> temporaries_;
  ExprPool& pool_;
  AxisKeys& axes_;
  Rewriter rewriter_;
  std::vector<bool> seen_;
};

std::string axis_name(std::size_t position) {
  constexpr std::string_view letters = "ijlmnpqrst";
  return position < letters.size() ? std::string(1, letters[position])
                                   : "i" + std::to_string(position);
}

Kernel element_kernel(const Graph& graph, NodeId id, const BufferOf& buffers) {
  Kernel kernel;
  kernel.origin = graph.node(id).origin;
  AxisKeys axes;
  Expander expander(graph, buffers, kernel.pool, axes);
  for (int result = 0; result < graph.node(id).result_count; ++result) {
    const Value value = graph.result(id, result);
    if (result == 0) {
      kernel.stages.emplace_back();
      for (const std::int64_t extent : graph.type(value).shape) {
        const std::size_t position = kernel.stages[0].axes.size();
        kernel.stages[0].axes.push_back(
            kernel.pool.indices().new_axis(extent, axis_name(position)));
      }
      kernel.stages[0].serial.assign(kernel.stages[0].axes.size(), false);
    }
    Store store{.buffer = buffers[value.id]};
    for (const Axis axis : kernel.stages[0].axes)
      store.at.push_back(kernel.pool.indices().of(axis));
    ElementBuilder builder(graph, id, kernel.pool, axes);
    store.value = expander.expand(graph.node(id).row->element(builder, result, store.at));
    kernel.stages[0].stores.push_back(std::move(store));
  }
  return kernel;
}

std::vector<Kernel> body_kernels(const Graph& graph, NodeId id, const BufferOf& buffers,
                                 std::span<const std::uint32_t> temporaries) {
  const auto target = [&](int result) {
    const int results = graph.node(id).result_count;
    return result < results ? buffers[graph.result(id, result).id]
                            : temporaries[static_cast<std::size_t>(result - results)];
  };
  std::vector<Kernel> kernels;
  // Each nest gets a pool of its own, so the body is built once per nest and one nest kept.
  for (std::size_t position = 0;; ++position) {
    Kernel kernel;
    kernel.origin = graph.node(id).origin;
    AxisKeys axes;
    Expander expander(graph, buffers, kernel.pool, axes, temporaries);
    BodyBuilder builder(graph, id, kernel.pool, axes);
    graph.node(id).row->body(builder);
    std::vector<BodyNest> nests = builder.take();
    if (position >= nests.size()) return kernels;
    BodyNest& nest = nests[position];
    Stage stage{.axes = nest.axes, .serial = nest.serial, .stores = {}};
    for (const BodyStore& each : nest.stores) {
      Store store{.buffer = target(each.result), .accumulate = each.accumulate};
      for (const Index index : each.at) store.at.push_back(expander.expand(index));
      store.value = expander.expand(each.value);
      if (each.guard.valid()) store.guard = expander.expand(each.guard);
      stage.stores.push_back(std::move(store));
    }
    kernel.stages.push_back(std::move(stage));
    kernels.push_back(std::move(kernel));
  }
}

} // namespace

std::vector<Type> temporaries_of(const Graph& graph, NodeId id) {
  if (!graph.node(id).row->body) return {};
  ExprPool pool;
  AxisKeys axes;
  BodyBuilder builder(graph, id, pool, axes);
  graph.node(id).row->body(builder);
  return builder.temporaries();
}

std::vector<Kernel> expand_kernels(const Graph& graph, NodeId id, const BufferOf& buffers,
                                   std::span<const std::uint32_t> temporaries) {
  if (graph.node(id).row->body) return body_kernels(graph, id, buffers, temporaries);
  std::vector<Kernel> kernels;
  kernels.push_back(element_kernel(graph, id, buffers));
  return kernels;
}

} // namespace nnc
