// What a sub-command of nnc is: a name, options bound to variables, examples and a function. One
// file per command makes one of these; arguments.cpp turns them into a parser and help texts.
#pragma once

#include "frontends/host/source.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace nnc::cli {

enum ExitCode : int {
  exit_ok = 0,
  exit_bad_input = 1,    ///< the model, data or a file is wrong
  exit_usage = 2,        ///< the command line is wrong
  exit_different = 3,    ///< a comparison failed
  exit_internal = 70,    ///< nnc is wrong
  exit_interrupted = 130 ///< Ctrl-C
};

/// Where the value of an option goes. A bool is a flag; a vector takes the option again and again.
using Target = std::variant<bool*, std::string*, std::vector<std::string>*, std::int64_t*, double*,
                            std::optional<std::int64_t>*, std::optional<double>*>;

/// What the number of an option may be.
struct Limits {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool bytes = false; ///< may be written with K, M or G
};

struct Option {
  std::string names; ///< "-f,--function"; without dashes ("MODEL") it stands by position
  std::string value; ///< how help calls the value; empty for flags and positionals
  std::string help;
  Target target;
  bool required = false;
  std::vector<std::string> choices = {}; ///< else anything
  Limits limits = {};
  /// Of a list: words NAME=VALUE behind a value are more values.
  bool settings = false;
};

struct Command {
  std::string name;
  std::string summary;               ///< one line
  std::vector<std::string> examples; ///< two command lines, each with a comment behind it
  std::vector<Option> options;
  std::function<int()> run; ///< gives the exit code
};

/// Every sub-command, in the order of the help. They read models with the rows of `ops`.
std::vector<Command> all_commands(MakeOps ops = standard_ops);

// One file each.
Command compile_command(MakeOps ops);
Command run_command(MakeOps ops);
Command grad_command(MakeOps ops);
Command opt_command(MakeOps ops);
Command inspect_command(MakeOps ops);
Command explain_command(MakeOps ops);
Command ops_command(MakeOps ops);
Command train_command(MakeOps ops);
Command check_command(MakeOps ops);
Command bench_command(MakeOps ops);

} // namespace nnc::cli
