// Graphs that models become: tests/frontends/graphs/NAME.json with NAME.nnir beside it, all
// functions one after the other.
#include "frontends/models.h"
#include "places.h"

#include <filesystem>
#include <set>

namespace nnc {
namespace {

std::vector<std::string> files_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(NNC_TESTS "/" + folder))
    if (entry.path().extension() == ".json") names.insert(entry.path().stem());
  return {names.begin(), names.end()};
}

TEST(Model, GraphsAreAsCommitted) {
  const auto names = files_in("frontends/graphs");
  EXPECT_FALSE(names.empty());
  for (const std::string& name : names) {
    const std::string text = source_file("tests/frontends/graphs/" + name + ".json");
    auto model = load_model(text, name + ".json");
    ASSERT_FALSE(std::holds_alternative<std::string>(model)) << std::get<std::string>(model);
    std::string printed;
    for (const FunctionDoc& function : std::get<Model>(model).doc->functions)
      if (!function.local) printed += graph_text(text, function.name.text, {}, true) + "\n";
    expect_golden("frontends/graphs/" + name + ".nnir", printed);
  }
}

} // namespace
} // namespace nnc
