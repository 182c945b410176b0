// Gates that compare the sources with nnc's own tables: error codes and ops.
#include "ir/error_codes.h"
#include "ir/op.h"
#include "places.h"
#include "style/gates.h"

#include <gtest/gtest.h>

#include <set>

namespace nnc::style {
namespace {

TEST(Style, EveryErrorCodeInUseHasAPage) {
  const auto uses = error_code_uses(read_tree(NNC_SOURCE));
  EXPECT_FALSE(uses.empty());
  for (const CodeUse& use : uses) {
    EXPECT_NE(find_error_code(use.code), nullptr)
        << use.place << " uses " << use.code << ", which ir/error_codes.cpp lacks";
  }
}

TEST(Style, EveryErrorCodeWithAPageIsInUse) {
  std::set<std::string, std::less<>> used;
  for (const CodeUse& use : error_code_uses(read_tree(NNC_SOURCE))) used.insert(use.code);
  for (const ErrorCode& row : error_codes()) {
    EXPECT_TRUE(used.contains(row.id)) << row.id << " has a page, but no code reports it";
  }
}

TEST(Style, ErrorCodesAreSortedAndExplained) {
  std::string_view last;
  for (const ErrorCode& row : error_codes()) {
    EXPECT_LT(last, row.id);
    last = row.id;
    for (const std::string_view text : {row.title, row.cause, row.fix}) {
      EXPECT_FALSE(text.empty()) << row.id;
    }
    EXPECT_TRUE(row.cause.ends_with('.') && row.fix.ends_with('.')) << row.id;
  }
}

/// The ops that compute. Those that give a graph its structure (inputs, calls, loops, `grad`) are
/// what passes exist to dissolve, by name.
std::vector<std::string> computing_ops() {
  std::vector<std::string> names;
  const OpTable table = standard_ops();
  for (const OpRow* row : table.rows()) {
    if (row->kind != "structure" && row->kind != "control") names.push_back(row->name);
  }
  return names;
}

TEST(Style, NoDecisionByAnOpsName) {
  const std::vector<std::string> ops = computing_ops();
  EXPECT_FALSE(ops.empty());
  const auto found = op_dispatch(read_tree(NNC_SOURCE), ops);
  for (const std::string& finding : found) ADD_FAILURE() << finding;

  const auto flagged = [](std::string path, std::string_view line) {
    const std::vector<std::string> names = {"dot", "tanh"};
    const std::vector<SourceFile> files = {make_file(std::move(path), line)};
    return op_dispatch(files, names).size() == 1;
  };
  EXPECT_TRUE(flagged("compiler/fuse.cpp", "if (row.name == \"dot\") return;"));
  EXPECT_TRUE(flagged("runtime/run.cpp", "return \"tanh\" != name;"));
  EXPECT_TRUE(flagged("compiler/fuse.h", "enum class OpKind { dot };"));
  EXPECT_FALSE(flagged("compiler/fuse.cpp", "if (step.name == \"fuse\") return;"));
  EXPECT_FALSE(flagged("ir/ops/contract.cpp", "table.add({.name = \"dot\"});"));
}

} // namespace
} // namespace nnc::style
