// `nnc train` as a process: stopped, killed and resumed; data as an IDX pair; what it refuses.
#include "places.h"
#include "runtime/checkpoint.h"
#include "train/blobs.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

extern char** environ;

namespace nnc::train_test {
namespace {

namespace fs = std::filesystem;

constexpr const char* hours = "1000000000"; ///< epochs: such a run never ends by itself

/// Starts build/nnc train; what it says on standard error goes to the file `err` of the folder.
pid_t start(const Folder& folder, std::vector<std::string> words) {
  words.insert(words.begin(), {NNC_BUILD "/nnc", "train", folder / "model.json"});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string out = folder / "out", err = folder / "err";
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), flags, 0600);
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

/// The exit code, or minus the signal.
int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int run(const Folder& folder, const std::vector<std::string>& words) {
  return wait_for(start(folder, words));
}

/// A run on the blobs with weights and log called `name`, up to `epochs`.
std::vector<std::string> words(const Folder& folder, const std::string& name,
                               const std::string& epochs) {
  return {"--data",
          folder / "data.csv",
          "--epochs",
          epochs,
          "--seed",
          "7",
          "--validation",
          "0.2",
          "--resume",
          "--checkpoint",
          folder / (name + ".safetensors"),
          "--log",
          folder / (name + ".csv")};
}

/// Starts a run that would take hours and sends it `signal` once it has written a checkpoint.
int stop(int signal, const Folder& folder, const std::string& name) {
  const std::string checkpoint = folder / (name + ".safetensors");
  std::error_code none;
  const auto before = fs::last_write_time(checkpoint, none);
  const pid_t child = start(folder, words(folder, name, hours));
  for (siginfo_t ended{}; ended.si_pid == 0; usleep(500)) { // its checkpoint is new, or it failed
    if (fs::exists(checkpoint) && fs::last_write_time(checkpoint, none) != before) break;
    waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT);
  }
  kill(child, signal);
  return wait_for(child);
}

std::int64_t epoch_of(const std::string& checkpoint) {
  const auto loaded = load_checkpoint(checkpoint, {});
  return loaded ? metadata_integer(loaded->metadata, "nnc.epoch", checkpoint).value() : -1;
}

class Stopped : public testing::TestWithParam<int> {};

TEST_P(Stopped, GoesOnBitForBit) {
  const int signal = GetParam();
  const Folder folder;
  folder.write("model.json", blobs_model(R"({ "kind": "adam", "lr": 0.01 })"));
  folder.write("data.csv", blobs_csv(200));
  for (int time = 0; time < 3; ++time) {
    const int code = stop(signal, folder, "cut");
    EXPECT_EQ(code, signal == SIGKILL ? -SIGKILL : 130);
    const std::string said = file_text(folder / "err");
    if (signal == SIGKILL) continue;
    EXPECT_TRUE(said.starts_with("interrupted after ")) << said;
    EXPECT_NE(said.find("; saved " + folder / "cut.safetensors"), std::string::npos) << said;
    EXPECT_NE(said.find(", --resume goes on from here\n"), std::string::npos) << said;
  }
  const std::int64_t epoch = epoch_of(folder / "cut.safetensors");
  ASSERT_GE(epoch, 1);
  const std::string end = std::to_string(epoch + 2);
  EXPECT_EQ(run(folder, words(folder, "cut", end)), 0) << file_text(folder / "err");
  EXPECT_EQ(run(folder, words(folder, "whole", end)), 0) << file_text(folder / "err");
  EXPECT_EQ(file_text(folder / "cut.safetensors"), file_text(folder / "whole.safetensors"));
  EXPECT_EQ(without_times(file_text(folder / "cut.csv")),
            without_times(file_text(folder / "whole.csv")));
}

INSTANTIATE_TEST_SUITE_P(Signals, Stopped, testing::Values(SIGINT, SIGTERM, SIGKILL),
                         [](const auto& info) { return std::string(sigabbrev_np(info.param)); });

