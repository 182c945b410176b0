#include "runtime/files/idx.h"

#include "runtime/files_for_tests.h"

namespace nnc {
namespace {

TEST(Idx, ReadsEveryKind) {
  EXPECT_EQ(to_text(*load_idx(fixture("images.idx"))), "2x2x3xu8=0 1 2 3 4 5 6 7 8 9 10 11");
  EXPECT_EQ(to_text(*load_idx(fixture("i1.idx"))), "3xi8=1 -2 100");
  EXPECT_EQ(to_text(*load_idx(fixture("i4.idx"))), "3xi32=1 -2 100");
  EXPECT_EQ(to_text(*load_idx(fixture("f4.idx"))), "3xf32=1 -2 100");
  EXPECT_EQ(to_text(*load_idx(fixture("f8.idx"))), "3xf64=1 -2 100");
}

std::string idx(int kind, std::initializer_list<std::uint64_t> sizes, std::size_t data) {
  std::string text = big(static_cast<std::uint64_t>(kind), 3) + big(sizes.size(), 1);
  for (const std::uint64_t size : sizes) text += big(size, 4);
  return text + std::string(data, '\1');
}

TEST(Idx, SizeZeroAndRankZero) {
  EXPECT_EQ(to_text(*read_idx(bytes_of(idx(8, {}, 1)), "x")), "u8=1");
  EXPECT_EQ(to_text(*read_idx(bytes_of(idx(13, {0, 5}, 0)), "x")), "0x5xf32=");
  EXPECT_TRUE(read_idx(bytes_of(idx(8, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 1)), "x"));
}

std::vector<Malformed> malformed_idx() {
  std::vector<Malformed> cases = {
      {"no bytes", "", "E0614", "ends inside its header"},
      {"one byte", std::string(1, '\0'), "E0614", "ends inside its header"},
      {"three bytes", std::string("\0\0\x08", 3), "E0614", "ends inside its header"},
      {"gzip", "\x1f\x8b\x08", "E0614", "gunzip"},
      {"npy", "\x93NUMPY", "E0614", "two zero bytes"},
      {"little-endian", std::string("\x01\x08\0\0", 4), "E0614", "two zero bytes"},
      {"second byte", std::string("\0\x01\x08\x01", 4), "E0614", "two zero bytes"},
      {"16-bit integers", idx(0x0b, {1}, 2), "E0614", "kind 0x0b"},
      {"sizes missing", std::string("\0\0\x08\x03", 4), "E0614", "the sizes of its 3 axes"},
      {"a size cut off", idx(8, {2, 2}, 0).substr(0, 11), "E0614", "the sizes of its 2 axes"},
      {"rank 255", idx(0, {}, 0).substr(0, 2) + "\x08\xff", "E0614", "the sizes of its 255 axes"},
      {"rank 17", idx(8, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 1), "E0202",
       "rank 17"},
      {"2^64 elements", idx(8, {0xffffffff, 0xffffffff}, 9), "E0202", "2^62"},
      {"2^96 elements", idx(8, {0xffffffff, 0xffffffff, 0xffffffff}, 9), "E0202", "2^62"},
      {"2^64 bytes of f64", idx(14, {0x80000000, 0x40000000}, 8), "E0202", "2^62"},
      {"2^32-1 elements", idx(8, {0xffffffff}, 9), "E0614", "4294967295 bytes, the file holds 9"},
      {"2^31 elements", idx(12, {0x80000000}, 9), "E0614", "8589934592 bytes, the file holds 9"},
      {"empty, but with data", idx(8, {0}, 1), "E0614", "0 bytes, the file holds 1"},
      {"overflow beside zero", idx(8, {0, 0xffffffff, 0xffffffff, 0xffffffff}, 0), "E0202", "2^62"},
  };
  for (int kind : {0x00, 0x01, 0x07, 0x0a, 0x0f, 0x10, 0x80, 0xff})
    cases.push_back({"unknown kind", idx(kind, {1}, 8), "E0614", "its elements are of kind"});
  for (int kind : {0x08, 0x09, 0x0c, 0x0d, 0x0e}) {
    cases.push_back({"no data", idx(kind, {2}, 0), "E0614", "the file holds 0"});
    cases.push_back({"half the data", idx(kind, {2}, 1), "E0614", "the file holds 1"});
    cases.push_back({"too much data", idx(kind, {2}, 17), "E0614", "the file holds 17"});
  }
  return cases;
}

TEST(Idx, MalformedFilesAreErrors) {
  const auto cases = malformed_idx();
  EXPECT_GE(cases.size(), 40u);
  for (const Malformed& bad : cases)
    expect_error(read_idx(bytes_of(bad.bytes), "bad.idx"), bad.code, bad.message, bad.what);
}

TEST(Idx, AnyByteMayBeWrong) {
  const Bytes whole = fixture_bytes("images.idx");
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      Bytes changed = whole;
      changed[at] = static_cast<std::byte>(value);
      const auto read = read_idx(changed, "changed.idx");
      if (read) {
        EXPECT_LE(read->bytes().size(), whole.size());
      }
    }
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_idx(std::span(whole).first(size), "cut.idx"));
}

} // namespace
} // namespace nnc
