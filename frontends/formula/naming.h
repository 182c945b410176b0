// Which terms go by a name: what is used more than once and is long, and what would make a line
// too long by itself.
#pragma once

#include "frontends/formula/write.h"

namespace nnc::formula {

struct Names {
  std::map<TermId, std::string> of; ///< terms that are written by name
  std::vector<Line> definitions;    ///< of these, users before what they use
};

Names name_parts(const Terms& terms, const std::vector<Line>& results, std::set<std::string> taken);

} // namespace nnc::formula
