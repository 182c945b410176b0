#include "frontends/cli/functions.h"

namespace nnc::cli {

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
    return Errors{{.code = "E0312",
                   .message = "the model declares no function",
                   .place = {settings.model},
                   .help = "-f NAME takes any value of the model"}};
  }
  if (loaded.source.program()) return loaded;
  auto graphs = loaded.source.build(names, {.sizes = *sizes});
  if (auto* errors = std::get_if<Errors>(&graphs)) return std::move(*errors);
  loaded.graphs = std::move(std::get<0>(graphs));
  return loaded;
}

} // namespace nnc::cli
