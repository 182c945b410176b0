// The functions that a command was asked to work on, as graphs.
#pragma once

#include "frontends/cli/command.h"
#include "frontends/cli/source.h"

namespace nnc::cli {

struct FunctionSettings {
  std::string model;
  MakeOps ops = standard_ops;
  std::vector<std::string> functions, sizes;
};
/// MODEL, -f and --size, bound to `settings`.
std::vector<Option> function_options(FunctionSettings& settings);

/// The one function that may be meant where none is named: the only one that is declared or, where
/// none is, the only value that no other reads. E0312 when there is more than one, or none.
Result<std::string> only_function(const Source& source);

/// The source and the graphs of the functions asked for, else of all that it declares.
struct Functions {
  Source source;
  std::vector<Graph> graphs; ///< none of kernel text
};
/// E0312 when there is nothing to choose from.
OrErrors<Functions> load_functions(const FunctionSettings& settings, Sources& sources);

} // namespace nnc::cli
