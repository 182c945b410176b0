// Every spelling of a model leads to every other: JSON to model to JSON, graph to model to graph.
#include "frontends/json/write_model.h"
#include "frontends/model/from_graph.h"
#include "frontends/models.h"
#include "ir/text/print.h"
#include "places.h"

#include <filesystem>
#include <set>

namespace nnc {
namespace {

ModelDoc read(const std::string& text) {
  auto doc = read_model(text, "m.json");
  if (auto* errors = std::get_if<Errors>(&doc)) {
    ADD_FAILURE() << error_text(*errors) << text;
    return {};
  }
  return std::move(std::get<ModelDoc>(doc));
}

std::vector<std::string> model_files() {
  std::vector<std::string> files = {"examples/digits/digits_mlp.json"};
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(NNC_TESTS "/frontends/graphs"))
    if (entry.path().extension() == ".json") names.insert(entry.path().filename());
  for (const std::string& name : names) files.push_back("tests/frontends/graphs/" + name);
  return files;
}

TEST(RoundTrip, WritingWhatWasWrittenChangesNothing) {
  for (const std::string& file : model_files()) {
    const std::string original = source_file(file);
    const std::string once = write_model(read(original));
    EXPECT_EQ(write_model(read(once)), once) << file;
    const ModelDoc doc = read(original);
    for (const FunctionDoc& function : doc.functions) {
      if (function.local) continue;
      const std::string& name = function.name.text;
      EXPECT_EQ(graph_text(original, name), graph_text(once, name)) << file;
    }
  }
}

TEST(RoundTrip, TheCanonicalFormIsAsCommitted) {
  expect_golden("frontends/canonical.json",
                write_model(read(source_file("tests/frontends/graphs/blocks.json"))));
  expect_golden("golden/digits/digits_mlp.canonical.json",
                write_model(read(source_file("examples/digits/digits_mlp.json"))));
}

TEST(RoundTrip, AGraphIsAModelOfPrimitives) {
  for (const std::string& file : model_files()) {
    auto loaded = load_model(source_file(file));
    ASSERT_FALSE(std::holds_alternative<std::string>(loaded)) << std::get<std::string>(loaded);
    const Model& model = std::get<Model>(loaded);
    for (const FunctionDoc& function : model.doc->functions) {
      if (function.local) continue;
      const std::string& name = function.name.text;
      Context context(test_rows());
      auto graph = build_function(model, name, {}, context, test_functions());
      ASSERT_TRUE(std::holds_alternative<Graph>(graph)) << error_text(std::get<Errors>(graph));
      auto written = model_of(std::get<Graph>(graph), &model);
      ASSERT_TRUE(written) << written.error().message;
      const std::string json = write_model(*written);
      std::string wanted = print_graph(std::get<Graph>(graph), {.origins = false});
      // Bodies get what they use of the model as inputs; compare from the function on.
      const auto from_function = [&](const std::string& text) {
        const std::size_t at = text.find("func @" + name + "(");
        return at == std::string::npos ? text : text.substr(at);
      };
      EXPECT_EQ(from_function(graph_text(json, name)), from_function(wanted)) << file << json;
      EXPECT_EQ(write_model(read(json)), json);
    }
  }
}

} // namespace
} // namespace nnc
