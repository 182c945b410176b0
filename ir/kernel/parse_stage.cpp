#include "ir/kernel/parse_stage.h"

#include "ir/kernel/print_stage.h"
#include "ir/text/attribute_reader.h"

namespace nnc {

bool StageParser::fail(Error error) {
  if (!error_) error_ = std::move(error);
  return false;
}

bool StageParser::fail_at(Cursor::Mark begin, std::string message) {
  return fail({.code = "E0130", .message = std::move(message), .place = cursor_.place(begin)});
}

bool StageParser::expect(std::string_view symbol) {
  return cursor_.accept(symbol) || fail(unexpected(cursor_, "'" + std::string(symbol) + "'"));
}

bool StageParser::run() {
  if (cursor_.accept_word("rows") && !loops(kernel_.axes, nullptr)) return false;
  while (cursor_.peek() != '}')
    if (!stage()) return false;
  if (kernel_.stages.empty()) return fail(unexpected(cursor_, "for or once"));
  return true;
}

bool StageParser::stage() {
  Stage stage;
  places_.push_back({cursor_.here()});
  if (cursor_.accept_word("for")) {
    if (!loops(stage.axes, &stage.serial)) return false;
  } else if (!cursor_.accept_word("once")) {
    return fail(unexpected(cursor_, "for or once"));
  }
  for (;;) {
    const auto begin = cursor_.mark();
    const bool ends =
        cursor_.peek() == '}' || cursor_.accept_word("for") || cursor_.accept_word("once");
    cursor_.rewind(begin);
    if (ends) break;
    if (cursor_.accept_word("let") ? !let_line() : !store_line(stage)) return false;
  }
  kernel_.stages.push_back(std::move(stage));
  return true;
}

/// `i in 0..64, j in 0..10`; an axis that was met before is the same one.
bool StageParser::loops(std::vector<Axis>& axes, std::vector<bool>* serial) {
  do {
    const auto begin = cursor_.mark();
    const std::string name(cursor_.word());
    if (name.empty()) return fail(unexpected(cursor_, "the name of an axis"));
    if (reserved_in_kernels(name) || find_(name) || lets_.contains(name))
      return fail_at(begin, "'" + name + "' means something else here");
    if (!cursor_.accept_word("in")) return fail(unexpected(cursor_, "in"));
    if (!expect("0") || !expect("..")) return false;
    const auto extent = cursor_.integer();
    if (!extent || *extent < 0 || *extent > max_size)
      return fail_at(begin, "the extent of '" + name + "' is no size");
    const auto known = axes_.find(name);
    if (known == axes_.end())
      axes_.emplace(name, indices_.new_axis(*extent, name));
    else if (indices_.axis(known->second).extent != *extent)
      return fail_at(begin, "'" + name + "' ran to " +
                                std::to_string(indices_.axis(known->second).extent) + " before");
    axes.push_back(axes_.at(name));
    const bool in_order = serial && cursor_.accept_word("serial");
    if (serial) serial->push_back(in_order);
  } while (cursor_.accept(","));
  return true;
}

bool StageParser::let_line() {
  const auto begin = cursor_.mark();
  const std::string name(cursor_.word());
  if (name.empty()) return fail(unexpected(cursor_, "a name"));
  if (reserved_in_kernels(name) || find_(name) || axes_.contains(name) || lets_.contains(name))
    return fail_at(begin, "'" + name + "' means something else here");
  std::vector<Axis> bound; // named here, bound by the reductions around its uses
  if (cursor_.accept("(") && (!loops(bound, nullptr) || !expect(")"))) return false;
  Operand value;
  if (!expect("=") || !expression(value, 0) || !settled(value)) return false;
  lets_.emplace(name, value.expr);
  return true;
}

bool StageParser::store_line(Stage& stage) {
  const auto begin = cursor_.mark();
  auto name = cursor_.backquoted();
  if (!name) name = std::string(cursor_.word(true));
  if (name->empty()) return fail(unexpected(cursor_, "a buffer"));
  places_.back().stores.push_back(cursor_.place(begin));
  const auto target = find_(*name);
  if (!target) return fail_at(begin, "no buffer is called '" + *name + "'");
  Store store{.buffer = target->id};
  if (!position(*target->type, store.at, store.guard)) return false;
  store.accumulate = cursor_.accept("+=");
  if (!store.accumulate && !expect("=")) return false;
  Operand value;
  if (!expression(value, 0) || !settle(value, target->type->dtype)) return false;
  store.value = value.expr;
  stage.stores.push_back(std::move(store));
  return true;
}

/// `[i,j]`, `[i if x > 0]`, or nothing for a scalar.
bool StageParser::position(const Type& type, std::vector<Index>& at, Expr& guard) {
  const auto begin = cursor_.mark();
  if (cursor_.accept("[")) {
    if (!cursor_.accept_word("if")) {
      do {
        at.emplace_back();
        if (!index(at.back())) return false;
      } while (cursor_.accept(","));
      if (cursor_.accept_word("if") && !condition(guard)) return false;
    } else if (!condition(guard)) {
      return false;
    }
    if (!expect("]")) return false;
  }
  return static_cast<int>(at.size()) == type.rank() ||
         fail_at(begin, std::to_string(at.size()) + " indices for " + to_string(type));
}

bool StageParser::condition(Expr& guard) {
  Operand value;
  if (!expression(value, 0) || !settle(value, DType::boolean)) return false;
  guard = value.expr;
  return true;
}

} // namespace nnc
