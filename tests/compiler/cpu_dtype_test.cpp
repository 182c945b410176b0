// Every dtype, and the corners of language.md section 4: integer division, shifts, saturating
// casts, order of NaN and zeros, single rounding to 16 bits.
#include "testing/compiled_run.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace nnc {
namespace {

using test::expect_same;
using test::Program;

template <class T>
Literal literal(DType dtype, const std::vector<T>& values) {
  const Type type{dtype, {static_cast<std::int64_t>(values.size())}};
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::size_t i = 0; i < values.size(); ++i)
    if constexpr (std::is_floating_point_v<T>)
      store_real(dtype, bytes->data(), static_cast<std::int64_t>(i), values[i]);
    else
      store_integer(dtype, bytes->data(), static_cast<std::int64_t>(i), values[i]);
  return {type, bytes};
}

/// Bit for bit what the interpreter says, but for which NaN it is.
void expect_exact(Program& p, const std::vector<Literal>& inputs) {
  ASSERT_FALSE(p.b.error()) << p.b.error()->message;
  const auto wanted = interpret(p.graph, inputs);
  ASSERT_TRUE(wanted.ok()) << wanted.error().message;
  const auto actual = test::run_compiled(p.graph, inputs);
  ASSERT_TRUE(actual.ok()) << actual.error().message;
  for (std::size_t i = 0; i < wanted->size(); ++i) {
    const Type& type = (*wanted)[i].type;
    for (std::int64_t e = 0; e < type.elements(); ++e) {
      if (is_float(type.dtype) && std::isnan(literal_real((*wanted)[i], e))) {
        EXPECT_TRUE(std::isnan(literal_real((*actual)[i], e))) << p.graph.outputs[i].name << e;
        continue;
      }
      const std::size_t size = dtype_size(type.dtype), at = static_cast<std::size_t>(e) * size;
      EXPECT_EQ(std::memcmp((*actual)[i].bytes->data() + at, (*wanted)[i].bytes->data() + at, size),
                0)
          << p.graph.outputs[i].name << " at " << e;
    }
  }
}

const std::vector<DType> integers = {DType::i64, DType::i32, DType::u32, DType::i8, DType::u8};

std::vector<std::int64_t> corners(DType dtype) {
  std::vector<std::int64_t> values = {0, 1, -1, 2, 3, 5, 7, 31, 32, 63, 64, 100, -7, -100};
  values.push_back(std::numeric_limits<std::int64_t>::min());
  values.push_back(std::numeric_limits<std::int64_t>::max());
  values.push_back(std::numeric_limits<std::int32_t>::min());
  values.push_back((std::int64_t{1} << 53) + 1);
  values.push_back(-128);
  for (std::int64_t& value : values) value = wrap_integer(dtype, value);
  return values;
}

TEST(CpuDtypes, IntegerArithmetic) {
  for (const DType dtype : integers) {
    std::vector<std::int64_t> a, b;
    for (const std::int64_t x : corners(dtype))
      for (const std::int64_t y : corners(dtype)) {
        a.push_back(x);
        b.push_back(y);
      }
    Program p;
    const std::string type(dtype_name(dtype));
    const Value x = p.input("x", type + "[" + std::to_string(a.size()) + "]");
    const Value y = p.input("y", type + "[" + std::to_string(a.size()) + "]");
    for (const char* op : {"add", "sub", "mul", "div", "rem", "maximum", "minimum", "and", "or",
                           "xor", "shift_left", "shift_right", "lt", "ge", "eq"})
      p.output(type + op, p.b.op(op, {x, y}));
    for (const DType to : integers)
      p.output(type + "to" + std::string(dtype_name(to)), p.b.cast(x, to));
    for (const DType to : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::boolean})
      p.output(type + "to" + std::string(dtype_name(to)), p.b.cast(x, to));
    expect_exact(p, {literal(dtype, a), literal(dtype, b)});
  }
}

TEST(CpuDtypes, CastsOfReals) {
  const double inf = std::numeric_limits<double>::infinity();
  std::vector<double> values = {0.0,     -0.0,         0.5,
                                -0.5,    1.5,          2.5,
                                -2.5,    127.6,        -128.4,
                                255.9,   256.0,        65519.0,
                                65520.0, 65504.0,      3e9,
                                -3e9,    4294967295.0, 4294967296.0,
                                9.3e18,  -9.3e18,      inf,
                                -inf,    std::nan(""), 1e-8,
                                6e-8,    2e-5,         1.0009765625 + 0x1p-40,
                                2049.0,  1 + 0x1p-11,  1 + 0x1p-11 + 0x1p-50};
  for (const DType from : {DType::f64, DType::f32, DType::f16, DType::bf16}) {
    Program p;
    const std::string type(dtype_name(from));
    const Value x = p.input("x", type + "[" + std::to_string(values.size()) + "]");
    for (int to = 0; to < dtype_count; ++to) {
      const auto dtype = static_cast<DType>(to);
      p.output(type + "_to_" + std::string(dtype_name(dtype)), p.b.cast(x, dtype));
    }
    expect_exact(p, {literal(from, values)});
  }
}

TEST(CpuDtypes, OrderAndRemainder) {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> corner = {0.0,  -0.0,  1.0, -1.0, 5.5,          -5.5, 0.1,  3.0,
                                      1e30, -1e30, inf, -inf, std::nan(""), 7e-3, 1e-30};
  std::vector<double> a, b;
  for (const double x : corner)
    for (const double y : corner) {
      a.push_back(x);
      b.push_back(y);
    }
  for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16}) {
    Program p;
    const std::string type = std::string(dtype_name(dtype)) + "[" + std::to_string(a.size()) + "]";
    const Value x = p.input("x", type), y = p.input("y", type);
    for (const char* op :
         {"add", "sub", "mul", "div", "rem", "maximum", "minimum", "lt", "le", "eq", "ne", "gt"})
      p.output(std::string(dtype_name(dtype)) + op, p.b.op(op, {x, y}));
    for (const char* op :
         {"neg", "abs", "sqrt", "floor", "ceil", "round", "sign", "is_nan", "is_finite"})
      p.output(std::string(dtype_name(dtype)) + op, p.b.op(op, {x}));
    expect_exact(p, {literal(dtype, a), literal(dtype, b)});
  }
}

TEST(CpuDtypes, Reductions) {
  for (const char* dtype : {"f64", "f32", "f16", "bf16", "i64", "i32", "u32", "i8", "u8"}) {
    Program p;
    const Value x = p.input("x", std::string(dtype) + "[37,21]");
    for (const char* op : {"sum", "max", "min", "prod"})
      for (const std::int64_t axis : {0, 1})
        p.output(std::string(op) + std::to_string(axis) + dtype,
                 p.b.op(op, {x}, {{"axes", std::vector<std::int64_t>{axis}}}));
    for (const char* op : {"argmax", "argmin"})
      for (const std::int64_t axis : {0, 1})
        p.output(std::string(op) + std::to_string(axis) + dtype, p.b.op(op, {x}, {{"axis", axis}}));
    expect_same(p, 64, 64);
  }
}

TEST(CpuDtypes, Dots) {
  for (const char* dtype : {"f64", "f32", "f16", "bf16", "i64", "i32", "u32", "i8", "u8"}) {
    Program p;
    const Value a = p.input("a", std::string(dtype) + "[33,65]");
    const Value b = p.input("b", std::string(dtype) + "[65,34]");
    p.output("c", p.b.dot(a, b, {{}, {}}, {{1}, {0}}));
    expect_same(p, 8, 130);
  }
}

} // namespace
} // namespace nnc
