#include "compiler/rewrite/lists.h"

#include "compiler/rewrite/refine.h"

namespace nnc {
namespace {

std::vector<Rewrite> joined(std::initializer_list<std::span<const Rewrite>> parts) {
  std::vector<Rewrite> list;
  for (const std::span<const Rewrite> part : parts)
    list.insert(list.end(), part.begin(), part.end());
  return list;
}

} // namespace

RewriteList stabilizing_rewrites() {
  static const std::vector<Rewrite> all =
      joined({softmax_rewrites(), hyperbolic_rewrites(), quotient_rewrites(), logarithm_rewrites(),
              softplus_rewrites(), cross_entropy_rewrites(), root_rewrites(), variance_rewrites()});
  return {"stabilize", all};
}

RewriteList simplifying_rewrites() {
  static const std::vector<Rewrite> all = joined({arithmetic_rewrites(), layout_rewrites()});
  return {"simplify", all};
}

std::array<RewriteSet, 2> rewrite_sets() {
  return {RewriteSet{stabilizing_rewrites(), simplifying_rewrites()},
          RewriteSet{refining_rewrites(), simplifying_rewrites(), false}};
}

} // namespace nnc
