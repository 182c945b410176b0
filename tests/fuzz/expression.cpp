// Expressions, one a line, as the nodes of a model with a few inputs; what the last of them
// computes is built and goes through all steps.
#include "compiler/pipeline.h"
#include "frontends/expr/parser.h"
#include "frontends/model/build.h"
#include "fuzz.h"
#include "ir/kernel/print.h"
#include "ir/text/print.h"

using namespace nnc;

namespace {

constexpr std::size_t max_lines = 12;

std::vector<LeafDoc> leaves(Role role, std::initializer_list<std::pair<const char*, TypeDoc>> all) {
  std::vector<LeafDoc> result;
  for (const auto& [name, type] : all)
    result.push_back({.name = {name}, .role = role, .type = type});
  return result;
}

ModelDoc around(std::vector<NodeDoc> nodes) {
  ModelDoc doc{.file = "fuzz.json"};
  doc.sizes = {{{"N"}, {4}}};
  doc.inputs = leaves(Role::input, {{"x", {DType::f32, {{0, "N"}, {3}}}},
                                    {"y", {DType::f32, {{0, "N"}}}},
                                    {"n", {DType::i32, {{0, "N"}}}},
                                    {"m", {DType::boolean, {{0, "N"}}}}});
  doc.params = leaves(Role::param, {{"w", {DType::f32, {{3}}}}, {"b", {DType::f32, {}}}});
  doc.nodes = std::move(nodes);
  return doc;
}

void build(const Model& model, const std::string& name, const OpTable& rows,
           const nn::FunctionTable& functions) {
  Context context(rows);
  auto built = build_function(model, name, {}, context, functions);
  if (!std::holds_alternative<Graph>(built)) return;
  print_graph(std::get<Graph>(built));
  const auto result = run_pipeline(std::move(std::get<Graph>(built)), {.max_memory = 1 << 20});
  if (result) print_program(*result->program);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const OpTable rows = standard_ops();
  static const nn::FunctionTable functions = nn::standard_functions();
  std::string_view text = fuzz::text(data, size);
  std::vector<NodeDoc> nodes;
  for (int line = 1; !text.empty() && nodes.size() < max_lines; ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto parsed = parse_assignment(text.substr(0, end), {.file = "fuzz.json", .line = line});
    if (parsed)
      nodes.push_back({.out = std::move(parsed->out),
                       .text = std::string(text.substr(0, end)),
                       .expression = std::move(parsed->expression)});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (nodes.empty() || nodes.back().out.empty()) return 0;
  const std::string name = nodes.back().out.front().text;
  const auto model = resolve(around(std::move(nodes)), functions, rows);
  if (const auto* resolved = std::get_if<Model>(&model)) build(*resolved, name, rows, functions);
  return 0;
}
