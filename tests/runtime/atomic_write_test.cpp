#include "runtime/files/atomic_write.h"

#include "runtime/files_for_tests.h"

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nnc {
namespace {

namespace fs = std::filesystem;

std::string content(const std::string& path) { return text_of(*read_file(path)); }

TEST(AtomicWrite, CreatesAndReplaces) {
  TemporaryFolder folder;
  const std::string path = folder / "a";
  ASSERT_FALSE(write_file(path, "one"));
  EXPECT_EQ(content(path), "one");
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  ASSERT_FALSE(write_file(path, std::string(100'000, 'x')));
  EXPECT_EQ(content(path), std::string(100'000, 'x'));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms(0640));
  ASSERT_FALSE(write_file(path, ""));
  EXPECT_EQ(content(path), "");
  EXPECT_EQ(folder.count(), 1);
}

TEST(AtomicWrite, WithoutCommitNothingHappens) {
  TemporaryFolder folder;
  const std::string path = folder / "a";
  ASSERT_FALSE(write_file(path, "old"));
  {
    auto file = AtomicFile::create(path);
    ASSERT_TRUE(file);
    ASSERT_FALSE(file->write(bytes_of("new")));
    EXPECT_EQ(content(path), "old");
    EXPECT_EQ(folder.count(), 2);
    const AtomicFile moved = std::move(*file);
    EXPECT_EQ(folder.count(), 2);
  }
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(folder.count(), 1);
}

TEST(AtomicWrite, FollowsLinksAndWritesToDevices) {
  TemporaryFolder folder;
  fs::create_directory(folder / "sub");
  ASSERT_FALSE(write_file(folder / "sub/real", "old"));
  fs::create_symlink("sub/real", folder / "link");
  ASSERT_FALSE(write_file(folder / "link", "new"));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(content(folder / "sub/real"), "new");
  EXPECT_FALSE(write_file("/dev/null", "gone"));
  expect_error(write_file("/dev/full", "x"), "E0122", "No space left on device");
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST(AtomicWrite, FailuresNameTheFile) {
  TemporaryFolder folder;
  expect_error(write_file(folder / "none/a", "x"), "E0122", "none/a': No such file");
  expect_error(write_file(folder.path(), "x"), "E0122", "Is a directory");
  expect_error(write_file("", "x"), "E0122", "");
  expect_error(write_file(folder / std::string(300, 'x'), "x"), "E0122", "File name too long");
  ASSERT_FALSE(write_file(folder / "a", "x"));
  expect_error(write_file(folder / "a/b", "x"), "E0122", "Not a directory");
  const std::string longest(255, 'n');
  ASSERT_FALSE(write_file(folder / longest, "x")) << "the name of the new file still fits";
}

// Runs `body` in a process of its own and gives its exit status.
template <class Body>
int in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// A limit on the size of files stands in for a full disk: write fails half way.
TEST(AtomicWrite, AFullDiskLeavesTheOldFile) {
  TemporaryFolder folder;
  const std::string path = folder / "a";
  ASSERT_FALSE(write_file(path, "old"));
  const int status = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{50'000, 50'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto error = write_file(path, std::string(100'000, 'x'));
    return error && error->code == "E0122" &&
                   error->message.find("File too large") != std::string::npos
               ? 0
               : 1;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(folder.count(), 1);
}

TEST(AtomicWrite, AFolderThatMayNotBeWritten) {
  TemporaryFolder folder;
  ASSERT_FALSE(write_file(folder / "a", "old"));
  fs::permissions(folder.path(), fs::perms(0555));
  const int status = in_child([&] {
    if (geteuid() == 0 && setuid(65534) != 0) return 2; // the superuser may write everywhere
    const auto error = write_file(folder / "a", "new");
    const auto other = write_file(folder / "b", "new");
    const auto denied = [](const Status& fault) {
      return fault && fault->message.find("Permission denied") != std::string::npos;
    };
    return denied(error) && denied(other) ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
  fs::permissions(folder.path(), fs::perms(0700));
  EXPECT_EQ(content(folder / "a"), "old");
  EXPECT_EQ(folder.count(), 1);
}

// Killed at any moment, the name leads to one whole version.
TEST(AtomicWrite, AKilledWriterLeavesOneWholeFile) {
  TemporaryFolder folder;
  const std::string path = folder / "a";
  const std::size_t size = 200'000;
  ASSERT_FALSE(write_file(path, std::string(size, 'a')));
  for (int round = 0; round < 100; ++round) {
    const pid_t child = fork();
    if (child == 0)
      for (char c = 'a';; c = c == 'z' ? 'a' : static_cast<char>(c + 1))
        if (write_file(path, std::string(size, c))) _exit(1);
    usleep(static_cast<useconds_t>(round * 37 % 4000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    const std::string text = content(path);
    ASSERT_EQ(text, std::string(size, text.empty() ? '?' : text[0]));
  }
}

TEST(ReadFile, StreamsAndLimits) {
  TemporaryFolder folder;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string text(60'000, 'p');
  ASSERT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  close(ends[1]);
  const FileDescriptor in(ends[0]);
  EXPECT_EQ(text_of(*read_descriptor(in, "pipe")), text);

  EXPECT_FALSE(read_file("/proc/self/status")->empty()) << "a file whose size is told as 0";
  expect_error(read_file("/dev/zero", {.bytes = 1'000'000}), "E0120", "limit of 1000000 bytes");
  expect_error(read_file("/dev/zero"), "E0120", "limit of 67108864 bytes");
  ASSERT_FALSE(write_file(folder / "a", "12345"));
  EXPECT_EQ(read_file(folder / "a", {.bytes = 5})->size(), 5u);
  expect_error(read_file(folder / "a", {.bytes = 4}), "E0120", "larger than the limit of 4 bytes");
  EXPECT_GT(default_memory_limit(), 1 << 20);
}

} // namespace
} // namespace nnc
