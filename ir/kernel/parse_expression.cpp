#include "ir/kernel/combiner.h"
#include "ir/kernel/expr_types.h"
#include "ir/kernel/parse_stage.h"
#include "ir/kernel/print_stage.h"
#include "ir/text/attribute_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace nnc {
namespace {

constexpr int highest_level = 6;

struct Infix {
  std::string_view symbol;
  ScalarOp op;
  int level;
};
// Longer symbols first.
constexpr std::array infixes = {
    Infix{"==", ScalarOp::eq, 0},         Infix{"!=", ScalarOp::ne, 0},
    Infix{"<=", ScalarOp::le, 0},         Infix{">=", ScalarOp::ge, 0},
    Infix{"<<", ScalarOp::shift_left, 4}, Infix{">>", ScalarOp::shift_right, 4},
    Infix{"<", ScalarOp::lt, 0},          Infix{">", ScalarOp::gt, 0},
    Infix{"|", ScalarOp::bit_or, 1},      Infix{"^", ScalarOp::bit_xor, 2},
    Infix{"&", ScalarOp::bit_and, 3},     Infix{"+", ScalarOp::add, 5},
    Infix{"-", ScalarOp::sub, 5},         Infix{"*", ScalarOp::mul, 6},
    Infix{"/", ScalarOp::div, 6},
};

std::optional<Combiner> combiner_from_name(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Combiner::argmin); ++i)
    if (combiner_name(static_cast<Combiner>(i)) == name) return static_cast<Combiner>(i);
  return std::nullopt;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

} // namespace

// Recursion follows parentheses and calls, to `max_depth`.
bool StageParser::expression(Operand& result, int level) {
  if (level > highest_level) return unary(result);
  result.begin = cursor_.mark();
  if (!expression(result, level + 1)) return false;
  for (;;) {
    const Infix* found = nullptr;
    const auto at = cursor_.mark();
    for (const Infix& infix : infixes)
      if (!found && cursor_.accept(infix.symbol)) found = &infix;
    if (!found || found->level != level) {
      cursor_.rewind(at);
      return true;
    }
    std::array<Operand, 2> operands{std::move(result), Operand{}};
    if (!expression(operands[1], level + 1) || !unify(operands) ||
        !operation(found->op, operands, result))
      return false;
    if (level == 0) return true; // comparisons do not chain
  }
}

bool StageParser::unary(Operand& result) {
  const auto begin = cursor_.mark();
  result.begin = begin;
  if (number(result)) return true;
  const ScalarOp op = cursor_.peek() == '-' ? ScalarOp::neg : ScalarOp::bit_not;
  if (!cursor_.accept("-") && !cursor_.accept("~")) return atom(result);
  if (++depth_ > max_depth) return fail_at(begin, "the expression is nested too deeply");
  std::array<Operand, 1> operands;
  if (!unary(operands[0]) || !settled(operands[0])) return false;
  --depth_;
  return operation(op, operands, result);
}

/// Digits with an optional minus right before them, `inf` or `nan`.
bool StageParser::number(Operand& result) {
  const auto begin = cursor_.mark();
  const bool minus = cursor_.accept("-");
  const char first = cursor_.peek();
  const bool word = first == 'i' || first == 'n';
  if ((is_digit(first) || word) && (!word || cursor_.accept_word("inf") ||
                                    cursor_.accept_word("nan") || (cursor_.rewind(begin), false))) {
    cursor_.rewind(begin);
    const auto whole = cursor_.integer();
    const auto after = cursor_.mark();
    cursor_.rewind(begin);
    const auto real = cursor_.real();
    result.place = cursor_.place(begin);
    if (!real && !whole) return cursor_.rewind(begin), false;
    const bool is_whole = whole && after.offset == cursor_.mark().offset;
    result.number = is_whole ? std::to_string(*whole) : real_text(*real);
    if (is_whole && *whole == 0 && minus) result.number = "-0";
    result.expr = {};
    return true;
  }
  cursor_.rewind(begin);
  return false;
}

