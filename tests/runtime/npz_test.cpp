#include "runtime/files/npz.h"

#include "runtime/files/npy.h"
#include "runtime/files_for_tests.h"

namespace nnc {
namespace {

TEST(Npz, ReadsWhatNumpyWrote) {
  const auto stored = load_npz(fixture("stored.npz"));
  ASSERT_TRUE(stored) << stored.error().message;
  ASSERT_EQ(stored->size(), 3u);
  EXPECT_EQ((*stored)[0], (NamedTensor{"w", tensor("2x3xf32=0 1 2 3 4 5")}));
  EXPECT_EQ((*stored)[1], (NamedTensor{"n", tensor("i64=7")}));
  EXPECT_EQ((*stored)[2], (NamedTensor{"none", tensor("0x4xu8=")}));

  const auto deflated = load_npz(fixture("deflated.npz"));
  ASSERT_TRUE(deflated) << deflated.error().message;
  EXPECT_EQ((*deflated)[0].tensor, *Tensor::zeros({DType::f64, {100, 100}}));
}

std::vector<NamedTensor> three() {
  return {{"layer1/w", tensor("2x2xf32=1 2 3 4")}, {"n", tensor("bool=true")}, {"e", Tensor()}};
}

TEST(Npz, WritesWhatItReads) {
  const auto bytes = write_npz(three());
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(*read_npz(*bytes, "x.npz"), three());
  EXPECT_EQ(text_of(*write_npz(three())), text_of(*bytes)) << "equal tensors, equal files";

  const auto none = write_npz({});
  ASSERT_TRUE(none);
  const auto back = read_npz(*none, "none.npz");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(back->empty());

  TemporaryFolder folder;
  ASSERT_FALSE(save_npz(folder / "a.npz", three()));
  EXPECT_EQ(*load_npz(folder / "a.npz"), three());
}

TEST(Npz, NamesAreUtf8WhateverTheArchiveHolds) {
  const std::vector<NamedTensor> one{{"w", tensor("f32=1")}};
  auto bytes = write_npz(one);
  ASSERT_TRUE(bytes);
  // The name in both headers becomes byte 0xd8, without the flag for UTF-8: code page 437.
  std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  for (std::size_t at = 0; (at = text.find("w.npy", at)) != std::string_view::npos; ++at)
    (*bytes)[at] = std::byte{0xd8};
  const auto read = read_npz(*bytes, "old.npz");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)[0].name, "\u256a");
  EXPECT_TRUE(write_npz(*read));
}

TEST(Npz, NamesMustDiffer) {
  auto twice = three();
  twice[1].name = twice[0].name;
  expect_error(write_npz(twice), "E0612", "'layer1/w' is there twice");
  twice[1].name = "";
  expect_error(write_npz(twice), "E0612", "'' is no name");
  twice[1].name = std::string("a\0b", 3);
  expect_error(write_npz(twice), "E0612", "no name");
}

TEST(Npz, RefusesTheAttacksOfTheFixtures) {
  expect_error(load_npz(fixture("attack_not_npy.npz")), "E0612", "'readme.txt' is not named");
  expect_error(load_npz(fixture("attack_bzip2.npz")), "E0612", "method 12");
  expect_error(load_npz(fixture("attack_declares_more.npz")), "E0612",
               "its header declares 1728 bytes, the archive 144");
  expect_error(load_npz(fixture("attack_declares_less.npz")), "E0612",
               "its header declares 140 bytes, the archive 144");
  expect_error(load_npz(fixture("attack_bomb.npz")), "E0612",
               "its header declares 144 bytes, the archive 4194448");
}

// One stored entry, spelled out, so that each field can be made wrong.
struct Zip {
  std::string name = "a.npy";
  std::string data = text_of(write_npy(tensor("2xf32=1 2")));
  std::uint64_t flags = 0, method = 0, crc = 0;
  std::optional<std::uint64_t> packed = {}, size = {}, entries = {}, directory_at = {};
  int copies = 1; ///< entries of the directory for the one file
  std::string comment = {}, tail = {};

