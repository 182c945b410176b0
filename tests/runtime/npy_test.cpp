#include "runtime/files/npy.h"

#include "runtime/files_for_tests.h"

namespace nnc {
namespace {

// The files were written by NumPy: see tests/data/make_fixtures.py for their values.
TEST(Npy, ReadsWhatNumpyWrote) {
  for (const auto& [file, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"f8", "2x3xf64=0 -0 1.5 1.7976931348623157e+308 -2.2250738585072014e-308 -inf"},
           {"f4", "2x3xf32=0 -0 1.5 3.4028235e+38 -1.1754944e-38 -inf"},
           {"f2", "2x3xf16=0 -0 1.5 65500 -6.104e-05 -inf"},
           {"bf16", "2xbf16=1.5 -2"},
           {"i8", "2x3xi64=-9223372036854775808 9223372036854775807 0 1 2 3"},
           {"i4", "2x3xi32=-2147483648 2147483647 0 1 2 3"},
           {"u4", "2x3xu32=0 4294967295 0 1 2 3"},
           {"i1", "2x3xi8=-128 127 0 1 2 3"},
           {"u1", "2x3xu8=0 255 0 1 2 3"},
           {"b1", "2x3xbool=true false false true true false"},
           {"scalar", "f64=2.5"},
           {"vector", "3xi64=0 1 2"},
           {"empty", "0x5xi32="},
       }) {
    const auto read = load_npy(fixture(std::string(file) + ".npy"));
    ASSERT_TRUE(read) << file << ": " << read.error().message;
    EXPECT_EQ(to_text(*read), text) << file;
    // And what is written is the same file again.
    EXPECT_EQ(text_of(write_npy(*read)), text_of(fixture_bytes(std::string(file) + ".npy")))
        << file;
  }
}

TEST(Npy, ColumnMajorAndLaterVersionsAreTheSameTensor) {
  std::string text = "2x3x4xf32=";
  for (int i = 0; i < 24; ++i) text += (i ? " " : "") + std::to_string(i);
  for (const char* file : {"fortran.npy", "version2.npy", "version3.npy"})
    EXPECT_EQ(to_text(*load_npy(fixture(file))), text) << file;
}

TEST(Npy, RefusesOtherKindsOfElements) {
  expect_error(load_npy(fixture("object.npy")), "E0611", "can run code");
  expect_error(load_npy(fixture("big_endian.npy")), "E0611", "big-endian");
  expect_error(load_npy(fixture("complex.npy")), "E0611", "'<c8'");
  expect_error(load_npy(fixture("structured.npy")), "E0611", "structures");
  expect_error(load_npy(fixture("i2.npy")), "E0611", "'<i2'");
  expect_error(load_npy(fixture("string.npy")), "E0611", "'<U2'");
}

std::string npy(const std::string& header, const std::string& data = {}) {
  return "\x93NUMPY" + little(1, 2) + little(header.size(), 2) + header + data;
}

/// Eight bytes of data behind a header of this text.
Malformed header(const std::string& text, const std::string& message,
                 const std::string& code = "E0610") {
  return {text, npy(text, std::string(8, '\0')), code, message};
}

std::vector<Malformed> malformed_headers() {
  const std::string rest = ", 'fortran_order': False, 'shape': (2,)";
  return {
      header("", "not a dictionary"),
      header("{", "has no key at"),
      header("[]", "not a dictionary"),
      header("{}", "no key 'descr'"),
      header("{'descr': '<f4'}", "no key 'fortran_order'"),
      header("{'descr': '<f4', 'fortran_order': False}", "no key 'shape'"),
      header("{'descr': '<f4'" + rest + "} x", "goes on after"),
      header("{'descr': '<f4'" + rest, "no ',' or '}'"),
      header("{'descr' '<f4'" + rest + "}", "no ':' after 'descr'"),
      header("{'descr: <f4}", "has no key at"),
      header("{descr: '<f4'" + rest + "}", "has no key at"),
      header("{'descr': '<f4', 'descr': '<f4'" + rest + "}", "'descr' twice"),
      header("{'shape': (2,), 'descr': '<f4'" + rest + "}", "'shape' twice"),
      header("{'descr': '<f4', 'extra': 1" + rest + "}", "unknown key 'extra'"),
      header("{'descr': '<f4', '\x1b[2J': 1" + rest + "}", "'\\x1b[2J'"),
      header("{'descr': 4" + rest + "}", "'descr' is not a string"),
      header("{'descr': '<f4\"" + rest + "}", "'<f4\", '", "E0611"),
      header("{'descr': '<f3'" + rest + "}", "'<f3'", "E0611"),
      header("{'descr': '|O'" + rest + "}", "can run code", "E0611"),
      header("{'descr': '>i4'" + rest + "}", "big-endian", "E0611"),
      header("{'descr': ['<f4']" + rest + "}", "structures", "E0611"),
      header("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "neither True nor False"),
  };
}

std::vector<Malformed> malformed_shapes() {
  return {
      header("{'descr': '<f4', 'fortran_order': False, 'shape': 2}", "not a tuple"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", "not a tuple"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (2", "no ',' between"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,", "a size"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", "a size"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}", "no ',' between"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", "a size"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (-0,)}", "a size"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}", "no ',' between"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (0x2,)}", "no ',' between"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)}", "a size"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551618,)}",
             "a size"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,)}", "2^40",
             "E0202"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627777,)}", "2^40",
             "E0202"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 4194304)}", "2^62",
             "E0202"),
      header("{'descr': '<f4', 'fortran_order': True, 'shape': (4294967296, 1073741824)}", "2^62",
             "E0202"),
      header(
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)}",
          "rank 17", "E0202"),
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,)}",
             "4398046511104 bytes, the file holds 8"),
  };
}

