// nnc grad: a model with its derivatives, as graph text, JSON, formula or drawing.

#include "compiler/pipeline.h"
#include "frontends/cli/command.h"
#include "frontends/cli/console.h"
#include "frontends/cli/dot.h"
#include "frontends/cli/emit.h"
#include "frontends/cli/functions.h"
#include "frontends/cli/numbers.h"
#include "frontends/cli/tensors.h"
#include "frontends/formula/formula.h"
#include "frontends/host/point.h"
#include "frontends/json/write_model.h"
#include "frontends/model/add_derivatives.h"
#include "ir/interpret/interpreter.h"
#include "ir/messages.h"
#include "ir/suggestion.h"
#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cli {
namespace {

struct Settings {
  MakeOps ops = nullptr;
  std::string model, of, emit, output;
  std::vector<std::string> wrt, sizes, inputs;
  std::int64_t order = 1;
};

std::vector<std::string> variables(const Settings& settings) {
  std::vector<std::string> names;
  for (const std::string& list : settings.wrt)
    for (const std::string& item : split_list(list)) {
      const std::size_t first = item.find_first_not_of(' '), last = item.find_last_not_of(' ');
      if (first == std::string::npos) continue;
      std::string name = item.substr(first, last - first + 1);
      // One result has one name, however often it is asked for.
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
  return names;
}

std::string emitted(const Settings& settings) {
  if (!settings.emit.empty()) return settings.emit;
  return settings.output.ends_with(".json") ? "json" : "ir";
}

/// What --of and --wrt name, told of by the option; whether it has a derivative is for later.
Status known_names(const Settings& settings, const Model& model) {
  const auto names = model.value_names();
  const std::vector<std::string> known(names.begin(), names.end());
  const auto check = [&](std::string_view option, const std::string& name) -> Status {
    if (model.damaged || std::ranges::find(known, name) != known.end()) return std::nullopt;
    return Error{.code = "E0312",
                 .message = fmt::format("{} {}: the model has no such value", option, quote(name)),
                 .place = {model.doc->file},
                 .help = nearest_or_all(name, known, "values")};
  };
  if (Status error = check("--of", settings.of)) return error;
  for (const std::string& name : variables(settings))
    if (Status error = check("--wrt", name)) return error;
  return std::nullopt;
}

/// The drawing, with values at the nodes where inputs are given.
Result<std::string> drawing(const Graph& graph, std::vector<NamedTensor> given,
                            const Source& source) {
  if (given.empty()) return dot_text(graph);
  const auto leaves = values_at({.given = std::move(given)}, graph, source);
  if (!leaves) return leaves.error();
  DotValues values(graph.value_count());
  const auto watch = [&](Value value, const Literal& literal) { values[value.id] = literal; };
  const auto results = interpret(graph, *leaves, {.watch = watch});
  if (!results) return results.error();
  return dot_text(graph, values);
}

OrErrors<std::string> grad_text(const Settings& settings, Sources& sources) {
  auto source = Source::load(settings.model, sources, settings.ops);
  if (auto* errors = std::get_if<Errors>(&source)) return std::move(*errors);
  Source& model = std::get<Source>(source);
  if (!model.model())
    return Errors{{.code = "E0312",
                   .message = "derivatives are added to models in JSON; a graph has `grad` nodes",
                   .place = {settings.model}}};
  const auto sizes = parse_sizes(settings.sizes);
  if (!sizes) return Errors{sizes.error()};
  auto given = read_inputs(settings.inputs, model, false);
  if (!given) return Errors{given.error()};
  const BuildOptions options{.sizes = *sizes, .inputs = types_of(*given)};
  const ShapeOf shape_of = [&](const std::string& name) -> OrErrors<Shape> {
    auto graph = model.build(name, options);
    if (auto* errors = std::get_if<Errors>(&graph)) return std::move(*errors);
    const Graph& built = std::get<Graph>(graph);
    return built.type(built.outputs.at(0).value).shape;
  };
  if (Status error = known_names(settings, *model.model())) return Errors{*error};
  auto doc = add_derivatives(*model.model()->doc,
                             {settings.of, variables(settings), static_cast<int>(settings.order)},
                             shape_of);
  if (auto* errors = std::get_if<Errors>(&doc)) return std::move(*errors);
  const std::string function = derivative_function(*model.model()->doc);
  const std::string json = write_model(std::get<ModelDoc>(doc));
  auto derived = Source::of(std::get<ModelDoc>(std::move(doc)), settings.ops);
  if (auto* errors = std::get_if<Errors>(&derived)) return std::move(*errors);
  const std::string kind = emitted(settings);
  if (kind == "math") std::get<Source>(derived).use_textbook_forms();
  auto graph = std::get<Source>(derived).build(function, options);
  if (auto* errors = std::get_if<Errors>(&graph)) return std::move(*errors);
  if (kind == "json") return json;
  // This is read, and differentiated again: `refine` is for what is computed.
  auto made = run_pipeline(std::move(std::get<Graph>(graph)), {.stop_after = "simplify.3"});
  if (!made) return Errors{made.error()};
  if (kind == "math") return formula_text(made->graph);
  if (kind != "dot") return print_graph(made->graph);
  auto dot = drawing(made->graph, std::move(*given), std::get<Source>(derived));
  if (!dot) return Errors{dot.error()};
  return std::move(*dot);
}

int grad(const Settings& settings) {
  if (variables(settings).empty()) return usage_error("grad: --wrt names no variable");
  if (!settings.inputs.empty() && emitted(settings) != "dot")
    return usage_error("grad: --input is for the values in a drawing", "add --emit=dot");
  Sources sources;
  auto text = grad_text(settings, sources);
  if (auto* errors = std::get_if<Errors>(&text)) return report(*errors, sources);
  const Status error = write_text(settings.output, std::get<std::string>(text));
  return error ? report(*error) : exit_ok;
}

} // namespace

Command grad_command(MakeOps ops) {
  auto s = std::make_shared<Settings>();
  s->ops = ops;
  return {
      .name = "grad",
      .summary = "add derivatives to a model and show them",
      .examples =
          {"nnc grad model.json --of loss --wrt w,b --emit=math",
           "nnc grad model.json --of loss --wrt w,b --emit=dot --input x=@x.npy | dot -Tsvg"},
      .options = {{"MODEL", "", "model file, - for standard input", &s->model, true},
                  {"--of", "NAME", "the scalar to differentiate", &s->of, true},
                  {"--wrt", "A,B", "the variables, by name", &s->wrt, true},
                  within(1, 8,
                         {"--order", "N", "2 gives all second derivatives, and so on", &s->order}),
                  {"--size", "N=32", "value of a size symbol", &s->sizes},
                  {"--input", "NAME=TENSOR", "shows the values in a drawing", &s->inputs},
                  {"--emit",
                   "KIND",
                   "ir (default), json, math or dot",
                   &s->emit,
                   false,
                   {"ir", "json", "math", "dot"}},
                  {"-o,--output", "FILE", "instead of standard output", &s->output}},
      .run = [s] { return grad(*s); }};
}

} // namespace nnc::cli
