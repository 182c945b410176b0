#include "runtime/files/csv.h"

#include "places.h"
#include "runtime/files_for_tests.h"

#include <limits>

namespace nnc {
namespace {

Result<CsvTable> csv(std::string_view text, const CsvOptions& options = {}) {
  return read_csv(bytes_of(text), "t.csv", options);
}

TEST(Csv, HeaderAndLabelsAreSetApart) {
  const auto table = csv("a,b,label\n1,2.5,0\n-3,nan,7\n", {.label_column = -1});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->names, (std::vector<std::string>{"a", "b", "label"}));
  EXPECT_EQ(to_text(table->features), "2x2xf32=1 2.5 -3 nan");
  EXPECT_EQ(to_text(*table->labels), "2xi32=0 7");

  const auto first = csv("9,1,2\n8,3,4", {.label_column = 0, .label_dtype = DType::i64});
  EXPECT_TRUE(first->names.empty());
  EXPECT_EQ(to_text(first->features), "2x2xf32=1 2 3 4");
  EXPECT_EQ(to_text(*first->labels), "2xi64=9 8");
  EXPECT_EQ(to_text(csv("1\n2\n", {.label_column = 0})->features), "2x0xf32=");
}

TEST(Csv, SpellingsOfOneTable) {
  for (const char* text :
       {"1,2\n3,4\n", "1,2\n3,4", "1,2\r\n3,4\r\n",
        "\xef\xbb\xbf"
        "1,2\n3,4\n",
        " 1 ,\t2\n3, 4 \n", "\"1\",2\n3, \"4\" \n", "1,2\n3,4\n\n\r\n\n", "+1,2e0\n3.,0.4e1\n"})
    EXPECT_EQ(to_text(csv(text)->features), "2x2xf32=1 2 3 4") << text;
  EXPECT_EQ(to_text(csv("1\t2\n3\t4\n", {.delimiter = '\t'})->features), "2x2xf32=1 2 3 4");
  EXPECT_EQ(to_text(csv("1;2\n", {.delimiter = ';'})->features), "1x2xf32=1 2");
  EXPECT_EQ(csv("\"a \"\"q\"\"\",\"b,c\"\n1,2\n")->names,
            (std::vector<std::string>{"a \"q\"", "b,c"}));
  EXPECT_EQ(to_text(csv("1,2\n3,4\n", {.header = CsvHeader::present})->features), "1x2xf32=3 4");
  EXPECT_EQ(to_text(csv("0.1\n", {.dtype = DType::f64})->features), "1x1xf64=0.1");
}

TEST(Csv, ReadsTheDigits) {
  const auto table = load_csv(NNC_SOURCE "/examples/data/digits.csv", {.label_column = -1});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(to_string(table->features.type()), "f32[1797,64]");
  EXPECT_EQ(table->names.size(), 65u);
  EXPECT_EQ(to_text(*table->labels, 5), "1797xi32=0 1 2 3 4 ... (1797 elements)");
}

struct BadTable {
  std::string text, message;
  int line = 1, column = 1;
  CsvOptions options = {};
};

std::vector<BadTable> bad_lines() {
  return {
      {"", "the file is empty"},
      {"\n\n\r\n", "the file is empty"},
      {"\xef\xbb\xbf", "the file is empty"},
      {"a,b\n", "no row of numbers", 2},
      {"a,b", "no row of numbers", 2},
      {"1,2\n3\n", "1 fields, the first has 2", 2},
      {"1,2\n3,4,5\n", "3 fields, the first has 2", 2, 5},
      {"1,2\n3,4,\n", "3 fields, the first has 2", 2, 5},
      {"a,b\n1\n", "1 fields, the first has 2", 2},
      {"1,2,3,4,5,6,7,8,9\n\n\n\n1\n", "the line is empty", 2},
      {"1\n\n2\n", "the line is empty", 2},
      {"1,2\n3,x\n", "'x' is not of dtype f32", 2, 3},
      {"1,2\n3,4 5\n", "'4 5' is not of dtype f32", 2, 3},
      {"1,2\n3,4abc\n", "'4abc'", 2, 3},
      {"1,2\n3,0x4\n", "'0x4'", 2, 3},
      {"1,2\n3,1e\n", "'1e'", 2, 3},
      {"1,2\n3,.\n", "'.'", 2, 3},
      {"1,2\n3,--1\n", "'--1'", 2, 3},
      {"1,2\n3,+-1\n", "'+-1'", 2, 3},
      {"1,2\n3,1_000\n", "'1_000'", 2, 3},
      {"1,2\n3,\x1b[2J\n", "'\\x1b[2J'", 2, 3},
      {std::string("1,2\n3,\0\n", 8), "'\\x00'", 2, 3},
      {"1,2\n3,\xff\xfe\n", "is not of dtype f32", 2, 3},
      {"1,2\n3,\n", "a value is missing", 2, 3},
      {"1,2\n,4\n", "a value is missing", 2, 1},
      {"1,2\n  ,4\n", "a value is missing", 2, 3},
      {"1,2\n\"\",4\n", "a value is missing", 2, 2},
      {"1,2\n3,NA\n", "'NA' is not of dtype f32", 2, 3},
      {"1,2\n3,1e39\n", "outside the range of f32", 2, 3},
      {"1,2\n3,-1e999999999999\n", "outside the range of f32", 2, 3},
  };
}

std::vector<BadTable> bad_headers_and_labels() {
  return {
      {"1,x\n3,4\n", "the first line holds numbers and 'x'", 1, 3},
      {",1\n3,4\n", "the first line holds numbers and ''", 1, 1},
      {"150,4,setosa\n1,2,0\n", "the first line holds numbers and 'setosa'", 1, 7},
      {"a,b\n1,2\n", "'a' is not of dtype f32", 1, 1, {.header = CsvHeader::absent}},
      {"1,2\n", "no row of numbers", 2, 1, {.header = CsvHeader::present}},
      {"1,\"2\n", "a quote is not closed", 1, 3},
      {"\"a\nb\",c\n1,2\n", "a quote is not closed", 1, 1},
      {"1,2\n3,\"4\"5\n", "text follows a closing quote", 2, 6},
      {"1,2\n3,\"4\"\"\n", "a quote is not closed", 2, 3},
      {"1;2\n3;4\n", "fields are separated by commas", 1, 1, {.header = CsvHeader::absent}},
      {"1,2\n", "no label column 2", 1, 1, {.label_column = 2}},
      {"1,2\n", "no label column -3", 1, 1, {.label_column = -3}},
      {"1,2\n", "no label column", 1, 1, {.label_column = std::numeric_limits<int>::min()}},
      {"1,2\n", "no label column", 1, 1, {.label_column = std::numeric_limits<int>::max()}},
      {"1,2\n3,4.5\n", "the column is read as i32", 2, 3, {.label_column = 1}},
      {"1,2\n3,4.0\n", "the column is read as i32", 2, 3, {.label_column = 1}},
      {"1,2\n3,2147483648\n", "outside the range of i32", 2, 3, {.label_column = 1}},
      {"1,2\n3,cat\n", "'cat' is not of dtype i32", 2, 3, {.label_column = 1}},
      {"1,2\n3,nan\n", "'nan' is not of dtype i32", 2, 3, {.label_column = 1}},
  };
}

TEST(Csv, MalformedTablesAreErrorsAtTheirPlace) {
  auto cases = bad_lines();
  const auto others = bad_headers_and_labels();
  cases.insert(cases.end(), others.begin(), others.end());
  EXPECT_GE(cases.size(), 40u);
  for (const BadTable& bad : cases) {
    const auto table = csv(bad.text, bad.options);
    expect_error(table, "E0613", bad.message, bad.text);
    if (table) continue;
    EXPECT_EQ(table.error().place.file, "t.csv");
    EXPECT_EQ(table.error().place.line, bad.line) << bad.text;
    EXPECT_EQ(table.error().place.column, bad.column) << bad.text;
  }
}

// A short text cannot ask for much memory: one wide line and many empty ones.
TEST(Csv, TheTextBoundsTheMemory) {
  std::string text = "1";
  for (int i = 1; i < 100'000; ++i) text += ",1";
  text += std::string(100'000, '\n') + "1";
  expect_error(csv(text), "E0613", "the line is empty");
}

TEST(Csv, WritesColumnsThatReadBack) {
  const std::vector<NamedTensor> columns = {{"x", tensor("2xf64=0.1 -inf")},
                                            {"y", tensor("2x1x2xf32=1 2.5 nan 4")},
                                            {"yes", tensor("2xbool=true false")}};
  const auto text = write_csv(columns);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, "x,y_0,y_1,yes\n0.1,1,2.5,1\n-inf,nan,4,0\n");
  const auto table = csv(*text, {.dtype = DType::f64});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->names, (std::vector<std::string>{"x", "y_0", "y_1", "yes"}));
  EXPECT_EQ(to_text(table->features), "2x4xf64=0.1 1 2.5 1 -inf nan 4 0");
}

TEST(Csv, ScalarsAreOneRow) {
  const std::vector<NamedTensor> columns = {{"n", tensor("i64=3")}, {"v", tensor("1x2xf32=1 2")}};
  EXPECT_EQ(*write_csv(columns), "n,v_0,v_1\n3,1,2\n");
  const std::vector<NamedTensor> none = {{"x", tensor("0xf32=")}, {"y", tensor("0x2xf32=")}};
  EXPECT_EQ(*write_csv(none), "x,y_0,y_1\n");
}

TEST(Csv, ColumnsOfUnequalLengthAreRefused) {
  const std::vector<NamedTensor> columns = {{"x", tensor("2xf64=1 2")}, {"s", tensor("f64=1")}};
  const auto text = write_csv(columns);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, "E0616");
  EXPECT_EQ(text.error().message, "the columns 'x' and 's' have 2 and 1 rows");
}

} // namespace
} // namespace nnc
