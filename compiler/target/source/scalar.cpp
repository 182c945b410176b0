#include "compiler/target/source/scalar.h"

#include "ir/kernel/integer_steps.h"
#include "ir/math/expand.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace nnc::source {
namespace {

struct Infix {
  ScalarOp op;
  std::string_view symbol;
  Level level;
};
constexpr std::array infixes = {
    Infix{ScalarOp::add, "+", Level::sum},          Infix{ScalarOp::sub, "-", Level::sum},
    Infix{ScalarOp::mul, "*", Level::product},      Infix{ScalarOp::div, "/", Level::product},
    Infix{ScalarOp::rem, "%", Level::product},      Infix{ScalarOp::eq, "==", Level::equality},
    Infix{ScalarOp::ne, "!=", Level::equality},     Infix{ScalarOp::lt, "<", Level::relation},
    Infix{ScalarOp::le, "<=", Level::relation},     Infix{ScalarOp::gt, ">", Level::relation},
    Infix{ScalarOp::ge, ">=", Level::relation},     Infix{ScalarOp::bit_and, "&", Level::bits},
    Infix{ScalarOp::bit_or, "|", Level::bits},      Infix{ScalarOp::bit_xor, "^", Level::bits},
    Infix{ScalarOp::shift_left, "<<", Level::bits}, Infix{ScalarOp::shift_right, ">>", Level::bits},
};
constexpr std::array logic = {
    Infix{ScalarOp::bit_and, "&&", Level::both},     Infix{ScalarOp::minimum, "&&", Level::both},
    Infix{ScalarOp::bit_or, "||", Level::either},    Infix{ScalarOp::maximum, "||", Level::either},
    Infix{ScalarOp::bit_xor, "!=", Level::equality}, Infix{ScalarOp::mul, "&&", Level::both},
    Infix{ScalarOp::add, "!=", Level::equality},     Infix{ScalarOp::sub, "!=", Level::equality},
};

/// What compilers ask for parentheses around, though they are not needed.
bool confusing(const Text& operand, Level level) {
  return (level == Level::bits && operand.level < Level::unary) ||
         (level == Level::either && operand.level == Level::both) ||
         (level == Level::equality && operand.level == Level::relation);
}

Text infix(const Infix& how, const Text& a, const Text& b) {
  const auto side = [&](const Text& operand, Level level) {
    return confusing(operand, how.level) ? "(" + operand.text + ")" : at_least(operand, level);
  };
  const bool chain = how.level > Level::relation || how.level <= Level::both;
  const auto next = static_cast<Level>(static_cast<int>(how.level) + 1);
  return {fmt::format("{} {} {}", side(a, chain ? how.level : next), how.symbol, side(b, next)),
          how.level};
}

template <class Table>
const Infix* find(const Table& table, ScalarOp op) {
  const auto* found = std::ranges::find(table, op, &Infix::op);
  return found == table.end() ? nullptr : found;
}

Text prefix(std::string_view symbol, const Text& operand) {
  const bool same = operand.text.front() == symbol.front();
  return {std::string(symbol) + (same ? "(" + operand.text + ")" : at_least(operand, Level::unary)),
          Level::unary};
}

Text c_cast(DType to, const Text& value) {
  return {fmt::format("({}){}", value_type(to), at_least(value, Level::unary)), Level::unary};
}

bool is_half(DType dtype) { return dtype == DType::f16 || dtype == DType::bf16; }

std::string named(std::string_view op, DType dtype) {
  return fmt::format("{}_{}", op, dtype_name(dtype));
}

std::string conversion(DType from, DType to) {
  return fmt::format("{}_to_{}", dtype_name(from), dtype_name(to));
}

Text call_of(const std::string& function, Text operand) {
  return call(function, std::span(&operand, 1));
}

Text real_constant(double value, bool single) {
  if (std::isnan(value)) return {"NAN"};
  if (std::isinf(value)) return value > 0 ? Text{"INFINITY"} : Text{"-INFINITY", Level::unary};
  std::string text =
      single ? fmt::format("{}", static_cast<float>(value)) : fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  if (single) text += 'f';
  return {text, text.front() == '-' ? Level::unary : Level::atom};
}

std::string integer_digits(DType dtype, std::int64_t value) {
  if (dtype == DType::boolean) return value ? "true" : "false";
  if (dtype == DType::u32) return fmt::format("{}u", static_cast<std::uint32_t>(value));
  if (value == std::numeric_limits<std::int64_t>::min()) return "INT64_MIN";
  if (value == std::numeric_limits<std::int32_t>::min())
    return dtype == DType::i32 ? "INT32_MIN" : "(int64_t)INT32_MIN";
  const bool wide = value != static_cast<std::int32_t>(value);
  std::string text =
      wide ? fmt::format("INT64_C({})", std::abs(value)) : std::to_string(std::abs(value));
  return value >= 0 ? text : "-" + text;
}

Text integer_constant(DType dtype, std::int64_t value) {
  const std::string text = integer_digits(dtype, value);
  const bool atom = text.front() != '-' && text.front() != '(';
  return {text, atom ? Level::atom : Level::unary, 0, value};
}

} // namespace

