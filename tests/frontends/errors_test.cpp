// Bad models: tests/errors/NAME.json with all that is said about it in NAME.txt.
#include "frontends/models.h"
#include "places.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

namespace nnc {
namespace {

/// Errors of reading and resolving, else of building every function (or every value).
std::string findings(const std::string& text, const std::string& file) {
  auto model = load_model(text, file);
  if (auto* errors = std::get_if<std::string>(&model)) return *errors;
  std::vector<std::string> functions;
  const ModelDoc& doc = *std::get<Model>(model).doc;
  for (const FunctionDoc& function : doc.functions)
    if (!function.local) functions.push_back(function.name.text);
  if (functions.empty())
    for (const NodeDoc& node : doc.nodes) functions.push_back(node.out[0].text);
  std::string found;
  for (const std::string& function : functions) {
    Context context(test_rows());
    auto graph = build_function(std::get<Model>(model), function, {}, context, test_functions());
    if (auto* errors = std::get_if<Errors>(&graph))
      found += fmt::format("function {}:\n{}", function, error_text(*errors));
  }
  return found;
}

TEST(BadModels, SayWhatIsWrongAndWhere) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(NNC_TESTS "/errors"))
    if (entry.path().extension() == ".json") names.insert(entry.path().stem());
  EXPECT_GE(names.size(), 60U);
  for (const std::string& name : names) {
    const std::string text =
        findings(source_file("tests/errors/" + name + ".json"), name + ".json");
    EXPECT_NE(text, "") << name << " was accepted";
    expect_golden("errors/" + name + ".txt", text);
  }
}

} // namespace
} // namespace nnc
