// Models in tests: from JSON text to printed graphs.
#pragma once

#include "frontends/json/read_model.h"
#include "frontends/model/build.h"
#include "testing/golden.h"

#include <gtest/gtest.h>

#include <string>

namespace nnc {

inline const OpTable& test_rows() {
  static const OpTable rows = standard_ops();
  return rows;
}
inline const nn::FunctionTable& test_functions() {
  static const nn::FunctionTable functions = nn::standard_functions();
  return functions;
}

/// "m.json:3:7: E0301: message", one error a line with notes and help below it.
std::string error_text(const Errors& errors);

/// The file below the source tree.
std::string source_file(const std::string& path);

/// Model, or the errors as text.
std::variant<Model, std::string> load_model(const std::string& text,
                                            const std::string& file = "m.json");
/// The graph in text form without places, or the errors.
std::string graph_text(const std::string& model, const std::string& function,
                       const BuildOptions& options = {}, bool origins = false);

} // namespace nnc
