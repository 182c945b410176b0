#include "compiler/run_compiler.h"

#include <cerrno>
#include <cstring>
#include <spawn.h>
#include <sys/wait.h>
#include <vector>

extern char** environ; // NOLINT: what posix_spawnp takes

namespace nnc {

std::optional<std::string> run_compiler(std::span<const std::string> words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failure =
      posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (failure) return ": " + words[0] + ": " + std::strerror(failure);
  int status = 0;
  pid_t ended = 0;
  do ended = waitpid(child, &status, 0);
  while (ended < 0 && errno == EINTR);
  if (ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  return "";
}

} // namespace nnc
