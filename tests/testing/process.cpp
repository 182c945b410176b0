#include "testing/process.h"
#include "places.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>

extern char** environ; // NOLINT: what posix_spawnp takes

namespace nnc::cli_test {

namespace fs = std::filesystem;

Outcome run_program(const std::vector<std::string>& words, const std::string& input,
                    const std::string& folder) {
  const Folder scratch;
  write_text(scratch / "in", input);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string in = scratch / "in", out = scratch / "out", err = scratch / "err";
  posix_spawn_file_actions_addopen(&actions, 0, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
  if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failure =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(failure, 0) << words[0];
  if (failure != 0) return {};
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), file_text(out),
          file_text(err)};
}

bool has_program(const std::string& name) {
  return run_program({"sh", "-c", "command -v " + name}).code == 0;
}

Outcome nnc(std::vector<std::string> words, const std::string& input) {
  words.insert(words.begin(), NNC_BUILD "/nnc");
  return run_program(words, input, NNC_TESTS "/cli/models");
}

Outcome nnc_on_churn(std::vector<std::string> words) {
  words.insert(words.begin(), NNC_BUILD "/nnc");
  return run_program(words, {}, NNC_SOURCE "/examples/churn");
}

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "nnc-cli-XXXXXX").string();
  if (!mkdtemp(name.data())) ADD_FAILURE() << "no temporary folder";
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

int line_count(const std::string& text) { return static_cast<int>(std::ranges::count(text, '\n')); }

} // namespace nnc::cli_test
