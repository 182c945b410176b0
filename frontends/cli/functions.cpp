#include "frontends/cli/functions.h"

#include <algorithm>

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
  if (names.empty())
    return Errors{{.code = "E0312",
                   .message = "the model declares no function",
                   .place = {settings.model},
                   .help = "-f NAME takes any value of the model"}};
  if (loaded.source.program()) return loaded;
  Errors errors;
  for (const std::string& name : names) {
    auto graph = loaded.source.build(name, {.sizes = *sizes});
    if (auto* failed = std::get_if<Errors>(&graph)) {
      // What two functions share is wrong once.
      for (Error& error : *failed)
        if (std::ranges::none_of(errors, [&](const Error& other) {
              return other.message == error.message && other.place == error.place;
            }))
          errors.push_back(std::move(error));
    } else {
      loaded.graphs.push_back(std::move(std::get<Graph>(graph)));
    }
  }
  if (errors.size() > error_limit) errors.resize(error_limit);
  if (!errors.empty()) return errors;
  return loaded;
}

} // namespace nnc::cli
