#include "frontends/cli/command.h"

namespace nnc::cli {

std::vector<Command> all_commands() {
  return {compile_command(), run_command(), train_command(),   grad_command(),    check_command(),
          bench_command(),   opt_command(), inspect_command(), explain_command(), ops_command()};
}

} // namespace nnc::cli
