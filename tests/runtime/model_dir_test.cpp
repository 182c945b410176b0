#include "runtime/files/model_dir.h"

#include "runtime/files/atomic_write.h"
#include "runtime/files_for_tests.h"

#include <atomic>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace nnc {
namespace {

namespace fs = std::filesystem;

class ModelDirTest : public testing::TestWithParam<ModelDir::Resolve> {
protected:
  // root/secret, root/model/{model.json, w, sub/deep/w} and every way out of root/model.
  void SetUp() override {
    fs::create_directories(root / "model/sub/deep");
    fs::create_directories(root / "outside");
    for (const char* name : {"secret", "outside/w"}) write(name, "secret");
    for (const char* name : {"model/w", "model/sub/deep/w", "model/a..b", "model/..."})
      write(name, "inside");
    const std::string model = root / "model/";
    fs::create_symlink("w", model + "link_inside");
    fs::create_symlink("../secret", model + "link_outside");
    fs::create_symlink(root / "secret", model + "link_absolute");
    fs::create_symlink("../outside", model + "sub/parent_outside");
    fs::create_directory_symlink("sub", model + "parent_inside");
    fs::create_symlink("/", model + "to_root");
    fs::create_symlink("loop", model + "loop");
    fs::create_symlink("nowhere", model + "dangling");
    fs::create_hard_link(root / "secret", model + "hard");
    ASSERT_EQ(mkfifo((model + "fifo").c_str(), 0600), 0);
    make_socket(model + "socket");
  }

  void write(const std::string& name, std::string_view text) {
    ASSERT_FALSE(write_file(root / name, text));
  }

  static void make_socket(const std::string& path) {
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(path.size(), sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
  }

  ModelDir open_dir() { return *ModelDir::of_model(root / "model/model.json", GetParam()); }

  TemporaryFolder root;
};

TEST_P(ModelDirTest, OpensWhatIsInside) {
  const ModelDir dir = open_dir();
  for (const char* path :
       {"w", "sub/deep/w", "./w", "sub/./deep/w", "sub//deep/w", "a..b", "..."}) {
    const auto bytes = dir.read(path);
    ASSERT_TRUE(bytes) << path << ": " << bytes.error().message;
    EXPECT_EQ(text_of(*bytes), "inside") << path;
  }
}

struct Refused {
  std::string path, message, code = "E0121";
};

/// By the path itself.
const std::vector<Refused> ways_up = {
    {"", "has no name"},
    {"/", "not relative"},
    {"/etc/passwd", "not relative"},
    {"//etc/passwd", "not relative"},
    {"..", "'..'"},
    {"../secret", "'..'"},
    {"../model/w", "'..'"},
    {"sub/../w", "'..'"},
    {"sub/../../secret", "'..'"},
    {"sub/..", "'..'"},
    {"./../secret", "'..'"},
    {"sub/./.././../secret", "'..'"},
    {"w/../../secret", "'..'"},
    {std::string("w\0../secret", 11), "zero byte"},
    {std::string("\0", 1), "zero byte"},
};

/// By what lies in the folder.
const std::vector<Refused> links = {
    {"link_inside", "symbolic link"},
    {"link_outside", "symbolic link"},
    {"link_absolute", "symbolic link"},
    {"parent_inside/deep/w", "symbolic link"},
    {"sub/parent_outside/w", "symbolic link"},
    {"to_root/etc/passwd", "symbolic link"},
    {"to_root/proc/self/fd/0", "symbolic link"},
    {"to_root/dev/null", "symbolic link"},
    {"loop", "symbolic link"},
    {"loop/w", "symbolic link"},
    {"dangling", "symbolic link"},
    {"./link_outside", "symbolic link"},
    {"sub//parent_outside/w", "symbolic link"},
    {"hard", "a second name (a hard link)"},
};

/// What is no file to read from.
const std::vector<Refused> no_files = {
    {"fifo", "not a plain file"}, {"socket", "not a plain file"}, {"sub", "is a folder"},
    {"sub/", "is a folder"},      {"w/", "is a folder"},          {".", "is a folder"},
    {"./", "is a folder"},        {"sub/deep", "is a folder"},
};

/// What is not there.
const std::vector<Refused> missing = {
    {"none", "No such file", "E0120"},
    {"none/w", "No such file", "E0120"},
    {"sub/none", "No such file", "E0120"},
    {"w/w", "Not a directory", "E0120"},
    {std::string(300, 'x'), "File name too long", "E0120"},
    {"~/w", "No such file", "E0120"},
    {"file:///etc/passwd", "No such file", "E0120"},
    {"..\\secret", "No such file", "E0120"},
    {"\x1b[2J", "'\\x1b[2J'", "E0120"},
};

TEST_P(ModelDirTest, RefusesEveryWayOut) {
  const ModelDir dir = open_dir();
  expect_error(dir.open(root / "model/w"), "E0121", "not relative", "an absolute path");
  std::size_t count = 1;
  for (const auto* table : {&ways_up, &links, &no_files, &missing}) {
    for (const Refused& bad : *table)
      expect_error(dir.open(bad.path), bad.code, bad.message, bad.path);
    count += table->size();
  }
  EXPECT_GE(count, 40u);
}

TEST_P(ModelDirTest, DevicesAreRefused) {
  const auto dev = ModelDir::of_model("/dev/model.json", GetParam());
  ASSERT_TRUE(dev);
  expect_error(dev->open("zero"), "E0121", "not a plain file");
  expect_error(dev->open("tty"), "E0121", "not a plain file");
  const auto proc = ModelDir::of_model("/proc/self/fd/model.json", GetParam());
  ASSERT_TRUE(proc);
  expect_error(proc->open("0"), "E0121", "symbolic link");
}

// One thread exchanges a file and a link out of the folder, and a folder and a link out, all the
// time; the other opens them. It may fail, and it may read the file: never the secret.
TEST_P(ModelDirTest, NothingCanBeExchangedMeanwhile) {
  const std::string model = root / "model/";
  fs::create_symlink("../secret", model + "swap_link");
  write("model/swap", "inside");
  fs::create_directory(model + "folder");
  write("model/folder/w", "inside");
  fs::create_directory_symlink("../outside", model + "folder_link");
  std::atomic<bool> stop = false;
  std::thread attacker([&] {
    while (!stop)
      for (const char* name : {"swap", "folder"})
        renameat2(AT_FDCWD, (model + name).c_str(), AT_FDCWD, (model + name + "_link").c_str(),
                  RENAME_EXCHANGE);
  });
  const ModelDir dir = open_dir();
  int inside = 0, refused = 0;
  for (int i = 0; i < 20'000; ++i)
    for (const char* path : {"swap", "folder/w"}) {
      const auto bytes = dir.read(path);
      if (!bytes) {
        ++refused;
        continue;
      }
      ++inside;
      ASSERT_EQ(text_of(*bytes), "inside");
    }
  stop = true;
  attacker.join();
  EXPECT_GT(inside, 0);
  EXPECT_GT(refused, 0);
}

INSTANTIATE_TEST_SUITE_P(Both, ModelDirTest,
                         testing::Values(ModelDir::Resolve::automatic,
                                         ModelDir::Resolve::folder_by_folder),
                         [](const auto& info) {
                           return info.param == ModelDir::Resolve::automatic ? "InOneStep"
                                                                             : "FolderByFolder";
                         });

TEST(ModelDir, OfAModelWithoutFolderIsTheCurrentOne) {
  EXPECT_TRUE(ModelDir::of_model("model.json"));
  expect_error(ModelDir::of_model("/no/such/folder/model.json"), "E0120", "No such file");
}

} // namespace
} // namespace nnc
