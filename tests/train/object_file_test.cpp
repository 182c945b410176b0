// A session's functions as object files: what they compute is what the session computes, to the
// bit.
#include "frontends/host/nnc.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace nnc {
namespace {

namespace fs = std::filesystem;

constexpr int no_such_function = 1000; ///< no code of a call

Session line() {
  ModelBuilder m("line");
  m.size("N", 4).input("x", "f32[N,3]").input("t", "f32[N,2]");
  m.param("w", "f32[3,2]", "glorot_uniform").param("b", "f32[2]", 0);
  m.define("y = tanh(x @ w + b)").define("loss = mean((y - t)**2)");
  m.function("predict", {.in = {"x"}, .out = {"y"}});
  m.function(
      "train",
      {.in = {"x", "t"}, .out = {"loss"}, .minimize = "loss", .optimizer = {"sgd", {{"lr", 0.5}}}});
  auto session = m.session({.seed = 3});
  EXPECT_TRUE(session) << session.error().message;
  return std::move(*session);
}

/// A folder that goes with the test.
class Folder {
public:
  Folder()
      : path_(fs::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string operator/(const char* name) const { return (path_ / name).string(); }

private:
  fs::path path_;
};

/// The object as a library in this process.
class Library {
public:
  Library(const Folder& folder, const aot::Object& object) {
    const auto failed = aot::write_object(object, aot::paths_beside(folder / "line"));
    EXPECT_FALSE(failed) << failed->message;
    const auto unlinked = aot::link_library(folder / "line.o", folder / "line.so");
    EXPECT_FALSE(unlinked) << unlinked->message;
    library_ = dlopen((folder / "line.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    EXPECT_NE(library_, nullptr) << dlerror();
  }
  ~Library() { dlclose(library_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  /// `arguments` in the order of the struct, without the host.
  int call(const char* symbol, std::vector<const void*> arguments) {
    arguments.push_back(nullptr);
    using Call = int (*)(const void*, void*, std::size_t);
    const auto code = reinterpret_cast<Call>(dlsym(library_, symbol));
    if (!code) return no_such_function;
    std::vector<char> workspace(1 << 16);
    return code(arguments.data(), workspace.data(), workspace.size());
  }

private:
  void* library_ = nullptr;
};

std::string text_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

const void* weight(const aot::Object& object, const std::string& bytes, const std::string& name) {
  for (const aot::Weight& each : object.module.weights)
    if (each.name == name) return bytes.data() + each.offset;
  ADD_FAILURE() << "no weight " << name;
  return nullptr;
}

/// Six steps of training, so that the weights are not the initial ones.
std::array<float, 8> trained_prediction(Session& session, const std::array<float, 12>& x) {
  const std::array<float, 8> t = {1, -1, 0.5F, 0, 0.25F, 1, -0.5F, 0};
  float loss = 0;
  for (int step = 0; step < 6; ++step)
    EXPECT_FALSE((*session.compile("train"))->call({x, t}, {loss}));
  std::array<float, 8> y{};
  EXPECT_FALSE((*session.compile("predict"))->call({x}, {y}));
  return y;
}

constexpr std::array<float, 12> x = {1, 2, -1, 0.5F, 0, 1, -2, 1, 0.25F, 1, 1, 1};

TEST(ObjectFile, ComputesWhatTheSessionDoesWithItsTrainedWeights) {
  Session session = line();
  const auto expected = trained_prediction(session, x);
  const ObjectFunction functions[] = {{"predict"}, {"loss", {.sizes = {{"N", 2}}}}};
  const auto object = session.object(functions);
  ASSERT_TRUE(object) << object.error().message;
  const Folder folder;
  Library library(folder, *object);
  const std::string weights = text_of(folder / "line.weights");
  ASSERT_EQ(weights.size(), object->weights.size());
  std::array<float, 8> y{};
  EXPECT_EQ(library.call("line_predict", {x.data(), weight(*object, weights, "w"),
                                          weight(*object, weights, "b"), y.data()}),
            0);
  EXPECT_EQ(y, expected);
  EXPECT_NE(y, (std::array<float, 8>{}));
  const std::string header = text_of(folder / "line.h");
  EXPECT_NE(header.find("line_predict_args"), std::string::npos);
  EXPECT_NE(header.find("f32[2,3]"), std::string::npos) << "x of `loss` is bound to N = 2";
}

TEST(ObjectFile, HoldsItsWeightsWhenTheyAreEmbedded) {
  Session session = line();
  const auto expected = trained_prediction(session, x);
  const ObjectFunction functions[] = {{"predict"}};
  const auto object = session.object(functions, {.name = "other", .embed = true});
  ASSERT_TRUE(object) << object.error().message;
  const Folder folder;
  Library library(folder, *object);
  EXPECT_FALSE(fs::exists(folder / "line.weights"));
  std::array<float, 8> y{};
  EXPECT_EQ(library.call("other_predict", {x.data(), nullptr, nullptr, y.data()}), 0);
  EXPECT_EQ(y, expected);
}

TEST(ObjectFile, SaysWhatItCannotBeMadeOf) {
  Session session = line();
  const ObjectFunction unknown[] = {{"predcit"}}, known[] = {{"predict"}};
  const auto none = session.object({});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "E0312");
  const auto wrong = session.object(unknown);
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("predcit"), std::string::npos);
  const auto lesser = session.object(known, {.cpu = "x86-64"});
  ASSERT_FALSE(lesser);
  EXPECT_EQ(lesser.error().code, "E0502");
}

} // namespace
} // namespace nnc
