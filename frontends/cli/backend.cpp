#include "frontends/cli/backend.h"

#include "frontends/cli/command.h"
#include "frontends/cli/console.h"

#include <fmt/format.h>

namespace nnc::cli {

int check_cpu(const std::string& command, const std::string& backend, const std::string& cpu) {
  if (cpu == "host" || backend == "cpu") return exit_ok;
  return usage_error(fmt::format("{}: --cpu is for --backend=cpu", command),
                     fmt::format("{} compiles for no CPU: leave --cpu out", backend));
}

} // namespace nnc::cli
