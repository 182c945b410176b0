#include "runtime/checkpoint.h"

#include "runtime/files_for_tests.h"

namespace nnc {
namespace {

/// The tensors of a little program.
struct Program {
  std::vector<NamedTensor> tensors;

  std::vector<Slot> slots() {
    std::vector<Slot> list;
    for (NamedTensor& item : tensors)
      list.push_back({item.name, item.tensor.type(), item.tensor.bytes()});
    return list;
  }
};

Program trained() {
  return {{{"w1", tensor("2x2xf32=1 2 3 4")},
           {"b1", tensor("2xf32=5 6")},
           {"opt.step", tensor("i64=7")}}};
}
Program fresh() {
  return {{{"w1", tensor("2x2xf32=0 0 0 0")},
           {"b1", tensor("2xf32=0 0")},
           {"opt.step", tensor("i64=0")}}};
}

TEST(Checkpoint, GivesBackWhatWasSaved) {
  TemporaryFolder folder;
  const std::string path = folder / "c.safetensors";
  Program before = trained(), after = fresh();
  const Metadata metadata{{"epoch", "12"}, {"seed", "-3"}};
  ASSERT_FALSE(save_checkpoint(path, before.slots(), metadata));
  const auto loaded = load_checkpoint(path, after.slots());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(after.tensors, before.tensors);
  EXPECT_EQ(loaded->metadata, metadata);
  EXPECT_TRUE(loaded->missing.empty() && loaded->unused.empty());
  EXPECT_EQ(*metadata_integer(loaded->metadata, "epoch", path), 12);
  EXPECT_EQ(*metadata_integer(loaded->metadata, "seed", path), -3);
  EXPECT_EQ(folder.count(), 1) << "nothing else is left in the folder";
}

Bytes bytes_of_checkpoint(Program program) {
  TemporaryFolder folder;
  EXPECT_FALSE(save_checkpoint(folder / "c", program.slots(), {}));
  return *read_file(folder / "c");
}

TEST(Checkpoint, SlotsThatNeedNotBeThere) {
  Program small = trained();
  small.tensors.pop_back();
  Program program = fresh();
  auto slots = program.slots();
  slots[2].required = false;
  const auto loaded = read_checkpoint(bytes_of_checkpoint(small), "c", slots);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->missing, std::vector<std::string>{"opt.step"});
  EXPECT_EQ(to_text(program.tensors[0].tensor), "2x2xf32=1 2 3 4");
  EXPECT_EQ(to_text(program.tensors[2].tensor), "i64=0");

  const auto fewer =
      read_checkpoint(bytes_of_checkpoint(trained()), "c", std::span(slots).first(1));
  EXPECT_EQ(fewer->unused, (std::vector<std::string>{"opt.step", "b1"}));
}

TEST(Checkpoint, ErrorsNameTheTensorAndChangeNothing) {
  const Bytes bytes = bytes_of_checkpoint(trained());
  const auto load = [&](const char* name, const char* literal, const char* code,
                        const char* message) {
    Program program = fresh();
    program.tensors.push_back({name, tensor(literal)});
    const auto before = program.tensors;
    expect_error(read_checkpoint(bytes, "c.safetensors", program.slots()), code, message);
    EXPECT_EQ(program.tensors, before) << "all or nothing";
  };
  load("w2", "2xf32=0 0", "E0704", "'c.safetensors' has no tensor 'w2', which is f32[2]");
  load("\x1b[2J", "f32=0", "E0704", "'\\x1b[2J'");

  Program program = fresh();
  program.tensors[1] = {"bb1", tensor("2xf32=0 0")};
  expect_error(read_checkpoint(bytes, "c", program.slots()), "E0704", "did you mean 'b1'?");

  program = fresh();
  program.tensors[0].tensor = tensor("2x3xf32=0 0 0 0 0 0");
  program.tensors[2].tensor = tensor("i32=0");
  const auto two = read_checkpoint(bytes, "c", program.slots());
  expect_error(two, "E0705", "'w1' is f32[2,3], 'c' holds f32[2,2]");
  ASSERT_EQ(two.error().notes.size(), 1u);
  EXPECT_EQ(two.error().notes[0].message, "'opt.step' is i32[], 'c' holds i64[]");

  program = fresh();
  program.tensors = {{"b1", tensor("2x2xf32=0 0 0 0")}};
  expect_error(read_checkpoint(bytes, "c", program.slots()), "E0705",
               "did you mean 'w1', which is f32[2,2]?");
}

TEST(Checkpoint, AtMostTwentyErrorsAreTold) {
  Program program = fresh();
  for (int i = 0; i < 100; ++i)
    program.tensors.push_back({"extra" + std::to_string(i), tensor("f32=0")});
  const auto loaded = read_checkpoint(bytes_of_checkpoint(trained()), "c", program.slots());
  EXPECT_EQ(loaded.error().notes.size(), 19u);
}

TEST(Checkpoint, MetadataMustBeWholeNumbers) {
  const Metadata metadata{{"epoch", "3x"}, {"seed", ""}, {"big", "9223372036854775808"}};
  expect_error(metadata_integer(metadata, "epoch", "c"), "E0706", "'epoch' is '3x', not a whole");
  expect_error(metadata_integer(metadata, "seed", "c"), "E0706", "is ''");
  expect_error(metadata_integer(metadata, "big", "c"), "E0706", "9223372036854775808");
  expect_error(metadata_integer(metadata, "step", "c"), "E0706", "'step' is missing");
}

TEST(Checkpoint, MissingAndMalformedFiles) {
  Program program = fresh();
  TemporaryFolder folder;
  expect_error(load_checkpoint(folder / "none", program.slots()), "E0120", "No such file");
  expect_error(load_checkpoint(folder.path(), program.slots()), "E0120", "Is a directory");
  expect_error(read_checkpoint({}, "c", program.slots()), "E0701", "shorter than 8 bytes");
  expect_error(save_checkpoint(folder / "none/c", program.slots(), {}), "E0122", "No such file");
}

} // namespace
} // namespace nnc
