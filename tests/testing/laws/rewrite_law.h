// The law of rewrites: what one puts in the place of a node has the value of that node wherever it
// is finite, and its gradient; at random points, at zero, at ties and at large arguments.
#pragma once

#include "compiler/rewrite/rewrite.h"

#include <functional>
#include <set>

namespace nnc {

/// An expression of x and y, f64[3,4], that some rewrite changes.
using Spelling = std::function<Value(Builder&, Value x, Value y)>;
/// So many that every rewrite of a set fires on one of them.
std::vector<Spelling> spellings_for(const RewriteSet& set);
std::vector<Spelling> rewritten_spellings();   ///< for those that stabilize
std::vector<Spelling> exponential_spellings(); ///< those among them by exponentials, and variances
std::vector<Spelling> sum_spellings();         ///< those that are sums
std::vector<Spelling> refined_spellings();     ///< for those that come last

struct RewriteFindings {
  std::set<std::string> fired = {}; ///< "name op" of the rewrites that did
  std::string wrong = {};           ///< the first that breaks the law, and where
};

/// The same as it stands in `fired`.
std::string rewrite_key(const Rewrite& rewrite);

/// Rebuilds a spelling with a set of rewrites. What is right in value alone has no gradients to
/// compare.
RewriteFindings rewrite_law(const OpTable& table, const RewriteSet& set, const Spelling& spelling);

} // namespace nnc
