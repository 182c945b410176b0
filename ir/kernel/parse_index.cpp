#include "ir/kernel/parse_stage.h"
#include "ir/kernel/rewrite.h"
#include "ir/text/attribute_reader.h"

namespace nnc {

bool StageParser::index(Index& result) {
  if (!index_term(result)) return false;
  for (;;) {
    const bool plus = cursor_.accept("+");
    if (!plus && !cursor_.accept("-")) return true;
    Index term;
    if (!index_term(term)) return false;
    result = plus ? indices_.add(result, term) : indices_.sub(result, term);
  }
}

bool StageParser::index_term(Index& result) {
  const auto begin = cursor_.mark();
  const bool minus = cursor_.accept("-");
  if (!index_atom(result)) return false;
  for (;;) {
    const char op = cursor_.peek();
    if (op != '*' && op != '/' && op != '%') break;
    cursor_.accept(std::string_view(&op, 1));
    const auto by = cursor_.integer();
    if (!by || *by < (op == '*' ? -max_size : 1) || *by > max_size)
      return fail_at(begin, "an index is scaled or divided by a whole number");
    if (op == '*') result = indices_.mul(result, *by);
    if (op == '/') result = indices_.floor_div(result, *by);
    if (op == '%') result = indices_.mod(result, *by);
  }
  if (minus) result = indices_.mul(result, -1);
  const IndexRange range = indices_.range(result);
  const bool fits = range.low >= -max_bytes / 4 && range.high <= max_bytes / 4;
  return fits || fail_at(begin, "the index is too large");
}

bool StageParser::index_atom(Index& result) {
  const auto begin = cursor_.mark();
  if (const auto value = cursor_.integer()) {
    if (*value < -max_size || *value > max_size) return fail_at(begin, "the index is too large");
    result = indices_.constant(*value);
    return true;
  }
  if (++depth_ > max_depth) return fail_at(begin, "the index is nested too deeply");
  bool done = false;
  if (cursor_.accept("(")) {
    done = index(result) && expect(")");
  } else if (cursor_.accept("{")) {
    Operand value;
    if (!expression(value, 0) || !settled(value)) return false;
    if (!is_integer(pool_.dtype(value.expr))) return fail_at(begin, "an index is an integer");
    if (!cursor_.accept_word("in")) return fail(unexpected(cursor_, "in"));
    if (!expect("0") || !expect("..")) return false;
    const auto extent = cursor_.integer();
    if (!extent || *extent < 0 || *extent > max_size) return fail(unexpected(cursor_, "a size"));
    result = index_from(pool_, value.expr, *extent);
    done = expect("}");
  } else {
    const auto axis = axes_.find(cursor_.word());
    if (axis == axes_.end()) return cursor_.rewind(begin), fail(unexpected(cursor_, "an axis"));
    result = indices_.of(axis->second);
    done = true;
  }
  --depth_;
  return done;
}

} // namespace nnc
