// `nnc train` as a process that is interrupted and killed.
#include "places.h"
#include "train/blobs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

extern char** environ;

namespace nnc::train_test {
namespace {

/// Starts build/nnc train on the blobs in `folder`, with its weights and log called `name`.
pid_t start(const Folder& folder, const std::string& name) {
  std::vector<std::string> words = {std::string(NNC_BUILD) + "/nnc",
                                    "train",
                                    folder / "model.json",
                                    "--data",
                                    folder / "data.csv",
                                    "--validation",
                                    "0.2",
                                    "--epochs",
                                    "60",
                                    "--seed",
                                    "7",
                                    "--resume",
                                    "--checkpoint",
                                    folder / (name + ".safetensors"),
                                    "--log",
                                    folder / (name + ".csv")};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

/// Does the process handle SIGINT by now? A slow start would be ended by it.
bool listens(pid_t child) {
  std::ifstream status(fmt::format("/proc/{}/status", child));
  for (std::string word; status >> word;)
    if (word == "SigCgt:") {
      status >> word;
      return std::stoull(word, nullptr, 16) >> (SIGINT - 1) & 1;
    }
  return false;
}

/// Stops the run with `signal` again and again, after the checkpoint first exists.
void stop_often(int signal, const Folder& folder, const std::string& name) {
  int stopped = 0, status = 0;
  for (useconds_t pause = 1000; stopped < 6; pause += 3700) {
    const pid_t child = start(folder, name);
    const auto ready = [&] {
      return listens(child) && std::filesystem::exists(folder / (name + ".safetensors"));
    };
    bool ended = false;
    while (!ready() && !ended) {
      ended = waitpid(child, &status, WNOHANG) != 0;
      usleep(1000);
    }
    if (!ended) {
      usleep(pause);
      kill(child, signal);
      status = wait_for(child);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) break; // it was done before
    if (signal == SIGINT) {
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 130) << status;
    }
    ++stopped;
  }
  EXPECT_GE(stopped, 1);
  status = wait_for(start(folder, name));
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(Command, StoppedAndKilledRunsEndWithTheSameWeights) {
  const Folder folder;
  folder.write("model.json", blobs_model(R"({ "kind": "adam", "lr": 0.01 })"));
  folder.write("data.csv", blobs_csv(200));
  const int status = wait_for(start(folder, "whole"));
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  const std::string weights = file_text(folder / "whole.safetensors");
  const std::string log = without_times(file_text(folder / "whole.csv"));
  for (const int signal : {SIGINT, SIGKILL}) {
    const std::string name = signal == SIGINT ? "interrupted" : "killed";
    stop_often(signal, folder, name);
    EXPECT_EQ(file_text(folder / (name + ".safetensors")), weights) << name;
    EXPECT_EQ(without_times(file_text(folder / (name + ".csv"))), log) << name;
  }
}

} // namespace
} // namespace nnc::train_test