std::vector<Malformed> malformed_files() {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
  const std::string data(8, '\0');
  return {
      {"no bytes", "", "E0610", "does not begin"},
      {"one byte", "\x93", "E0610", "does not begin"},
      {"wrong magic", "\x93NUMPX" + npy(good, data).substr(6), "E0610", "does not begin"},
      {"a zip archive", "PK\x03\x04", "E0610", "does not begin"},
      {"magic alone", "\x93NUMPY", "E0610", "ends inside its header"},
      {"version 0", "\x93NUMPY" + little(0, 2) + npy(good, data).substr(8), "E0610",
       "version is 0.0"},
      {"version 4", "\x93NUMPY" + little(4, 2) + npy(good, data).substr(8), "E0610",
       "version is 4.0"},
      {"version 1.1", "\x93NUMPY\x01\x01" + npy(good, data).substr(8), "E0610", "version is 1.1"},
      {"version 2, cut", "\x93NUMPY" + little(2, 2) + "\x10\x00", "E0610",
       "ends inside its header"},
      {"header of 65535 bytes", "\x93NUMPY" + little(1, 2) + "\xff\xff" + good, "E0610",
       "65535 bytes, the file only"},
      {"header over the limit", "\x93NUMPY" + little(2, 2) + little(65537, 4) + good, "E0610",
       "the limit is 65536"},
      {"header of 2^32-1 bytes", "\x93NUMPY" + little(3, 2) + little(0xffffffff, 4) + good, "E0610",
       "the limit is 65536"},
      {"data too short", npy(good, data.substr(1)), "E0610", "8 bytes, the file holds 7"},
      {"no data", npy(good), "E0610", "8 bytes, the file holds 0"},
      {"data too long", npy(good, data + "x"), "E0610", "8 bytes, the file holds 9"},
      {"a bool of 2",
       npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", std::string("\x01\x02")),
       "E0610", "element 1 is the byte 2"},
  };
}

TEST(Npy, MalformedFilesAreErrors) {
  auto cases = malformed_headers();
  for (const auto& more : {malformed_shapes(), malformed_files()})
    cases.insert(cases.end(), more.begin(), more.end());
  EXPECT_GE(cases.size(), 40u);
  for (const Malformed& bad : cases) {
    const auto read = read_npy(bytes_of(bad.bytes), "bad.npy");
    expect_error(read, bad.code, bad.message, bad.what);
    if (!read) {
      EXPECT_EQ(read.error().place.file, "bad.npy");
    }
  }
}

TEST(Npy, NoPrefixOfAFileIsAFile) {
  const Bytes whole = fixture_bytes("fortran.npy");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    expect_error(read_npy(part, "cut.npy"), "E0610", "");
  }
}

// Whatever one byte becomes: an error or a tensor, and nothing outside the file is touched.
TEST(Npy, AnyByteMayBeWrong) {
  const Bytes whole = fixture_bytes("f4.npy");
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      Bytes changed = whole;
      changed[at] = static_cast<std::byte>(value);
      const auto read = read_npy(changed, "changed.npy");
      if (read) {
        EXPECT_LE(read->bytes().size(), whole.size());
      }
    }
}

TEST(Npy, LimitsAreSettable) {
  const Bytes bytes = fixture_bytes("f4.npy");
  EXPECT_TRUE(read_npy(bytes, "f4.npy", {.npy_header = 118}));
  expect_error(read_npy(bytes, "f4.npy", {.npy_header = 117}), "E0610", "the limit is 117");
  EXPECT_TRUE(load_npy(fixture("f4.npy"), {.bytes = 152}));
  expect_error(load_npy(fixture("f4.npy"), {.bytes = 151}), "E0120", "limit of 151 bytes");
}

TEST(Npy, TypesMustMatch) {
  const Type i64{DType::i64, {4}}, i32{DType::i32, {4}}, longer{DType::i32, {5}};
  EXPECT_FALSE(require_type(i32, i32, "input 'y'", "y.npy"));
  expect_error(require_type(i64, i32, "input 'y'", "y.npy"), "E0615",
               "input 'y' is i32[4], 'y.npy' holds i64[4]\n--cast converts i64 to i32");
  const auto shape = require_type(longer, i32, "input 'y'", "y.npy");
  EXPECT_EQ(shape->help, "");
}

} // namespace
} // namespace nnc
