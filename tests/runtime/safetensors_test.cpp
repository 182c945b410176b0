#include "runtime/files/safetensors.h"

#include "runtime/files_for_tests.h"

#include <cstring>

namespace nnc {
namespace {

Tensor copy(const TensorView& view) { return *Tensor::copy_of(view.type, view.bytes); }

TEST(Safetensors, ReadsWhatWasLaidOutByHand) {
  const Bytes bytes = fixture_bytes("small.safetensors");
  const auto read = read_safetensors(bytes, "small.safetensors");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->tensors.size(), 4u);
  const char* texts[] = {"i64=-5", "2xf32=1.5 -0.25", "3xbool=true false true", "0x7xf16="};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(read->tensors[i].name, (std::vector<std::string>{"a", "b", "c", "none"})[i]);
    EXPECT_EQ(to_text(copy(read->tensors[i])), texts[i]);
  }
  EXPECT_EQ(read->metadata, (Metadata{{"epoch", "3"}, {"note", "caf\u00e9"}}));
}

TEST(Safetensors, WritesEveryDtypeAndReadsItBack) {
  std::vector<NamedTensor> tensors;
  for (const char* text :
       {"2xu8=1 2", "3xf64=1 2 3", "f32=-0", "2xf16=1 nan", "1xbf16=3", "0x4xi32=", "2xi64=1 -1",
        "1xu32=7", "5xi8=1 2 3 4 5", "2x2xbool=1 0 0 1"})
    tensors.push_back({"t/" + std::to_string(tensors.size()) + " \"\\\n\u00e9", tensor(text)});
  std::vector<TensorView> views;
  for (const NamedTensor& item : tensors) views.push_back(view_of(item.name, item.tensor));

  TemporaryFolder folder;
  const Metadata metadata{{"quote \"", "line\n"}, {"", ""}};
  ASSERT_FALSE(save_safetensors(folder / "a", views, metadata));
  const Bytes bytes = *read_file(folder / "a");
  const auto read = read_safetensors(bytes, "a");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->metadata, metadata);
  ASSERT_EQ(read->tensors.size(), tensors.size());
  for (const TensorView& view : read->tensors) {
    const auto at = std::find_if(tensors.begin(), tensors.end(),
                                 [&](const NamedTensor& item) { return item.name == view.name; });
    ASSERT_NE(at, tensors.end());
    EXPECT_EQ(copy(view), at->tensor);
    EXPECT_EQ(static_cast<std::size_t>(view.bytes.data() - bytes.data()) %
                  dtype_size(view.type.dtype),
              0u)
        << "elements are aligned in the file";
  }
}

TEST(Safetensors, TheWrittenBytesAreTheFormats) {
  const Tensor w = tensor("2xf32=1 2"), n = tensor("i64=3");
  const std::vector<TensorView> views = {view_of("w", w), view_of("n", n)};
  const auto header = safetensors_header(views, {{"epoch", "1"}});
  ASSERT_TRUE(header);
  const std::string json = R"({"__metadata__":{"epoch":"1"},)"
                           R"("n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                           R"("w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})";
  const std::string padded = json + std::string((8 - json.size() % 8) % 8, ' ');
  EXPECT_EQ(header->text, little(padded.size(), 8) + padded);
  EXPECT_EQ(header->order, (std::vector<std::size_t>{1, 0}));
  EXPECT_EQ(safetensors_header({}, {})->text, little(8, 8) + "{}      ");
}

TEST(Safetensors, NamesThatAFileCannotHold) {
  const Tensor t = tensor("f32=1");
  const auto header = [&](std::vector<std::string> names, const Metadata& metadata = {}) {
    std::vector<TensorView> views;
    for (const std::string& name : names) views.push_back(view_of(name, t));
    return safetensors_header(views, metadata);
  };
  expect_error(header({"a", "b", "a"}), "E0703", "'a' is there twice");
  expect_error(header({""}), "E0703", "''");
  expect_error(header({"__metadata__"}), "E0703", "'__metadata__'");
  expect_error(header({"a\xff"}), "E0703", "not UTF-8");
  expect_error(header({"a"}, {{"k", "\xc3"}}), "E0703", "metadata 'k' is not UTF-8");
}

std::string file(const std::string& json, std::size_t data = 0) {
  return little(json.size(), 8) + json + std::string(data, '\0');
}