  std::string fields(bool central) const {
    return little(central ? 20 : 0, central ? 2 : 0) + little(20, 2) + little(flags, 2) +
           little(method, 2) + little(0, 2) + little(0x21, 2) + little(crc, 4) +
           little(packed.value_or(data.size()), 4) + little(size.value_or(data.size()), 4) +
           little(name.size(), 2) + little(0, 2);
  }
  std::string text() const {
    const std::string local = "PK\3\4" + fields(false) + name + data;
    std::string directory;
    for (int i = 0; i < copies; ++i)
      directory += "PK\1\2" + fields(true) + little(0, 2) + little(0, 2) + little(0, 2) +
                   little(0, 4) + little(0, 4) + name;
    const auto count = entries.value_or(static_cast<std::uint64_t>(copies));
    return local + directory + "PK\5\6" + little(0, 4) + little(count, 2) + little(count, 2) +
           little(directory.size(), 4) + little(directory_at.value_or(local.size()), 4) +
           little(comment.size(), 2) + comment + tail;
  }
};

std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

Zip zip_of(std::string data) {
  Zip zip{.data = std::move(data)};
  zip.crc = crc32(zip.data);
  return zip;
}

const std::string good = text_of(write_npy(tensor("2xf32=1 2")));

Malformed broken(const std::string& what, void (*change)(Zip&), const std::string& message,
                 const std::string& code = "E0612") {
  Zip zip = zip_of(good);
  change(zip);
  return {what, zip.text(), code, message};
}