/// Images of 2x2 bytes whose brightest pixel is their label, as the MNIST files store them.
void write_pair(const Folder& folder, int count) {
  std::string images = {0, 0, 8, 3, 0, 0, 0, static_cast<char>(count), 0, 0, 0, 2, 0, 0, 0, 2};
  std::string labels = {0, 0, 8, 1, 0, 0, 0, static_cast<char>(count)};
  std::string csv;
  for (int i = 0; i < count; ++i) {
    const int label = (i * 7) % 4;
    for (int pixel = 0; pixel < 4; ++pixel) {
      const int value = (pixel == label ? 200 : 20) + (i * 13 + pixel * 29) % 50;
      images += static_cast<char>(value);
      csv += std::to_string(value) + ",";
    }
    labels += static_cast<char>(label);
    csv += std::to_string(label) + "\n";
  }
  folder.write("train-images-idx3-ubyte", images);
  folder.write("train-labels-idx1-ubyte", labels);
  folder.write("data.csv", csv);
}

constexpr const char* pixels_model = R"json({ "nnc": 1, "sizes": { "N": 16 },
  "inputs": { "x": "f32[N,2,2]", "y": "i32[N]" },
  "params": { "w": { "type": "f32[4,4]", "init": "glorot_uniform" } },
  "nodes": [ "logits = reshape(x * 0.01, shape=[-1, 4]) @ w",
             "loss = softmax_cross_entropy(logits, y)" ],
  "functions": { "predict": { "in": ["x"], "out": ["logits"] },
                 "train": { "in": ["x", "y"], "out": ["loss"], "minimize": "loss",
                            "optimizer": { "kind": "sgd", "lr": 0.5 } } } })json";

TEST(Command, AnIdxPairTrainsAsTheSameNumbersInText) {
  const Folder folder;
  folder.write("model.json", pixels_model);
  write_pair(folder, 100);
  const std::vector<std::string> rest = {"--validation", "0.2", "--epochs", "30", "--checkpoint"};
  std::vector<std::string> pair = {"--data", folder / "train-images-idx3-ubyte", "--data",
                                   folder / "train-labels-idx1-ubyte"};
  std::vector<std::string> text = {"--data", folder / "data.csv"};
  pair.insert(pair.end(), rest.begin(), rest.end());
  text.insert(text.end(), rest.begin(), rest.end());
  pair.push_back(folder / "pair.safetensors");
  text.push_back(folder / "text.safetensors");
  EXPECT_EQ(run(folder, pair), 0) << file_text(folder / "err");
  const std::string said = file_text(folder / "out");
  EXPECT_NE(said.find(", accuracy 1.000;"), std::string::npos) << said;
  EXPECT_EQ(run(folder, text), 0) << file_text(folder / "err");
  EXPECT_EQ(file_text(folder / "pair.safetensors"), file_text(folder / "text.safetensors"));
}

TEST(Command, OneEpochIsNotCalledEpochs) {
  const Folder folder;
  folder.write("model.json", pixels_model);
  write_pair(folder, 20);
  for (const std::string epochs : {"1", "2"}) {
    EXPECT_EQ(run(folder, {"--data", folder / "data.csv", "--epochs", epochs}), 0);
    const std::string said = file_text(folder / "out");
    EXPECT_TRUE(said.starts_with(epochs == "1" ? "1 epoch, loss " : "2 epochs, loss ")) << said;
  }
}

TEST(Command, APairOfUnequalLengthIsAnError) {
  const Folder folder;
  folder.write("model.json", pixels_model);
  write_pair(folder, 100);
  const std::string labels = folder / "train-labels-idx1-ubyte";
  folder.write("few", std::string({0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3}));
  EXPECT_EQ(run(folder, {"--data", folder / "train-images-idx3-ubyte", "--data", folder / "few"}),
            1);
  const std::string said = file_text(folder / "err");
  EXPECT_TRUE(said.find("error[E0615]") != std::string::npos ||
              said.find("error[E0625]") != std::string::npos)
      << said;
}

} // namespace
} // namespace nnc::train_test
