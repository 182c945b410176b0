// Model files: reading, writing, and every function on its way through all steps.
#include "compiler/pipeline.h"
#include "frontends/json/read_model.h"
#include "frontends/json/write_model.h"
#include "frontends/model/build.h"
#include "frontends/model/check.h"
#include "frontends/model/leaf_values.h"
#include "fuzz.h"
#include "ir/kernel/print.h"
#include "ir/text/print.h"

using namespace nnc;

namespace {

constexpr std::size_t max_functions = 8;
constexpr std::int64_t max_leaf_elements = 1 << 16;

/// What was written reads back, and writing it again changes nothing.
void check_writer(const ModelDoc& doc) {
  const std::string once = write_model(doc);
  const auto again = read_model(once, "again.json");
  const auto* errors = std::get_if<Errors>(&again);
  fuzz::require_equal(once, errors ? "refused: " + errors->front().message
                                   : write_model(std::get<ModelDoc>(again)));
}

std::vector<std::string> functions_of(const ModelDoc& doc) {
  std::vector<std::string> names;
  for (const FunctionDoc& function : doc.functions)
    if (!function.local) names.push_back(function.name.text);
  for (const NodeDoc& node : doc.nodes)
    for (const NameDoc& out : node.out) names.push_back(out.text);
  if (names.size() > max_functions) names.resize(max_functions);
  return names;
}

bool in_file(const Model& model, std::string_view name) {
  const Definition* definition = model.top.find(name);
  return definition && definition->leaf && definition->leaf->file;
}

/// All kinds of errors are looked for, however damaged the model is.
void check_errors(std::string_view text, const OpTable& rows, const nn::FunctionTable& functions) {
  Errors found;
  auto doc = read_model(text, "fuzz.json", &found);
  if (std::holds_alternative<Errors>(doc)) return;
  const auto model = resolve(std::get<ModelDoc>(std::move(doc)), functions, rows, &found);
  check_rest(std::get<Model>(model), {}, {}, rows, functions);
}

void check_function(const Model& model, const std::string& name, const OpTable& rows,
                    const nn::FunctionTable& functions) {
  Context context(rows);
  auto built = build_function(model, name, {}, context, functions);
  if (const auto* errors = std::get_if<Errors>(&built)) {
    fuzz::require(!errors->empty(), "a refusal has an error");
    return;
  }
  Graph& graph = std::get<Graph>(built);
  for (const Value leaf : graph.inputs)
    if (graph.role(leaf) != Role::input && graph.type(leaf).elements() <= max_leaf_elements &&
        !in_file(model, graph.leaf_name(leaf)))
      (void)leaf_value(model, graph.leaf_name(leaf), graph.type(leaf), 1, {});
  print_graph(graph);
  const auto result = run_pipeline(std::move(graph), {.max_memory = 1 << 20});
  if (result) print_program(*result->program);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const OpTable rows = standard_ops();
  static const nn::FunctionTable functions = nn::standard_functions();
  check_errors(fuzz::text(data, size), rows, functions);
  auto doc = read_model(fuzz::text(data, size), "fuzz.json");
  if (const auto* errors = std::get_if<Errors>(&doc)) {
    fuzz::require(!errors->empty(), "a refusal has an error");
    return 0;
  }
  check_writer(std::get<ModelDoc>(doc));
  const auto model = resolve(std::get<ModelDoc>(std::move(doc)), functions, rows);
  if (!std::holds_alternative<Model>(model)) return 0;
  const auto& resolved = std::get<Model>(model);
  for (const std::string& name : functions_of(*resolved.doc))
    check_function(resolved, name, rows, functions);
  return 0;
}
