// Masks of the lower or the upper triangle of the last two axes, as `tril` and `triu` keep it.
#pragma once

#include "frontends/formula/term.h"

namespace nnc::formula {

/// `x` times a mask is head(x), with the diagonal k.
struct Triangle {
  std::string head;
  double k = 0;
  int rank = 0; ///< of the space
};

/// What a mask keeps, where this is a triangle: 1 where j <= i + k, or j >= i + k.
std::optional<Triangle> triangle_of(const Terms& terms, TermId mask);

/// The place in `product` of the one mask of a triangle among factors of its whole space.
std::optional<std::size_t> triangle_in(const Terms& terms, const Term& product);

/// Of positions along one axis those up to the position along another one, or from it on.
struct Run {
  std::int64_t to = 0;    ///< the other axis, as long as the first
  bool reverse = false;   ///< from the position on
  bool exclusive = false; ///< without the position itself
};

/// What a condition takes of the positions along `axis`, where this is a run.
std::optional<Run> run_of(const Terms& terms, TermId condition, std::int64_t axis);

} // namespace nnc::formula
