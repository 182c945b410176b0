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

OpNames op_names() {
  OpNames names;
  const OpTable table = standard_ops();
  for (const OpRow* row : table.rows()) {
    const bool structural = row->kind == "structure" || row->kind == "control";
    (structural ? names.structural : names.computing).push_back(row->name);
  }
  return names;
}

TEST(Style, NoDecisionByAnOpsName) {
  const OpNames ops = op_names();
  EXPECT_FALSE(ops.computing.empty() || ops.structural.empty());
  const auto files = read_tree(NNC_SOURCE);
  for (const std::string& finding : op_dispatch(files, ops)) ADD_FAILURE() << finding;
  for (const std::string& reason : needless_spellings(files, ops))
    ADD_FAILURE() << "nothing needs the exception of " << reason;
}

TEST(Style, EverySpellingOfAnOpsNameIsSeen) {
  const OpNames ops{.computing = {"dot", "tanh", "sum"}, .structural = {"grad"}};
  const auto flagged = [&](std::string path, std::string_view line) {
    const std::vector<SourceFile> files = {make_file(std::move(path), line)};
    return !op_dispatch(files, ops).empty();
  };
  EXPECT_TRUE(flagged("compiler/fuse.cpp", "if (row.name == \"dot\") return;"));
  EXPECT_TRUE(flagged("runtime/run.cpp", "return \"tanh\" != name;"));
  EXPECT_TRUE(flagged("compiler/fuse.h", "enum class OpKind { dot };"));
  EXPECT_TRUE(flagged("compiler/fuse.cpp", "if (pattern::is(graph, value, \"dot\")) return;"));
  EXPECT_TRUE(flagged("ir/graph.cpp", "if (is(graph, operand(value, 0), \"sum\")) return;"));
  EXPECT_TRUE(flagged("ir/verify.cpp", "const OpRow* row = ops.find(\"tanh\");"));
  EXPECT_TRUE(flagged("frontends/host/check.cpp", "const OpRow& row = context.ops.at(\"sum\");"));
  EXPECT_TRUE(
      flagged("frontends/json/a.cpp", "  constexpr std::array cheap = {\"dot\", \"sum\"};"));
  EXPECT_TRUE(flagged("frontends/model/a.cpp", "if (node.row->name == \"grad\") return;"));
  EXPECT_TRUE(flagged("frontends/json/a.cpp", "  {\"+\", \"sum\"},\n  {\".\", \"dot\"},\n"));

  EXPECT_FALSE(flagged("compiler/fuse.cpp", "if (step.name == \"fuse\") return;"));
  EXPECT_FALSE(flagged("compiler/fuse.cpp", "return b.op(\"dot\", {a, b.op(\"sum\", {c})});"));
  EXPECT_FALSE(flagged("compiler/differentiate.cpp", "grad_(&context.ops.at(\"grad\")),"));
  EXPECT_FALSE(flagged("frontends/cli/opt.cpp", "if (emit == \"dot\") return dot_text(graph);"));
  EXPECT_FALSE(flagged("ir/ops/contract.cpp", "table.add({.name = \"dot\"});"));
  EXPECT_FALSE(flagged("compiler/rewrite/layout.cpp", "if (is(graph, value, \"dot\")) return;"));
}

} // namespace
} // namespace nnc::style
