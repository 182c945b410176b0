// Graphs that models become: tests/frontends/graphs/NAME.json with NAME.nnir beside it, and the
// digits example, which the command prints as well; all functions one after the other.
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

/// Its functions, with an empty line between two of them.
std::string functions_text(const std::string& text) {
  auto model = load_model(text);
  if (auto* errors = std::get_if<std::string>(&model)) return *errors;
  std::string printed;
  for (const FunctionDoc& function : std::get<Model>(model).doc->functions)
    if (!function.local)
      printed += (printed.empty() ? "" : "\n") + graph_text(text, function.name.text, {}, true);
  return printed;
}

TEST(Model, GraphsAreAsCommitted) {
  const auto names = files_in("frontends/graphs");
  EXPECT_FALSE(names.empty());
  for (const std::string& name : names) {
    const std::string text = source_file("tests/frontends/graphs/" + name + ".json");
    expect_golden("frontends/graphs/" + name + ".nnir", functions_text(text));
  }
}

TEST(Model, TheDigitsExampleIsAsTheCommandPrintsIt) {
  std::string printed = functions_text(source_file("examples/digits/digits_mlp.json"));
  const std::string place = "// m.json:"; // at the first line of each function
  for (std::size_t at = 0; (at = printed.find(place, at)) != std::string::npos;)
    printed.replace(at, place.size(), "// digits_mlp.json:");
  expect_golden("golden/digits/digits_mlp.ir.nnir", printed);
}

} // namespace
} // namespace nnc
