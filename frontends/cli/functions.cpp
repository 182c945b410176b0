#include "frontends/cli/functions.h"

#include "frontends/model/resolve.h"

#include <fmt/format.h>

#include <set>

namespace nnc::cli {
namespace {

/// Values of the model that no node of it reads: what it is there for.
std::vector<std::string> results_of(const ModelDoc& doc) {
  std::set<std::string_view> read;
  for (const NodeDoc& node : doc.nodes)
    for (const Reference& reference : references(node)) read.insert(reference.name);
  std::vector<std::string> results;
  for (const NodeDoc& node : doc.nodes)
    for (const NameDoc& out : node.out)
      if (!read.contains(out.text)) results.push_back(out.text);
  return results;
}

} // namespace

Result<std::string> only_function(const Source& source) {
  auto names = source.functions();
  const bool declared = !names.empty();
  if (!declared && source.model()) names = results_of(*source.model()->doc);
  if (names.size() == 1) return names[0];
  return Error{.code = "E0312",
               .message = "which function?",
               .place = {source.path()},
               .help = !declared ? "-f NAME: any value of the model"
                                 : fmt::format("-f NAME: {}, or any value of the model",
                                               fmt::join(names, ", "))};
}

std::vector<Option> function_options(FunctionSettings& settings) {
  return {{"MODEL", "", "model file (.json or .nnir), - for standard input", &settings.model, true},
          {"-f,--function", "NAME", "a function or value; again for more (all functions)",
           &settings.functions},
          {"--size", "N=32", "value of a size symbol", &settings.sizes}};
}

OrErrors<Functions> load_functions(const FunctionSettings& settings, Sources& sources) {
  auto source = Source::load(settings.model, sources, settings.ops);
  if (auto* errors = std::get_if<Errors>(&source)) return std::move(*errors);
  Functions loaded{std::move(std::get<Source>(source)), {}};
  auto sizes = parse_sizes(settings.sizes);
  if (!sizes) return Errors{sizes.error()};
  auto names = settings.functions.empty() ? loaded.source.functions() : settings.functions;
  if (names.empty()) {
    if (Errors errors = loaded.source.check({}, {.sizes = *sizes}); !errors.empty()) return errors;
    const auto only = only_function(loaded.source);
    if (!only)
      return Errors{{.code = "E0312",
                     .message = "the model declares no function",
                     .place = {settings.model},
                     .help = "-f NAME takes any value of the model"}};
    names = {*only};
  }
  if (loaded.source.program()) return loaded;
  auto graphs = loaded.source.build(names, {.sizes = *sizes});
  if (auto* errors = std::get_if<Errors>(&graphs)) return std::move(*errors);
  loaded.graphs = std::move(std::get<0>(graphs));
  return loaded;
}

} // namespace nnc::cli
