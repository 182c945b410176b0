// Terms as text for 80 columns: the results first, then "where" and what they use by name.
#pragma once

#include "frontends/formula/term.h"
#include "ir/types.h"

#include <set>

namespace nnc::formula {

struct Line {
  std::string name;
  Scaled value;
  TermId at = 0; ///< of what is given a name, the term
};

/// `taken` are names that are not free for shared parts; numbers are written for `dtype`.
std::string write(const Terms& terms, const std::vector<Line>& results, DType dtype,
                  std::set<std::string> taken);

} // namespace nnc::formula
