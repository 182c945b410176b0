// Which dtypes and shapes each element-wise row takes, and what it says about the others.

#include "ir/type_rules.h"

#include "ir/element.h"

#include <gtest/gtest.h>

#include <map>

namespace nnc {
namespace {

constexpr std::string_view floats = "needs floats, not ";
constexpr std::string_view numbers = "needs numbers, not ";
constexpr std::string_view integers = "needs integers, not ";
constexpr std::string_view bits = "needs integers or bool, not ";
constexpr std::string_view anything = "";

/// What each element-wise row of one class of dtypes says to the dtypes outside the class.
const std::map<std::string, std::string_view>& classes() {
  static const std::map<std::string, std::string_view> table = [] {
    std::map<std::string, std::string_view> ops = {{"not", bits},
                                                   {"and", bits},
                                                   {"or", bits},
                                                   {"xor", bits},
                                                   {"shift_left", integers},
                                                   {"shift_right", integers},
                                                   {"pow", floats},
                                                   {"atan2", floats}};
    for (const char* op :
         {"neg", "abs", "sign", "add", "sub", "mul", "div", "rem", "maximum", "minimum"})
      ops[op] = numbers;
    for (const char* op : {"eq", "ne", "lt", "le", "gt", "ge"}) ops[op] = anything;
    for (const char* op :
         {"exp",     "expm1",    "log",       "log1p",  "sqrt",     "rsqrt", "sin",   "cos",
          "tan",     "asin",     "acos",      "atan",   "sinh",     "cosh",  "asinh", "acosh",
          "atanh",   "tanh",     "erf",       "erfc",   "lgamma",   "floor", "ceil",  "round",
          "sigmoid", "softplus", "is_finite", "is_nan", "polygamma"})
      ops[op] = floats;
    return ops;
  }();
  return table;
}

bool accepts(std::string_view rule, DType dtype) {
  if (rule == floats) return is_float(dtype);
  if (rule == numbers) return dtype != DType::boolean;
  if (rule == integers) return is_integer(dtype);
  return rule == anything || !is_float(dtype);
}

std::string help_of(std::string_view rule) {
  if (rule == floats) return "write cast(x, to=\"f32\")";
  if (rule == bits) return "compare first, as in x != 0, or write cast(x, to=\"i32\")";
  return "write cast(x, to=\"i32\")";
}

bool yields_bool(const std::string& op) {
  return op.starts_with("is_") || classes().at(op) == anything;
}

TEST(ElementwiseOps, EveryRowSaysWhichDtypesItTakes) {
  const OpTable table = standard_ops();
  int checked = 0;
  for (const OpRow* row : table.rows()) {
    if (row->kind != "element-wise" || row->name == "select" || row->name == "cast") continue;
    ASSERT_TRUE(classes().contains(row->name)) << row->name << " has no class here";
    const std::string_view rule = classes().at(row->name);
    for (int i = 0; i < dtype_count; ++i, ++checked) {
      const auto dtype = static_cast<DType>(i);
      const std::string type = std::string(dtype_name(dtype)) + "[2,3]";
      const std::vector<std::string> types(static_cast<std::size_t>(row->min_operands), type);
      const NamedAttrs attrs =
          row->name == "polygamma" ? NamedAttrs{{"n", std::int64_t{0}}} : NamedAttrs{};
      const std::string want =
          accepts(rule, dtype)
              ? (yields_bool(row->name) ? "bool[2,3]" : type)
              : "E0203: " + row->name + ": " + std::string(rule) + type + "; " + help_of(rule);
      EXPECT_EQ(Rows{}.of(row->name, types, attrs), want);
    }
  }
  EXPECT_EQ(checked, static_cast<int>(classes().size()) * dtype_count);
}

TEST(ElementwiseOps, MixedOperandsAreErrorsThatSuggestACast) {
  Rows rows;
  EXPECT_EQ(rows.of("add", {"f32[2]", "f64[2]"}),
            "E0203: add: operands are f32[2] and f64[2]; write cast(x, to=\"f32\")");
  EXPECT_EQ(rows.of("lt", {"i32[2]", "f32[2]"}),
            "E0203: lt: operands are i32[2] and f32[2]; write cast(x, to=\"i32\")");
  EXPECT_EQ(rows.of("mul", {"f32[2]", "f32[3]"}), "E0203: mul: operands are f32[2] and f32[3]");
  EXPECT_EQ(rows.of("pow", {"f32[2]", "f32[]"}), "E0203: pow: operands are f32[2] and f32[]");
}

TEST(ElementwiseOps, SelectTakesABoolAndTwoOfOneType) {
  Rows rows;
  EXPECT_EQ(rows.of("select", {"bool[2]", "u8[2]", "u8[2]"}), "u8[2]");
  EXPECT_EQ(rows.of("select", {"f32[2]", "f32[2]", "f32[2]"}),
            "E0203: select: the condition is f32[2], not bool; compare, as in x > 0");
  EXPECT_EQ(rows.of("select", {"bool[2]", "f32[2]", "f64[2]"}),
            "E0203: select: operands are f32[2] and f64[2]; write cast(x, to=\"f32\")");
  EXPECT_EQ(rows.of("select", {"bool[2]", "f32[2]", "f32[3]"}),
            "E0203: select: operands are f32[2] and f32[3]");
  EXPECT_EQ(rows.of("select", {"bool[3]", "f32[2]", "f32[2]"}),
            "E0203: select: the condition is bool[3], the operands are f32[2]");
}

TEST(ElementwiseOps, CastGoesFromEveryDtypeToEveryDtype) {
  Rows rows;
  for (int from = 0; from < dtype_count; ++from)
    for (int to = 0; to < dtype_count; ++to) {
      const std::string source = std::string(dtype_name(static_cast<DType>(from))) + "[0,4]";
      const std::string result = std::string(dtype_name(static_cast<DType>(to))) + "[0,4]";
      EXPECT_EQ(rows.of("cast", {source}, {{"to", static_cast<DType>(to)}}), result);
    }
}

TEST(ElementwiseOps, PolygammaChecksItsOrder) {
  Rows rows;
  EXPECT_EQ(rows.of("polygamma", {"f32[2]"}, {{"n", std::int64_t{170}}}), "f32[2]");
  for (const std::int64_t order : {-1, 171})
    EXPECT_EQ(rows.of("polygamma", {"f32[2]"}, {{"n", order}}),
              "E0204: polygamma: n is " + std::to_string(order) + ", not in 0..170");
}

TEST(RandomOps, RandomBitsChecksKeyAndShape) {
  Rows rows;
  const NamedAttrs shape = {{"shape", std::vector<std::int64_t>{3, 5}}};
  EXPECT_EQ(rows.of("random_bits", {"u32[2]"}, shape), "u32[3,5]");
  EXPECT_EQ(rows.of("random_bits", {"u32[]"}, shape),
            "E0203: random_bits: the key is u32[], not u32[2]");
  EXPECT_EQ(rows.of("random_bits", {"i32[2]"}, shape),
            "E0203: random_bits: the key is i32[2], not u32[2]");
  EXPECT_TRUE(rows.of("random_bits", {"u32[2]"}, {{"shape", std::vector<std::int64_t>{-1}}})
                  .starts_with("E0202: random_bits: the result "));
}

TEST(ElementwiseOps, HalfPrecisionIsComputedInF32AndRoundedOnce) {
  for (const char* type : {"f16[1]", "bf16[1]"}) {
    Rows rows;
    const Value x = rows.leaf("x", type);
    const Value y = rows.b.op("pow", {x, x});
    ExprPool pool;
    AxisKeys axes;
    const NodeId node = rows.graph.node_of(y);
    ElementBuilder e(rows.graph, node, pool, axes);
    const Index at = pool.indices().constant(0);
    const ExprNode result = pool.node(rows.graph.node(node).row->element(e, 0, {&at, 1}));
    EXPECT_EQ(result.op, ScalarOp::cast);
    EXPECT_EQ(result.dtype, rows.b.dtype(x));
    const ExprNode power = pool.node(result.operand[0]);
    EXPECT_EQ(power.op, ScalarOp::pow);
    EXPECT_EQ(power.dtype, DType::f32);
    EXPECT_EQ(pool.node(power.operand[0]).op, ScalarOp::cast);
  }
}

} // namespace
} // namespace nnc