std::string_view value_type(DType dtype) {
  return dtype == DType::boolean ? "bool" : memory_type(dtype);
}

std::string_view memory_type(DType dtype) {
  constexpr std::array<std::string_view, dtype_count> names = {
      "double",  "float",    "uint16_t", "uint16_t", "int64_t",
      "int32_t", "uint32_t", "int8_t",   "uint8_t",  "uint8_t"};
  return names[static_cast<std::size_t>(dtype)];
}

Text constant_text(Library& library, DType dtype, std::uint64_t bits) {
  if (!is_float(dtype)) return integer_constant(dtype, static_cast<std::int64_t>(bits));
  const double value = std::bit_cast<double>(bits);
  if (is_half(dtype) && value == 0 && !std::signbit(value)) return {"0"};
  const Text real = real_constant(value, dtype != DType::f64);
  return is_half(dtype) ? convert(library, real, DType::f32, dtype) : real;
}

Text call(const std::string& function, std::span<const Text> operands) {
  std::string text = function + "(";
  int depth = 0;
  for (const Text& operand : operands) {
    text += (text.back() == '(' ? "" : ", ") + operand.text;
    depth = std::max(depth, operand.depth);
  }
  return {text + ")", Level::atom, depth + 1};
}

Text convert(Library& library, Text value, DType from, DType to) {
  if (from == to) return value;
  if (is_half(from))
    return convert(library, call_of(library.need(conversion(from, DType::f32)), value), DType::f32,
                   to);
  if (to == DType::boolean)
    return infix(*find(infixes, ScalarOp::ne), value,
                 is_float(from) ? real_constant(0, from == DType::f32) : Text{"0"});
  if (is_half(to)) {
    if (from == DType::i64) value = call_of(library.need("sticky_f64"), value);
    if (is_integer(from) && from != DType::i64) value = c_cast(DType::f64, value);
    if (from == DType::boolean) return convert(library, c_cast(DType::f32, value), DType::f32, to);
    const DType through = from == DType::f32 ? DType::f32 : DType::f64;
    return call_of(library.need(conversion(through, to)), value);
  }
  if (is_float(from) && !is_float(to)) return call_of(library.to_integer(from, to), value);
  return c_cast(to, value);
}

