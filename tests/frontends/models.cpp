#include "frontends/models.h"

#include "ir/text/print.h"
#include "places.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace nnc {

std::string error_text(const Errors& errors) {
  std::string text;
  const auto place = [](const Place& at) {
    return at.line ? fmt::format("{}:{}:{}+{}", at.file, at.line, at.column, at.length) : at.file;
  };
  for (const Error& error : errors) {
    text += fmt::format("{}: {}: {}\n", place(error.place), error.code, error.message);
    for (const Note& note : error.notes)
      text += fmt::format("  note: {}: {}\n", place(note.place), note.message);
    if (!error.help.empty()) text += fmt::format("  help: {}\n", error.help);
  }
  return text;
}

std::string source_file(const std::string& path) {
  std::ifstream file(std::string(NNC_SOURCE "/") + path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::variant<Model, std::string> load_model(const std::string& text, const std::string& file) {
  auto doc = read_model(text, file);
  if (auto* errors = std::get_if<Errors>(&doc)) return error_text(*errors);
  auto model = resolve(std::move(std::get<ModelDoc>(doc)), test_functions(), test_rows());
  if (auto* errors = std::get_if<Errors>(&model)) return error_text(*errors);
  return std::move(std::get<Model>(model));
}

std::string graph_text(const std::string& model_text, const std::string& function,
                       const BuildOptions& options, bool origins) {
  auto model = load_model(model_text);
  if (auto* errors = std::get_if<std::string>(&model)) return *errors;
  Context context(test_rows());
  auto graph = build_function(std::get<Model>(model), function, options, context, test_functions());
  if (auto* errors = std::get_if<Errors>(&graph)) return error_text(*errors);
  return print_graph(std::get<Graph>(graph), {.origins = origins});
}

} // namespace nnc
