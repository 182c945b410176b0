#include "compiler/target/source/library.h"

#include "compiler/target/source/expression_printer.h"
#include "compiler/target/source/half_floats.h"
#include "ir/math/expand.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nnc::source {
namespace {

constexpr std::array integers = {DType::i64, DType::i32, DType::u32, DType::i8, DType::u8};

/// {T} the dtype's type, {U} unsigned and no narrower than int, {D} its name, {W} bits, {L} lowest.
struct IntegerFunction {
  ScalarOp op;
  std::string_view of_signed, of_unsigned;
};
constexpr std::array integer_functions = {
    IntegerFunction{ScalarOp::add, "{T} a, {T} b) {{ return ({T})(({U})a + ({U})b); }}", {}},
    IntegerFunction{ScalarOp::sub, "{T} a, {T} b) {{ return ({T})(({U})a - ({U})b); }}", {}},
    IntegerFunction{ScalarOp::mul, "{T} a, {T} b) {{ return ({T})(({U})a * ({U})b); }}", {}},
    IntegerFunction{ScalarOp::neg, "{T} a) {{ return ({T})(0u - ({U})a); }}", {}},
    IntegerFunction{ScalarOp::abs, "{T} a) {{ return ({T})(a < 0 ? 0u - ({U})a : ({U})a); }}",
                    "{T} a) {{ return a; }}"},
    IntegerFunction{ScalarOp::sign, "{T} a) {{ return ({T})((a > 0) - (a < 0)); }}",
                    "{T} a) {{ return a > 0; }}"},
    IntegerFunction{ScalarOp::maximum, "{T} a, {T} b) {{ return a > b ? a : b; }}", {}},
    IntegerFunction{ScalarOp::minimum, "{T} a, {T} b) {{ return a < b ? a : b; }}", {}},
    IntegerFunction{ScalarOp::div,
                    "{T} a, {T} b) {{ return ({T})(b == 0 ? 0 : a == {L} && b == -1 ? a : a / b); "
                    "}}",
                    "{T} a, {T} b) {{ return ({T})(b == 0 ? 0 : a / b); }}"},
    IntegerFunction{ScalarOp::rem,
                    "{T} a, {T} b) {{ return ({T})(b == 0 ? a : b == -1 ? 0 : a % b); }}",
                    "{T} a, {T} b) {{ return ({T})(b == 0 ? a : a % b); }}"},
    IntegerFunction{ScalarOp::shift_left,
                    "{T} a, {T} b) {{ return ({T})(({U})b < {W} ? ({U})a << b : 0); }}",
                    {}},
    IntegerFunction{ScalarOp::shift_right,
                    "{T} a, {T} b) {{ return ({T})(a >> (({U})b < {W} ? b : {W} - 1)); }}",
                    "{T} a, {T} b) {{ return ({T})(b < {W} ? a >> b : 0); }}"},
};

std::string integer_text(const IntegerFunction& function, DType dtype) {
  const auto bits = static_cast<int>(dtype_size(dtype) * 8);
  const std::string_view type = value_type(dtype);
  const bool plain = is_signed(dtype) || function.of_unsigned.empty();
  return fmt::format("${} {}_{}(", type, scalar_op_name(function.op), dtype_name(dtype)) +
         fmt::format(fmt::runtime(plain ? function.of_signed : function.of_unsigned),
                     fmt::arg("T", type), fmt::arg("U", bits == 64 ? "uint64_t" : "uint32_t"),
                     fmt::arg("W", bits), fmt::arg("L", fmt::format("INT{}_MIN", bits))) +
         "\n";
}

/// Bounds of an integer dtype as powers of two, beyond which everything is its end.
std::string conversion_text(std::string_view name, DType from, DType to) {
  const auto bits = static_cast<int>(dtype_size(to) * 8) - (is_signed(to) ? 1 : 0);
  const std::string_view suffix = from == DType::f32 ? "f" : "";
  const std::string end = fmt::format("{}{}", is_signed(to) ? "INT" : "UINT", dtype_size(to) * 8);
  return fmt::format(
      "${0} {1}({2} x) {{\n"
      "  return x != x ? 0 : x <= {3} ? {4} : x >= {5:.1f}{6} ? {7}_MAX : ({0})x;\n}}\n",
      value_type(to), name, value_type(from),
      is_signed(to)
          ? fmt::format("-{:.1f}{}", static_cast<double>(std::uint64_t{1} << bits), suffix)
          : "0",
      is_signed(to) ? end + "_MIN" : "0", static_cast<double>(std::uint64_t{1} << (bits - 1)) * 2,
      suffix, end);
}

const Primitive& primitive(const Language& language, std::string_view name) {
  for (const std::span<const Primitive> list : {language.primitives, half_float_primitives()})
    for (const Primitive& one : list)
      if (one.name == name) return one;
  throw InternalError("source: there is no function " + std::string(name));
}

} // namespace