bool StageParser::atom(Operand& result) {
  const auto begin = cursor_.mark();
  if (++depth_ > max_depth) return fail_at(begin, "the expression is nested too deeply");
  bool done = false;
  if (cursor_.accept("(")) {
    done = expression(result, 0) && expect(")");
  } else if (cursor_.peek() == '`') {
    done = buffer(result);
  } else {
    const std::string word(cursor_.word(true));
    if (word.empty()) return fail(unexpected(cursor_, "an expression"));
    if (word == "true" || word == "false") {
      result.expr = pool_.constant_int(DType::boolean, word == "true");
      done = true;
    } else if (reserved_in_kernels(word)) {
      done = call(word, result);
    } else if (const auto let = lets_.find(word); let != lets_.end()) {
      result.expr = let->second;
      done = true;
    } else {
      cursor_.rewind(begin);
      done = buffer(result);
    }
  }
  --depth_;
  result.begin = begin;
  result.place = cursor_.place(begin);
  return done;
}

bool StageParser::buffer(Operand& result) {
  const auto begin = cursor_.mark();
  auto name = cursor_.backquoted();
  if (!name) name = std::string(cursor_.word(true));
  const auto source = find_(*name);
  if (!source) return fail_at(begin, "no buffer is called '" + *name + "'");
  std::vector<Index> at;
  Expr guard;
  if (!position(*source->type, at, guard)) return false;
  result = {.expr = pool_.load(source->id, source->type->dtype, at, guard), .number = {}};
  return true;
}

bool StageParser::call(std::string_view function, Operand& result) {
  const auto begin = cursor_.mark();
  result.number.clear();
  if (const auto combiner = combiner_from_name(function)) return reduction(*combiner, result);
  if (const auto dtype = dtype_from_name(function); dtype && typed_constant(*dtype, result))
    return true;
  if (error_ || !expect("(")) return false;
  if (function == "index") {
    Index value;
    if (!index(value) || !expect(")")) return false;
    result.expr = pool_.index_value(value);
    return true;
  }
  if (function == scalar_op_name(ScalarOp::polygamma)) return polygamma(result);
  std::vector<Operand> operands;
  do {
    if (!expression(operands.emplace_back(), 0)) return false;
  } while (cursor_.accept(","));
  if (!expect(")")) return false;
  const bool bits = function.starts_with("bitcast_");
  if (const auto to = dtype_from_name(bits ? function.substr(8) : function)) {
    if (operands.size() != 1) return fail_at(begin, "a cast takes one operand");
    if (!settled(operands[0])) return false;
    const Expr value = operands[0].expr;
    if (bits && dtype_size(pool_.dtype(value)) != dtype_size(*to))
      return fail_at(begin, "a bitcast keeps the width");
    result.expr = bits ? pool_.bitcast(value, *to) : pool_.cast(value, *to);
    return true;
  }
  const auto op = scalar_op_from_name(function);
  if (!op || scalar_op_arity(*op) == 0 || *op == ScalarOp::cast || *op == ScalarOp::bitcast)
    return fail_at(begin, "'" + std::string(function) + "' is no function");
  if (static_cast<int>(operands.size()) != scalar_op_arity(*op))
    return fail_at(begin, std::string(function) + " takes " + std::to_string(scalar_op_arity(*op)) +
                              " operands, not " + std::to_string(operands.size()));
  const bool select = *op == ScalarOp::select;
  if (select && !settle(operands[0], DType::boolean)) return false;
  return unify(std::span(operands).subspan(select ? 1 : 0)) && operation(*op, operands, result);
}

/// `f32(0.5)`; leaves the cursor where it was when something else stands there.
bool StageParser::typed_constant(DType dtype, Operand& result) {
  const auto begin = cursor_.mark();
  Operand value;
  if (cursor_.accept("(") && number(value) && cursor_.accept(")")) {
    if (!settle(value, dtype)) return false;
    result.expr = value.expr;
    return true;
  }
  cursor_.rewind(begin);
  return false;
}

