#include "runs/run_files.h"

#include "frontends/json/read_model.h"
#include "ir/ops/rows.h"
#include "places.h"
#include "testing/compare.h"
#include "testing/compiled_run.h"

#include <algorithm>
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

} // namespace

RunCase::RunCase(std::string file, const std::string& model, Json run)
    : name_(file + " " + run.at("function").get<std::string>()), run_(std::move(run)),
      rows_(standard_ops()), functions_(nn::standard_functions()),
      context_(std::make_unique<Context>(rows_)) {
  ModelDoc doc = expect_ok(read_model(model, file));
  model_ = std::make_unique<Model>(expect_ok(resolve(std::move(doc), functions_, rows_)));
}

Graph RunCase::build() {
  return expect_ok(
      build_function(*model_, run_.at("function").get<std::string>(), {}, *context_, functions_));
}

std::vector<Literal> RunCase::inputs(const Graph& graph) const {
  std::vector<Literal> inputs;
  for (const Value leaf : graph.inputs)
    inputs.push_back(literal(run_.at("inputs").at(graph.leaf_name(leaf))));
  return inputs;
}

void RunCase::expect_outputs(const Graph& graph, const Result<std::vector<Literal>>& values,
                             const std::string& what) const {
  ASSERT_TRUE(values) << what << ": " << values.error().message;
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const Json& given = run_.at("outputs").at(graph.outputs[i].name);
    if (given.is_null()) continue; // asked for, so that it could disturb the others
    const Literal wanted = literal(given);
    if (!is_float(wanted.type.dtype)) {
      EXPECT_EQ((*values)[i], wanted) << what << " " << graph.outputs[i].name;
      continue;
    }
    const double ulps = run_.at("ulps").get<double>();
    if (run_.value("each", false)) { // of each element, which is not small beside others
      EXPECT_EQ(difference((*values)[i], wanted, {.units = ulps, .floor = 1e-30}), "")
          << what << " " << graph.outputs[i].name;
      continue;
    }
    // Of the largest element, or of the terms where a sum cancels.
    double scale = run_.value("terms", Json::object()).value(graph.outputs[i].name, 1e-30);
    for (std::int64_t k = 0; k < wanted.type.elements(); ++k)
      scale = std::max(scale, std::abs(literal_real(wanted, k)));
    expect_near((*values)[i], wanted, ulps, scale, what + " " + graph.outputs[i].name);
  }
}

std::vector<std::unique_ptr<RunCase>> all_runs() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(NNC_TESTS "/runs"))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<std::unique_ptr<RunCase>> runs;
  for (const fs::path& path : files) {
    const std::string text = text_of(path);
    const Json model = Json::parse(text);
    for (const Json& run : model.at("x-runs"))
      runs.push_back(std::make_unique<RunCase>(path.filename().string(), text, run));
  }
  return runs;
}

} // namespace nnc::test
