#include "frontends/cli/command.h"

namespace nnc::cli {

std::vector<Command> all_commands(MakeOps ops) {
  return {compile_command(ops), run_command(ops),   train_command(ops), grad_command(ops),
          check_command(ops),   bench_command(ops), opt_command(ops),   inspect_command(ops),
          explain_command(ops), ops_command(ops)};
}

} // namespace nnc::cli