bool StageParser::reduction(Combiner combiner, Operand& result) {
  const auto begin = cursor_.mark();
  std::vector<Axis> axes;
  Operand body;
  if (!expect("[") || !loops(axes, nullptr) || !expect("]") || !expect("(") ||
      !expression(body, 0) || !settled(body) || !expect(")"))
    return false;
  const bool arg = gives_position(combiner);
  if (arg && axes.size() != 1)
    return fail_at(begin, std::string(combiner_name(combiner)) + " reduces one axis");
  result.expr = pool_.reduce(combiner, axes, body.expr);
  return true;
}

bool StageParser::polygamma(Operand& result) {
  const auto begin = cursor_.mark();
  const auto order = cursor_.integer();
  if (!order || *order < 0 || *order > 1000) return fail_at(begin, "polygamma: no such order");
  std::array<Operand, 1> operands;
  if (!expect(",") || !expression(operands[0], 0) || !settled(operands[0]) || !expect(")"))
    return false;
  if (!is_float(pool_.dtype(operands[0].expr))) return fail_at(begin, "polygamma takes floats");
  result.expr = pool_.polygamma(static_cast<int>(*order), operands[0].expr);
  return true;
}

bool StageParser::operation(ScalarOp op, std::span<Operand> operands, Operand& result) {
  std::array<Expr, 3> in;
  for (std::size_t i = 0; i < operands.size(); ++i) in[i] = operands[i].expr;
  const DType dtype = pool_.dtype(in[op == ScalarOp::select ? 1 : 0]);
  if (!scalar_op_takes(op, dtype))
    return fail_at(operands[0].begin, std::string(scalar_op_name(op)) + " does not take " +
                                          std::string(dtype_name(dtype)));
  result = {.expr = {}, .number = {}, .begin = operands[0].begin};
  if (op == ScalarOp::select)
    result.expr = pool_.select(in[0], in[1], in[2]);
  else if (op == ScalarOp::fma)
    result.expr = pool_.fma(in[0], in[1], in[2]);
  else
    result.expr = operands.size() == 1 ? pool_.unary(op, in[0]) : pool_.binary(op, in[0], in[1]);
  result.place = cursor_.place(result.begin);
  return true;
}

bool StageParser::unify(std::span<Operand> operands) {
  std::optional<DType> dtype;
  for (const Operand& operand : operands)
    if (operand.number.empty() && !dtype) dtype = pool_.dtype(operand.expr);
  if (!dtype) return settled(operands[0]);
  return std::ranges::all_of(operands, [&](Operand& each) { return settle(each, *dtype); });
}

bool StageParser::settle(Operand& operand, DType dtype) {
  if (operand.number.empty())
    return pool_.dtype(operand.expr) == dtype ||
           fail({.code = "E0130",
                 .message = "this is " + std::string(dtype_name(pool_.dtype(operand.expr))) +
                            ", not " + std::string(dtype_name(dtype)),
                 .place = operand.place});
  const char *first = operand.number.data(), *last = first + operand.number.size();
  if (is_float(dtype)) {
    Cursor number(operand.number, {});
    operand.expr = pool_.constant(dtype, *number.real());
  } else {
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(first, last, value);
    if (fault != std::errc{} || end != last || wrap_integer(dtype, value) != value)
      return fail({.code = "E0130",
                   .message = operand.number + " is no " + std::string(dtype_name(dtype)),
                   .place = operand.place});
    operand.expr = pool_.constant_int(dtype, value);
  }
  operand.number.clear();
  return true;
}

bool StageParser::settled(const Operand& operand) {
  return operand.number.empty() ||
         fail({.code = "E0130",
               .message = "nothing says which dtype " + operand.number + " has",
               .place = operand.place,
               .help = "write it like f32(" + operand.number + ")"});
}

} // namespace nnc
