#include "mutation/equivalents.h"

#include "places.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace nnc::mutation {

std::map<std::string, std::string> load_equivalents() {
  const auto path = std::filesystem::path(NNC_TESTS) / "mutation" / "equivalents.txt";
  std::ifstream stream(path);
  EXPECT_TRUE(stream) << path;
  std::map<std::string, std::string> reasons;
  bool heading = false; // is the line above a part of a reason?
  std::string reason;
  for (std::string line; std::getline(stream, line);) {
    if (line.empty()) continue;
    if (line.starts_with("# ")) {
      reason = heading ? reason + " " + line.substr(2) : line.substr(2);
      heading = true;
      continue;
    }
    heading = false;
    EXPECT_FALSE(reason.empty()) << "no reason: " << line;
    EXPECT_TRUE(reasons.emplace(line, reason).second) << "twice: " << line;
  }
  return reasons;
}

} // namespace nnc::mutation
