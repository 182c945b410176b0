// Mutants that no test can kill, because they are as right as what they replace: a file of ids,
// each group under a line "# why".
#pragma once

#include <map>
#include <string>

namespace nnc::mutation {

/// Reasons by id. A file that cannot be read or an id without a reason is a failure of the test.
std::map<std::string, std::string> load_equivalents();

} // namespace nnc::mutation