std::vector<Malformed> malformed_entries() {
  return {
      broken(
          "name without .npy", [](Zip& z) { z.name = "a"; }, "'a' is not named like a tensor"),
      broken(
          "empty name", [](Zip& z) { z.name = ".npy"; }, "'.npy' is not named"),
      broken(
          "no name", [](Zip& z) { z.name = ""; }, "'' is not named"),
      broken(
          "a folder", [](Zip& z) { z.name = "a/"; }, "'a/' is not named"),
      broken(
          "escape in the name",
          [](Zip& z) { z.name = "\x1b[2J"; }, // code page 437 draws an arrow for it
          "'\u2190[2J'"),
      broken(
          "wrong sum", [](Zip& z) { z.crc ^= 1; }, "CRC"),
      broken(
          "encrypted", [](Zip& z) { z.flags = 1; }, "encrypted"),
      broken(
          "strongly encrypted", [](Zip& z) { z.flags = 0x41; }, "encrypted"),
      broken(
          "AES without its field", [](Zip& z) { z.method = 99; }, "Zip archive inconsistent"),
      broken(
          "stored called deflated", [](Zip& z) { z.method = 8; }, "CRC"),
      broken(
          "stored expands", [](Zip& z) { z.size = z.data.size() + 1; }, "cannot expand"),
      broken(
          "stored shrinks", [](Zip& z) { z.size = z.data.size() - 1; },
          "136 bytes, the archive 135"),
      broken(
          "deflated a millionfold", [](Zip& z) { z.method = 8, z.size = 0x7fffffff; },
          "cannot expand"),
      broken(
          "2^32-2 bytes", [](Zip& z) { z.packed = z.size = 0xfffffffe; },
          "longer than what the file holds"),
      broken(
          "2^32-1 bytes (zip64 without)", [](Zip& z) { z.packed = z.size = 0xffffffff; },
          "not a valid .npz file"),
      broken(
          "packed longer than the file", [](Zip& z) { z.packed = z.size = 100'000; },
          "longer than what the file holds"),
      broken(
          "packed shorter", [](Zip& z) { z.packed = z.size = 20; },
          "118 bytes, the file only 10 more", "E0610"),
  };
}

std::vector<Malformed> unknown_methods() {
  std::vector<Malformed> cases;
  for (const std::uint64_t method :
       std::initializer_list<std::uint64_t>{1, 6, 9, 12, 14, 93, 95, 98, 65535}) {
    Zip zip = zip_of(good);
    zip.method = method;
    cases.push_back({"method", zip.text(), "E0612", fmt::format("method {},", method)});
  }
  return cases;
}

std::vector<Malformed> malformed_directories() {
  return {
      broken(
          "one file, two entries", [](Zip& z) { z.copies = 2; }, "there twice"),
      broken(
          "one file, a thousand entries", [](Zip& z) { z.copies = 1000; }, "there twice"),
      broken(
          "entries missing", [](Zip& z) { z.entries = 2; }, "Zip archive inconsistent"),
      broken(
          "65535 entries", [](Zip& z) { z.entries = 65535; }, "Zip archive inconsistent"),
      broken(
          "no entries told", [](Zip& z) { z.entries = 0; }, "Zip archive inconsistent"),
      broken(
          "directory far away", [](Zip& z) { z.directory_at = 0x7fffffff; },
          "Zip archive inconsistent"),
      broken(
          "directory at 2^32-1", [](Zip& z) { z.directory_at = 0xffffffff; },
          "Zip archive inconsistent"),
      broken(
          "directory in the data", [](Zip& z) { z.directory_at = 3; }, "Not a zip archive"),
  };
}

std::vector<Malformed> malformed_contents() {
  std::vector<Malformed> cases;
  const auto add_data = [&](const std::string& what, const std::string& data,
                            const std::string& message, const std::string& code) {
    cases.push_back({what, zip_of(data).text(), code, message});
  };
  add_data("no tensor inside", "hello", "does not begin", "E0610");
  add_data("nothing inside", "", "does not begin", "E0610");
  add_data("a tensor cut off", good.substr(0, good.size() - 1), "header declares", "E0612");
  add_data("a tensor with more", good + "x", "header declares", "E0612");
  add_data("header over the limit", "\x93NUMPY" + little(2, 2) + little(70'000, 4), "the limit",
           "E0610");
  std::string huge = good;
  huge.replace(huge.find("(2,), }          "), 17, "(1099511627776,)}");
  add_data("2^40 elements", huge, "header declares 4398046511232", "E0612");
  std::string object = good;
  object.replace(object.find("<f4"), 3, "|O8");
  add_data("objects", object, "'|O8'", "E0611");
  cases.push_back({"no bytes", "", "E0612", "it is empty"});
  cases.push_back({"not a zip", "hello", "E0612", "Not a zip"});
  cases.push_back({"an npy file", good, "E0612", "Not a zip"});
  cases.push_back({"a closing record, cut", "PK\5\6", "E0612", "Not a zip"});
  cases.push_back({"first half", zip_of(good).text().substr(0, 150), "E0612", "Not a zip"});
  return cases;
}

TEST(Npz, TheArchiveMadeByHandIsGood) {
  const auto read = read_npz(bytes_of(zip_of(good).text()), "hand.npz");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, (std::vector<NamedTensor>{{"a", tensor("2xf32=1 2")}}));
}

TEST(Npz, MalformedFilesAreErrors) {
  auto cases = malformed_entries();
  for (const auto& more : {unknown_methods(), malformed_directories(), malformed_contents()})
    cases.insert(cases.end(), more.begin(), more.end());
  EXPECT_GE(cases.size(), 40u);
  for (const Malformed& bad : cases)
    if (bad.message.empty()) {
      auto r = read_npz(bytes_of(bad.bytes), "bad.npz");
      std::cout << "@@" << bad.what << " => " << (r ? "OK" : r.error().code + r.error().message)
                << "\n";
    }
  for (const Malformed& bad : cases)
    expect_error(read_npz(bytes_of(bad.bytes), "bad.npz"), bad.code, bad.message, bad.what);
}

TEST(Npz, TheExpandedSizeIsLimited) {
  const Bytes bytes = fixture_bytes("deflated.npz"); // w expands to 80,128 bytes
  expect_error(read_npz(bytes, "w.npz", {.bytes = 80'127}), "E0612", "limit of 80127 bytes");
  EXPECT_TRUE(read_npz(bytes, "w.npz", {.bytes = 81'000}));
}

TEST(Npz, AnyByteMayBeWrong) {
  const Bytes whole = fixture_bytes("deflated.npz");
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int flip : {1, 0x10, 0x80, 0xff}) {
      Bytes changed = whole;
      changed[at] ^= static_cast<std::byte>(flip);
      const auto read = read_npz(changed, "changed.npz");
      if (!read) {
        EXPECT_FALSE(read.error().message.empty());
      }
    }
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_npz(std::span(whole).first(size), "cut.npz")) << size;
}

} // namespace
} // namespace nnc
