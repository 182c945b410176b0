#include "compiler/fuse/merge_sums.h"

#include "compiler/schedule/contraction.h"
#include "ir/kernel/bounds.h"
#include "ir/kernel/rewrite.h"

#include <algorithm>

namespace nnc {
namespace {

/// Products computed per product stored, beyond which storing them costs less. Places outside of
/// the tensor are among them.
constexpr double most_products = 2.5;

double points(const ExprPool& pool, std::span<const Axis> axes) {
  double count = 1;
  for (const Axis axis : axes) count *= static_cast<double>(pool.indices().axis(axis).extent);
  return count;
}

/// A kernel whose one store is a sum of products of two factors, and nothing around it.
const ExprNode* sum_of_products(const Kernel& kernel) {
  if (kernel.stages.size() != 1 || !kernel.axes.empty()) return nullptr;
  const Stage& stage = kernel.stages[0];
  if (stage.stores.size() != 1 || stage.stores[0].guard.valid()) return nullptr;
  const ExprNode& sum = kernel.pool.node(stage.stores[0].value);
  if (sum.op != ScalarOp::reduce || sum.combiner != Combiner::sum || !is_float(sum.dtype))
    return nullptr;
  return kernel.pool.node(sum.operand[0]).op == ScalarOp::mul ? &sum : nullptr;
}

/// A sum whose elements are loads from one buffer, or 0 where their guard does not hold.
struct OuterSum {
  Expr reduction, load;
};

std::optional<Expr> summed_load(const ExprPool& pool, Expr body) {
  const ExprNode& node = pool.node(body);
  if (node.op == ScalarOp::load && !node.guard.valid()) return body;
  if (node.op != ScalarOp::select || pool.as_real(node.operand[2]) != 0) return std::nullopt;
  const ExprNode& load = pool.node(node.operand[1]);
  if (load.op != ScalarOp::load || load.guard != node.operand[0]) return std::nullopt;
  return node.operand[1];
}

/// The only use that a kernel makes of a buffer.
std::optional<OuterSum> outer_sum(const Kernel& kernel, std::uint32_t buffer) {
  const ExprPool& pool = kernel.pool;
  std::optional<OuterSum> found;
  int loads = 0;
  for (const Expr expr : topological_order(pool, kernel_roots(kernel))) {
    const ExprNode& node = pool.node(expr);
    if (node.op == ScalarOp::load && node.source == buffer) ++loads;
    if (node.op != ScalarOp::reduce) continue;
    if (found) return std::nullopt;
    if (node.combiner != Combiner::sum) continue;
    const auto load = summed_load(pool, node.operand[0]);
    if (load && pool.node(*load).source == buffer) found = OuterSum{expr, *load};
  }
  return loads == 1 ? found : std::nullopt;
}

/// Puts what `inner` stores where `outer` sums it.
class SumOfSums {
public:
  SumOfSums(const Kernel& inner, const Kernel& outer, const OuterSum& sum,
            std::span<const Buffer> buffers)
      : inner_(inner), merged_(outer), sum_(sum), buffers_(buffers) {}

  bool is_cheap() const {
    const ExprNode& outer = merged_.pool.node(sum_.reduction);
    const double computed = points(merged_.pool, merged_.stages[0].axes) *
                            points(merged_.pool, merged_.pool.axis_list(outer));
    return computed <= most_products * points(inner_.pool, inner_.stages[0].axes);
  }

  /// None where a product would not be 0 for a guard that does not hold, or where the sum is no
  /// contraction any more.
  std::optional<Kernel> make() {
    ExprPool& pool = merged_.pool;
    const ExprNode outer = pool.node(sum_.reduction);
    const ExprNode& inner = *sum_of_products(inner_);
    Rewriter from_inner(inner_.pool, pool);
    from_inner.on_leaf = [this](const ExprNode& leaf, std::span<const Index> at, Expr guard) {
      return guarded(leaf, at, guard);
    };
    const std::vector<Index> at(pool.index_list(pool.node(sum_.load)).begin(),
                                pool.index_list(pool.node(sum_.load)).end());
    for (std::size_t i = 0; i < at.size(); ++i)
      from_inner.map_axis(inner_.stages[0].axes[i], at[i]);
    std::vector<Axis> axes(pool.axis_list(outer).begin(), pool.axis_list(outer).end());
    for (const Axis axis : inner_.pool.axis_list(inner)) axes.push_back(from_inner.axis(axis));
    const Expr product = from_inner.expr(inner.operand[0]);
    if (pool.node(sum_.load).guard.valid() && !is_zero_outside(product)) return std::nullopt;
    Rewriter rewriter(pool, pool);
    rewriter.redirect(sum_.reduction, pool.reduce(Combiner::sum, axes, product));
    for (Store& store : merged_.stages[0].stores) store.value = rewriter.expr(store.value);
    if (!find_contraction(merged_)) return std::nullopt;
    return std::move(merged_);
  }

private:
  /// A load of the product, under the guard of the sum's load where it would leave its tensor.
  Expr guarded(const ExprNode& leaf, std::span<const Index> at, Expr guard) {
    const Shape& shape = buffers_[leaf.source].type.shape;
    bool inside = true;
    for (std::size_t i = 0; i < at.size(); ++i)
      inside &= bounds_of(merged_.pool, at[i], guard, shape[i]) == Bounds::inside;
    if (inside) return {};
    const Expr both = merged_.pool.both(guard, merged_.pool.node(sum_.load).guard);
    guarded_.push_back(merged_.pool.load(leaf.source, leaf.dtype, at, both));
    return guarded_.back();
  }

  bool is_zero_outside(Expr product) const {
    const ExprNode& node = merged_.pool.node(product);
    return std::ranges::find_first_of(std::span(node.operand, 2), guarded_) !=
           std::span(node.operand, 2).end();
  }

  const Kernel& inner_;
  Kernel merged_;
  OuterSum sum_;
  std::span<const Buffer> buffers_;
  std::vector<Expr> guarded_; ///< loads that the sum's guard keeps inside
};

/// The kernel that `k` can go into.
std::optional<std::size_t> only_user(const KernelGraph& graph, std::size_t k) {
  if (!graph.facts(k).plain || graph.writes(k).size() != 1 || graph.kept(graph.writes(k)[0]))
    return std::nullopt;
  if (!sum_of_products(graph.kernel(k))) return std::nullopt;
  const std::vector<std::size_t> users = graph.users(k);
  if (users.size() != 1 || !graph.facts(users[0]).plain || graph.completed_elsewhere(k) ||
      graph.checked_between(k, users[0]) || graph.path_around(k, users[0]))
    return std::nullopt;
  return users[0];
}

} // namespace

void merge_sums(KernelGraph& graph, std::span<const Buffer> buffers) {
  for (std::size_t k = 0; k < graph.count(); ++k) {
    const auto user = graph.alive(k) ? only_user(graph, k) : std::nullopt;
    if (!user) continue;
    const auto sum = outer_sum(graph.kernel(*user), graph.writes(k)[0]);
    if (!sum) continue;
    SumOfSums both(graph.kernel(k), graph.kernel(*user), *sum, buffers);
    if (!both.is_cheap()) continue;
    if (auto merged = both.make()) graph.replace(*user, k, std::move(*merged));
  }
}

} // namespace nnc