std::string entry(const std::string& shape, const std::string& offsets,
                  const std::string& dtype = "F32") {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

Malformed named(const std::string& entries, std::size_t data, const std::string& message,
                const std::string& code = "E0701") {
  return {entries, file("{" + entries + "}", data), code, message};
}

std::vector<Malformed> malformed_frames() {
  return {
      {"no bytes", "", "E0701", "shorter than 8 bytes"},
      {"7 bytes", std::string(7, '\0'), "E0701", "shorter than 8 bytes"},
      {"no header", little(0, 8), "E0701", "does not begin with '{'"},
      {"header longer than the file", little(3, 8) + "{}", "E0701",
       "3 bytes, the file only 2 more"},
      {"header over the limit", little(100'000'001, 8) + "{}", "E0701", "the limit is 100000000"},
      {"2^63", little(1ull << 63, 8) + "{}", "E0701", "9223372036854775808 bytes, the limit"},
      {"2^64-1", little(~0ull, 8) + "{}", "E0701", "18446744073709551615 bytes, the limit"},
      {"2^64-8", little(~0ull - 7, 8) + "{}", "E0701", "bytes, the limit"},
      {"space before", file(" {}"), "E0701", "does not begin with '{'"},
      {"mark of UTF-8", file("\xef\xbb\xbf{}"), "E0701", "does not begin with '{'"},
      {"an array", file("[]"), "E0701", "does not begin with '{'"},
      {"not closed", file("{"), "E0701", "not JSON, from byte"},
      {"two objects", file("{}{}"), "E0701", "not JSON, from byte"},
      {"zero bytes after", file(std::string("{}\0\0", 4)), "E0701", "not JSON, from byte"},
      {"zero byte, then anything", file(std::string("{}\0]]", 5)), "E0701", "from byte 2"},
      {"a comment", file("{/**/}"), "E0701", "not JSON, from byte"},
      {"a comma too many", file(R"({"a":)" + entry("[]", "[0,4]") + ",}", 4), "E0701", "not JSON"},
      {"not UTF-8", file("{\"\xff\":1}"), "E0701", "not JSON"},
      {"half a surrogate", file(R"({"\ud800":{}})"), "E0701", "not JSON"},
      {"bytes of no tensor", file("{}", 1), "E0701", "1 bytes follow the last tensor"},
      {"deep arrays", file("{\"a\":" + std::string(1'000'000, '[')), "E0701",
       "an array stands for 'a'"},
      {"deep objects", file([] {
         std::string text;
         for (int i = 0; i < 100'000; ++i) text += "{\"a\":";
         return text;
       }()),
       "E0701", "'a' has the unknown key 'a'"},
      {"deep metadata", file(R"({"__metadata__":{"a":{"b":"c"}}})"), "E0701", "an object"},
      {"metadata of a number", file(R"({"__metadata__":{"a":1}})"), "E0701",
       "the number 1 stands for the metadata's 'a'"},
      {"metadata twice", file(R"({"__metadata__":{},"__metadata__":{}})"), "E0701", "twice"},
      {"metadata key twice", file(R"({"__metadata__":{"a":"1","a":"2"}})"), "E0701", "'a' twice"},
      {"metadata no object", file(R"({"__metadata__":"a"})"), "E0701", "the string 'a' stands for"},
      {"an entry of null", file(R"({"a":null})"), "E0701", "null stands for 'a'"},
      {"an entry of true", file(R"({"a":true})"), "E0701", "a boolean stands for 'a'"},
      {"an entry of 1e999", file(R"({"a":1e999})"), "E0701", "not JSON"},
  };
}

std::vector<Malformed> malformed_entries() {
  const std::string good = R"("a":)" + entry("[1]", "[0,4]");
  return {
      named(good + "," + good, 4, "'a' is there twice"),
      named(R"("a":{})", 0, "'a' has no key 'dtype'"),
      named(R"("a":{"dtype":"F32"})", 0, "'a' has no key 'shape'"),
      named(R"("a":{"dtype":"F32","shape":[]})", 4, "'a' has no key 'data_offsets'"),
      named(R"("a":{"dtype":"F32","dtype":"F32"})", 4, "'a' has the key 'dtype' twice"),
      named(R"("a":{"type":"F32"})", 4, "'a' has the unknown key 'type'"),
      named(R"("a":{"dtype":1})", 4, "the number 1 stands for 'dtype' of 'a'"),
      named(R"("a":{"shape":"1"})", 4, "the string '1' stands for 'shape' of 'a'"),
      named(R"("a":{"shape":1})", 4, "the number 1 stands for 'shape' of 'a'"),
      named(R"("a":{"dtype":["F32"]})", 4, "an array stands for 'dtype' of 'a'"),
      named(R"("a":)" + entry("[1]", "[0,2]", "I16"), 2, "dtype 'I16'", "E0702"),
      named(R"("a":)" + entry("[1]", "[0,1]", "F8_E4M3"), 1, "dtype 'F8_E4M3'", "E0702"),
      named(R"("a":)" + entry("[1]", "[0,4]", "f32"), 4, "dtype 'f32'", "E0702"),
      named(R"("a":)" + entry("[1]", "[0,4]", ""), 4, "dtype ''", "E0702"),
      named(R"("a":)" + entry("[-1]", "[0,4]"), 4, "the number -1 stands for 'shape'"),
      named(R"("a":)" + entry("[1.0]", "[0,4]"), 4, "the number '1.0' stands for 'shape'"),
      named(R"("a":)" + entry("[1e0]", "[0,4]"), 4, "the number '1e0'"),
      named(R"("a":)" + entry("[[1]]", "[0,4]"), 4, "an array stands for 'shape'"),
      named(R"("a":)" + entry("[18446744073709551617]", "[0,4]"), 4, "'18446744073709551617'"),
      named(R"("a":)" + entry("[9223372036854775808]", "[0,4]"), 4,
            "9223372036854775808, over 2^40"),
      named(R"("a":)" + entry("[1099511627777]", "[0,4]"), 4, "1099511627777, over 2^40"),
      named(R"("a":)" + entry("[1099511627776,4194304]", "[0,4]"), 4, "2^62"),
      named(R"("a":)" + entry("[4294967296,4294967296]", "[0,0]"), 0, "2^62"),
      named(R"("a":)" + entry("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "rank over 16"),
      named(R"("a":)" + entry("[1]", "[0]"), 4, "'a' has less than two data_offsets"),
      named(R"("a":)" + entry("[1]", "[]"), 4, "'a' has less than two data_offsets"),
      named(R"("a":)" + entry("[1]", "[0,4,4]"), 4, "'a' has more than two data_offsets"),
      named(R"("a":)" + entry("[1]", "[-4,0]"), 4, "the number -4 stands for 'data_offsets'"),
      named(R"("a":)" + entry("[1]", "[4,0]"), 4, "at bytes 4 to 0 of 4"),
      named(R"("a":)" + entry("[1]", "[0,5]"), 4, "at bytes 0 to 5 of 4"),
      named(R"("a":)" + entry("[1]", "[1,5]"), 4, "at bytes 1 to 5 of 4"),
      named(R"("a":)" + entry("[1]", "[18446744073709551612,18446744073709551615]"), 4, "of 4"),
      named(R"("a":)" + entry("[1]", "[0,18446744073709551616]"), 4, "'18446744073709551616'"),
      named(R"("a":)" + entry("[2]", "[0,4]"), 4, "8 bytes, but is at bytes 0 to 4"),
      named(R"("a":)" + entry("[1]", "[0,8]"), 8, "4 bytes, but is at bytes 0 to 8"),
      named(R"("a":)" + entry("[1099511627776]", "[0,4]"), 4, "4398046511104 bytes, but"),
      named(R"("a":)" + entry("[0]", "[0,4]"), 4, "0 bytes, but is at bytes 0 to 4"),
      named(good + R"(,"b":)" + entry("[1]", "[0,4]"), 4, "'b' overlaps"),
      named(good + R"(,"b":)" + entry("[1]", "[2,6]"), 6, "'b' overlaps"),
      named(good + R"(,"b":)" + entry("[0]", "[2,2]"), 4, "'b' overlaps"),
      named(good + R"(,"b":)" + entry("[1]", "[8,12]"), 12, "no tensor before 'b'"),
      named(R"("b":)" + entry("[1]", "[4,8]"), 8, "no tensor before 'b'"),
      named(good, 5, "1 bytes follow the last tensor"),
      named(good, 3, "at bytes 0 to 4 of 3"),
  };
}

TEST(Safetensors, MalformedFilesAreErrors) {
  auto cases = malformed_frames();
  const auto entries = malformed_entries();
  cases.insert(cases.end(), entries.begin(), entries.end());
  cases.push_back({"a bool of 2",
                   file(R"({"a":)" + entry("[2]", "[0,2]", "BOOL") + "}") + "\x01\x02", "E0701",
                   "element 1 of 'a' is the byte 2"});
  EXPECT_GE(cases.size(), 40u);
  for (const Malformed& bad : cases) {
    const Bytes bytes = bytes_of(bad.bytes);
    expect_error(read_safetensors(bytes, "bad.safetensors"), bad.code, bad.message,
                 bad.what.substr(0, 200));
  }
}

TEST(Safetensors, TheHeaderLimitIsSettable) {
  const std::string json = "{\"__metadata__\":{\"a\":\"" + std::string(100, 'x') + "\"}}";
  const Bytes bytes = bytes_of(file(json));
  const auto size = static_cast<std::int64_t>(json.size());
  EXPECT_TRUE(read_safetensors(bytes, "x", {.safetensors_header = size}));
  expect_error(read_safetensors(bytes, "x", {.safetensors_header = size - 1}), "E0701",
               "the limit");
}

// Whatever one byte becomes: an error, or tensors that lie inside the file.
TEST(Safetensors, AnyByteMayBeWrong) {
  const Bytes whole = fixture_bytes("small.safetensors");
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      Bytes changed = whole;
      changed[at] = static_cast<std::byte>(value);
      const auto read = read_safetensors(changed, "changed");
      if (!read) continue;
      for (const TensorView& view : read->tensors) {
        EXPECT_GE(view.bytes.data(), changed.data());
        EXPECT_LE(view.bytes.data() + view.bytes.size(), changed.data() + changed.size());
      }
    }
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_safetensors(std::span(whole).first(size), "cut"));
}

} // namespace
} // namespace nnc
