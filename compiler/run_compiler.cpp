#include "compiler/run_compiler.h"

#include "runtime/files/file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ; // NOLINT: what posix_spawnp takes

namespace nnc {
namespace {

/// All that comes out of a pipe until its other end is closed.
std::string read_pipe(const FileDescriptor& pipe) {
  std::string text;
  std::array<char, 4096> part{};
  while (true) {
    const ssize_t got = read(pipe.number(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

/// The line of a compiler's complaints that tells most.
std::string_view first_error(std::string_view text) {
  std::string_view first;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.find("error") != std::string_view::npos) return line;
    if (first.empty()) first = line;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return first;
}

int wait_for(pid_t child) {
  int status = 0;
  pid_t ended = 0;
  do ended = waitpid(child, &status, 0);
  while (ended < 0 && errno == EINTR);
  return ended == child ? status : -1;
}

/// The program with its standard error on `said`; 0, or what failed.
int start(std::span<const std::string> words, int said, pid_t& child) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
  const int failure =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}

} // namespace

std::optional<std::string> run_compiler(std::span<const std::string> words) {
  const auto problem = [&](std::string_view what) {
    return ": " + words[0] + ": " + std::string(what);
  };
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return problem(std::strerror(errno));
  const FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  pid_t child = 0;
  if (const int failure = start(words, write_end.number(), child))
    return problem(std::strerror(failure));
  write_end.close();
  const std::string said = read_pipe(read_end);
  const int status = wait_for(child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  const std::string_view line = first_error(said);
  return problem(line.empty() ? "it failed" : line);
}

} // namespace nnc
