// Bad models: tests/errors/NAME.json with all that is said about it in NAME.txt.
#include "frontends/model/check.h"
#include "frontends/models.h"
#include "places.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>

namespace nnc {
namespace {

/// A vector for every input, as a caller may give who takes the model to be whole.
BuildOptions with_inputs(const ModelDoc& doc) {
  BuildOptions options;
  for (const LeafDoc& input : doc.inputs)
    options.inputs.emplace_back(input.name.text, Type{DType::f64, {2}});
  return options;
}

/// An error told of an input's type that is none; no tensor can fail to fit it then.
void expect_no_misfit_of_what_is_damaged(const Model& model, const std::string& function) {
  Context context(test_rows());
  const auto graph =
      build_function(model, function, with_inputs(*model.doc), context, test_functions());
  const auto* errors = std::get_if<Errors>(&graph);
  for (const LeafDoc& input : model.doc->inputs) {
    if (!errors || input.type) continue;
    EXPECT_TRUE(std::ranges::none_of(*errors, [&](const Error& error) {
      return error.message.starts_with("input '" + input.name.text + "' is");
    })) << input.name.text;
  }
}

/// What a command that asks for every function (or value) says.
std::string findings(const std::string& text, const std::string& file) {
  Errors found;
  auto doc = read_model(text, file, &found);
  if (auto* errors = std::get_if<Errors>(&doc)) return error_text(*errors);
  auto resolved =
      resolve(std::get<ModelDoc>(std::move(doc)), test_functions(), test_rows(), &found);
  const Model& model = std::get<Model>(resolved);
  std::vector<std::string> names;
  for (const FunctionDoc& function : model.doc->functions)
    if (!function.local && !function.damaged) names.push_back(function.name.text);
  if (names.empty())
    for (const NodeDoc& node : model.doc->nodes)
      if (!node.out.empty()) names.push_back(node.out[0].text);
  for (const std::string& name : names) {
    Context context(test_rows());
    auto graph = build_function(model, name, {}, context, test_functions());
    if (auto* errors = std::get_if<Errors>(&graph))
      std::ranges::move(*errors, std::back_inserter(found));
    expect_no_misfit_of_what_is_damaged(model, name);
  }
  std::ranges::move(check_rest(model, names, {}, test_rows(), test_functions()),
                    std::back_inserter(found));
  return error_text(in_order(std::move(found)));
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
