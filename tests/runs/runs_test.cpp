// Run files: a model, inputs, and the outputs that it must give. Each is run by the interpreter, as
// differentiated and simplified, and as compiled for the CPU.
#include "compiler/last_step.h"
#include "frontends/json/read_model.h"
#include "frontends/model/build.h"
#include "places.h"
#include "testing/compare.h"
#include "testing/compiled_run.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace nnc::test {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

Literal literal(const Json& json) {
  const Type type = *parse_type(json.at("type").get<std::string>());
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  std::int64_t i = 0;
  for (const Json& element : json.at("data")) {
    if (is_float(type.dtype))
      store_real(type.dtype, bytes->data(), i++, element.get<double>());
    else
      store_integer(type.dtype, bytes->data(), i++, element.get<std::int64_t>());
  }
  return {type, std::move(bytes)};
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

template <class T>
T expect_ok(OrErrors<T> outcome) {
  if (const auto* errors = std::get_if<Errors>(&outcome))
    throw InternalError(errors->front().message);
  return std::move(std::get<T>(outcome));
}

void expect_outputs(const Graph& graph, const Result<std::vector<Literal>>& values, const Json& run,
                    const std::string& what) {
  ASSERT_TRUE(values) << what << ": " << values.error().message;
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const Json& given = run.at("outputs").at(graph.outputs[i].name);
    if (given.is_null()) continue; // asked for, so that it could disturb the others
    const Literal wanted = literal(given);
    if (!is_float(wanted.type.dtype)) {
      EXPECT_EQ((*values)[i], wanted) << what << " " << graph.outputs[i].name;
      continue;
    }
    const double ulps = run.at("ulps").get<double>();
    if (run.value("each", false)) { // of each element, which is not small beside others
      EXPECT_EQ(difference((*values)[i], wanted, {.units = ulps, .floor = 1e-30}), "")
          << what << " " << graph.outputs[i].name;
      continue;
    }
    // Of the largest element, or of the terms where a sum cancels.
    double scale = run.value("terms", Json::object()).value(graph.outputs[i].name, 1e-30);
    for (std::int64_t k = 0; k < wanted.type.elements(); ++k)
      scale = std::max(scale, std::abs(literal_real(wanted, k)));
    expect_near((*values)[i], wanted, ulps, scale, what + " " + graph.outputs[i].name);
  }
}

void check(const fs::path& path, const Json& run) {
  const OpTable rows = standard_ops();
  const nn::FunctionTable functions = nn::standard_functions();
  Context context(rows);
  ModelDoc doc = expect_ok(read_model(text_of(path), path.filename().string()));
  const Model model = expect_ok(resolve(std::move(doc), functions, rows));
  const auto build = [&] {
    return expect_ok(
        build_function(model, run.at("function").get<std::string>(), {}, context, functions));
  };
  auto simple = run_pipeline(build(), {.stop_after = last_graph_step()});
  ASSERT_TRUE(simple) << simple.error().message;
  std::vector<Literal> inputs;
  for (const Value leaf : simple->graph.inputs)
    inputs.push_back(literal(run.at("inputs").at(simple->graph.leaf_name(leaf))));
  expect_outputs(simple->graph, interpret(simple->graph, inputs), run, "interpreter");
  const Graph graph = build();
  expect_outputs(graph, run_compiled(graph, inputs), run, "CPU");
}

TEST(Runs, EveryFileGivesItsOutputs) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(NNC_TESTS "/runs")) {
    if (entry.path().extension() != ".json") continue;
    SCOPED_TRACE(entry.path().filename().string());
    const Json model = Json::parse(text_of(entry.path()));
    for (const Json& run : model.at("x-runs")) {
      check(entry.path(), run);
      ++count;
    }
  }
  EXPECT_GE(count, 9);
}

} // namespace
} // namespace nnc::test