namespace {

Text bitcast(Library& library, const Text& value, DType from, DType to) {
  const bool wide = dtype_size(from) == 8;
  const DType real = wide ? DType::f64 : DType::f32, integer = wide ? DType::i64 : DType::i32;
  if (is_half(from)) return value;
  if (from == real)
    return convert(library, call_of(library.need(named("bits", real)), value), integer, to);
  if (to == real)
    return call_of(library.need(named("from_bits", real)), convert(library, value, from, integer));
  return c_cast(to, value);
}

/// What the language has an operator for.
const Infix* real_infix(const Library& library, ScalarOp op) {
  const Infix* how = find(infixes, op);
  const bool bits = how && (how->level == Level::bits || op == ScalarOp::rem);
  if (bits || (op == ScalarOp::mul && library.language().fuses_products)) return nullptr;
  return how;
}

Text real(Library& library, const ExprNode& node, DType dtype, std::span<const Text> operands) {
  if (node.op == ScalarOp::neg) return prefix("-", operands[0]);
  if (const Infix* how = real_infix(library, node.op)) return infix(*how, operands[0], operands[1]);
  if (is_basic(node.op)) return call(library.need(named(scalar_op_name(node.op), dtype)), operands);
  return call(library.function(node.op, dtype), operands);
}

Text logical(const ExprNode& node, std::span<const Text> operands) {
  if (node.op == ScalarOp::bit_not) return prefix("!", operands[0]);
  if (const Infix* how = find(logic, node.op)) return infix(*how, operands[0], operands[1]);
  if (node.op >= ScalarOp::eq && node.op <= ScalarOp::ge)
    return infix(*find(infixes, node.op), operands[0], operands[1]);
  throw InternalError("source: " + std::string(scalar_op_name(node.op)) + " of bool");
}

/// Operators that do what is wanted: nothing wraps, or the language wraps as well.
bool is_native(const ExprNode& node, DType dtype, std::span<const Text> operands, bool exact) {
  const bool comparison = node.op >= ScalarOp::eq && node.op <= ScalarOp::ge;
  const bool bitwise =
      node.op == ScalarOp::bit_and || node.op == ScalarOp::bit_or || node.op == ScalarOp::bit_xor;
  const bool wraps = node.op == ScalarOp::add || node.op == ScalarOp::sub ||
                     node.op == ScalarOp::mul || node.op == ScalarOp::neg;
  if (comparison || bitwise) return true;
  if (wraps) return exact || dtype == DType::u32;
  if (operands.size() != 2 || !operands[1].integer) return false;
  const std::int64_t by = *operands[1].integer;
  if (node.op == ScalarOp::div || node.op == ScalarOp::rem) return by > 0;
  const bool inside = by >= 0 && by < static_cast<std::int64_t>(dtype_size(dtype) * 8);
  return inside && (node.op == ScalarOp::shift_right ||
                    (node.op == ScalarOp::shift_left && dtype == DType::u32));
}

Text integer(Library& library, const ExprNode& node, DType dtype, std::span<const Text> operands,
             bool exact) {
  if (node.op == ScalarOp::floor || node.op == ScalarOp::ceil || node.op == ScalarOp::round)
    return operands[0];
  if (node.op == ScalarOp::is_nan) return {"false"};
  if (node.op == ScalarOp::is_finite) return {"true"};
  if (node.op == ScalarOp::bit_not) {
    const Text all = prefix("~", operands[0]);
    return dtype == DType::u8 || dtype == DType::i8 ? c_cast(dtype, all) : all;
  }
  if (is_native(node, dtype, operands, exact))
    return node.op == ScalarOp::neg ? prefix("-", operands[0])
                                    : infix(*find(infixes, node.op), operands[0], operands[1]);
  return call(library.integer(node.op, dtype), operands);
}

Text computed(Library& library, const ExprNode& node, DType dtype, std::span<const Text> operands,
              bool exact) {
  if (dtype == DType::boolean) return logical(node, operands);
  if (is_float(dtype)) return real(library, node, dtype, operands);
  return integer(library, node, dtype, operands, exact);
}

} // namespace

Text operation(Library& library, const ExprNode& node, std::span<const DType> dtypes,
               std::span<const Text> operands, bool exact) {
  const DType dtype = dtypes[0], wide = compute_dtype(dtype);
  if (node.op == ScalarOp::select)
    return {fmt::format("{} ? {} : {}", at_least(operands[0], Level::either),
                        at_least(operands[1], Level::either), operands[2].text),
            Level::choice};
  if (node.op == ScalarOp::cast) return convert(library, operands[0], dtype, node.dtype);
  if (node.op == ScalarOp::bitcast) return bitcast(library, operands[0], dtype, node.dtype);
  if (node.op == ScalarOp::polygamma)
    return call_of(
        library.function(node.op, node.dtype, static_cast<int>(operands[0].integer.value())),
        operands[1]);
  if (dtype == wide) return computed(library, node, dtype, operands, exact);
  std::vector<Text> in;
  for (const Text& operand : operands) in.push_back(convert(library, operand, dtype, wide));
  const Text result = computed(library, node, wide, in, exact);
  return node.dtype == dtype ? convert(library, result, wide, dtype) : result;
}

Text combine(Library& library, Combiner combiner, DType dtype, const Text& a, const Text& b) {
  constexpr std::array ops = {ScalarOp::add,     ScalarOp::mul,     ScalarOp::maximum,
                              ScalarOp::minimum, ScalarOp::maximum, ScalarOp::minimum};
  const ScalarOp op = ops[static_cast<std::size_t>(combiner)];
  const std::array dtypes = {dtype, dtype};
  const std::array operands = {a, b};
  return operation(library, {.op = op, .dtype = dtype, .arity = 2}, dtypes, operands, false);
}

Text identity(Library& library, Combiner combiner, DType dtype) {
  if (!is_float(dtype)) {
    const Combiner kind = combiner == Combiner::argmin ? Combiner::min : combiner;
    return constant_text(library, dtype, static_cast<std::uint64_t>(integer_identity(kind, dtype)));
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr std::array values = {0.0, 1.0, -infinity, infinity, -infinity, infinity};
  return constant_text(library, dtype,
                       std::bit_cast<std::uint64_t>(values[static_cast<std::size_t>(combiner)]));
}

} // namespace nnc::source