void Library::add(std::string_view text) {
  for (const char c : text)
    if (c == '$')
      text_ += language_.function;
    else
      text_ += c;
}

std::string Library::need(const std::string& name) {
  if (used_.contains(name)) return name;
  const Primitive& found = primitive(language_, name);
  for (std::string_view rest = found.needs; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    need(std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  used_.insert(name);
  add(found.text);
  return name;
}

std::string Library::integer(ScalarOp op, DType dtype) {
  std::string name = fmt::format("{}_{}", scalar_op_name(op), dtype_name(dtype));
  if (!once(name)) return name;
  const auto* found = std::ranges::find(integer_functions, op, &IntegerFunction::op);
  if (found == integer_functions.end()) throw InternalError("source: there is no function " + name);
  add(integer_text(*found, dtype));
  return name;
}

std::string Library::define(const std::string& name, const std::function<std::string()>& text) {
  if (once(name)) add(text());
  return name;
}

std::string Library::to_integer(DType from, DType to) {
  std::string name = fmt::format("{}_to_{}", dtype_name(from), dtype_name(to));
  if (once(name)) add(conversion_text(name, from, to));
  return name;
}

std::string Library::function(ScalarOp op, DType dtype, int order) {
  const bool has_order = op == ScalarOp::polygamma;
  std::string name = fmt::format("{}_{}", scalar_op_name(op),
                                 has_order ? fmt::format("{}_{}", order, dtype_name(dtype))
                                           : std::string(dtype_name(dtype)));
  if (!once(name)) return name;
  ExprPool pool;
  std::vector<Expr> operands;
  if (has_order) operands.push_back(pool.constant_int(DType::i64, order));
  constexpr std::array<std::string_view, 2> letters = {"x", "y"};
  std::string parameters;
  aot::Names taken;
  const int count = has_order ? 1 : scalar_op_arity(op);
  for (int i = 0; i < count; ++i) {
    operands.push_back(pool.load(static_cast<std::uint32_t>(i), dtype, {}));
    const std::string letter(letters[static_cast<std::size_t>(i)]);
    parameters += fmt::format("{}{} {}", i ? ", " : "", value_type(dtype), letter);
    taken.insert(letter);
  }
  const Expr root = expand_function(pool, op, operands);
  Lines lines;
  lines.open(fmt::format("{} {}({}) {{", value_type(pool.dtype(root)), name, parameters));
  ExpressionPrinter body(pool, *this, lines, std::move(taken));
  for (int i = 0; i < count; ++i)
    body.name_buffer(static_cast<std::uint32_t>(i),
                     std::string(letters[static_cast<std::size_t>(i)]));
  const std::vector<Expr> order_of = topological_order(pool, std::span(&root, 1));
  body.expect(order_of, std::span(&root, 1));
  body.emit(order_of);
  lines.add("return " + body.value(root).text + ";");
  lines.close();
  add("$" + lines.take());
  return name;
}

std::vector<std::string> reserved_names(const Language& language) {
  std::vector<std::string> names;
  for (const std::span<const Primitive> list : {language.primitives, half_float_primitives()})
    for (const Primitive& one : list) names.emplace_back(one.name);
  for (int op = 0; op < scalar_op_count; ++op)
    for (const DType dtype : {DType::f64, DType::f32})
      names.push_back(
          fmt::format("{}_{}", scalar_op_name(static_cast<ScalarOp>(op)), dtype_name(dtype)));
  for (const DType to : integers) {
    for (const DType from : {DType::f64, DType::f32})
      names.push_back(fmt::format("{}_to_{}", dtype_name(from), dtype_name(to)));
    for (const IntegerFunction& function : integer_functions)
      names.push_back(fmt::format("{}_{}", scalar_op_name(function.op), dtype_name(to)));
  }
  return names;
}

} // namespace nnc::source
