// The house rules that a machine can check, as functions from files to findings. A finding reads
// `path:line: what is wrong`; no finding means that the rule holds.
#pragma once

#include "style/tree.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::style {

using Files = std::span<const SourceFile>;
using Findings = std::vector<std::string>;

/// Code files of more than `limit` lines.
Findings long_files(Files files, std::size_t limit);
/// Files at the root, or in a folder there, that have no place in the layout of the tree.
Findings strays(Files files);
/// Lines of code of more than `limit` characters.
Findings long_lines(Files files, std::size_t limit);
/// C and C++ functions at namespace scope of more than `limit` lines, signature and brace included.
Findings long_functions(Files files, std::size_t limit);
/// Names that say nothing of what is inside.
Findings empty_names(Files files);
/// Headers that lack `#pragma once` or do not open with a comment that says what they are.
Findings headers_without_contract(Files files);
/// LLVM headers outside the CPU target and the JIT loader.
Findings stray_llvm(Files files);
/// Ops that compute, and those that give a graph its structure (inputs, calls, `grad`).
struct OpNames {
  std::vector<std::string> computing, structural;
};
/// Decisions by the name of an op (comparisons, look-ups, lists of names) and enums of ops, in all
/// of the product but where names are spelled for a reason: what is special about an op stands on
/// its row.
Findings op_dispatch(Files files, const OpNames& ops);
/// Reasons that no line of the files needs.
Findings needless_spellings(Files files, const OpNames& ops);
/// Paths of somebody's machine and hosts of package registries.
Findings machine_details(Files files);
/// Marks of unfinished work.
Findings unfinished(Files files);

struct CodeUse {
  std::string code; ///< "E0203"
  std::string place;
};
/// Every mention of an error code as a string of its own, the table itself left out.
std::vector<CodeUse> error_code_uses(Files files);

} // namespace nnc::style
