// Every command line of docs/command.md works as it is written.
#include "cli/process.h"
#include "places.h"

#include <gtest/gtest.h>

#include <sstream>

namespace nnc::cli_test {
namespace {

TEST(Docs, CommandLinesWork) {
  std::istringstream lines(file_text(NNC_SOURCE "/docs/command.md"));
  const std::string path = "PATH=" NNC_BUILD ":$PATH; ";
  int count = 0;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) inside = line == "```" && !inside;
    if (!inside || !line.starts_with("nnc ")) continue;
    ++count;
    const Outcome run = run_program({"sh", "-c", path + line}, {}, NNC_TESTS "/cli/models");
    EXPECT_EQ(run.code, 0) << line << "\n" << run.err;
    EXPECT_NE(run.out, "") << line;
  }
  EXPECT_GE(count, 15);
}

} // namespace
} // namespace nnc::cli_test
