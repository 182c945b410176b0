#include "ir/text/parse_body.h"

#include "ir/builder.h"

namespace nnc {

bool BodyParser::run() {
  while (!cursor_.accept("}")) {
    if (text_.errors.size() >= max_text_errors) return false;
    if (cursor_.at_end()) return text_.fail(unexpected(cursor_, "'}'"));
    if (!statement()) skip_statement();
  }
  return true;
}

bool BodyParser::statement() {
  results_.clear();
  const auto begin = cursor_.mark();
  do {
    const auto at = cursor_.mark();
    std::string name;
    if (!text_.value_name(name)) return false;
    if (const auto [entry, fresh] = values_.try_emplace(name, Value{}); !fresh) {
      text_.fail_at(at, "E0305", "'" + name + "' is there twice");
      name.clear(); // keeps its first meaning
    }
    results_.push_back(std::move(name));
  } while (cursor_.accept(","));
  if (!text_.expect("=")) return false;
  std::vector<Value> values;
  bool known = true;
  if (!expression(values, known) || !check_types(begin, values, known)) return false;
  for (std::size_t i = 0; i < results_.size() && known; ++i) {
    if (results_[i].empty()) continue;
    values_.find(results_[i])->second = values[i];
    graph_.set_value_name(values[i], results_[i]);
  }
  return true;
}

bool BodyParser::check_types(Cursor::Mark begin, std::span<const Value> values, bool known) {
  if (known && values.size() != results_.size())
    return text_.fail_at(begin, "E0309",
                         "the operation has " + std::to_string(values.size()) + " results, not " +
                             std::to_string(results_.size()));
  const auto at = cursor_.mark();
  std::string actual;
  for (const Value value : values)
    actual += (actual.empty() ? "" : ", ") + to_string(graph_.type(value));
  if (!cursor_.accept(":")) {
    Error error = unexpected(cursor_, "':' and the type");
    if (known) error.help = "it is " + actual;
    return text_.fail(std::move(error));
  }
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (i && !text_.expect(",")) return false;
    const auto type_begin = cursor_.mark();
    const auto type = read_type(cursor_);
    if (!type) return text_.fail(type.error());
    if (known && *type != graph_.type(values[i]))
      return text_.fail_at(type_begin, "E0308",
                           "the type is written " + to_string(*type) + ", but it is " +
                               to_string(graph_.type(values[i])));
  }
  if (cursor_.peek() == ',') return text_.fail_at(at, "E0309", "there are more types than results");
  return true;
}

/// What could not be read defines no value; lines that use its results stay silent.
void BodyParser::skip_statement() {
  const auto at_statement = [&] { return cursor_.peek() == '%' || cursor_.peek() == '}'; };
  if (cursor_.begins_line() && at_statement()) return;
  do cursor_.skip_line();
  while (!cursor_.at_end() && !at_statement());
}

bool BodyParser::expression(std::vector<Value>& results, bool& known) {
  const auto begin = cursor_.mark();
  const std::string_view word = cursor_.word();
  if (word.empty()) return text_.fail(unexpected(cursor_, "an operation"));
  if (begins_literal(word, cursor_)) {
    cursor_.rewind(begin);
    results.assign(1, Value{});
    return literal(begin, results[0]);
  }
  return operation(begin, word, results, known, 0);
}

bool BodyParser::literal(Cursor::Mark begin, Value& result) {
  auto read = read_literal(cursor_);
  if (!read) return text_.fail(read.error());
  Builder builder(graph_);
  builder.origin = graph_.context().origins.add({.place = cursor_.place(begin)});
  result = builder.literal(std::move(read->literal));
  if (read->splat && !read->type.scalar()) result = builder.broadcast(result, read->type.shape, {});
  if (auto error = builder.take_error()) return text_.fail(std::move(*error));
  return true;
}

bool BodyParser::operand(Value& value, bool& known, int depth) {
  const auto begin = cursor_.mark();
  if (cursor_.peek() == '%') {
    std::string name;
    if (!text_.value_name(name)) return false;
    const auto found = values_.find(name);
    if (found == values_.end())
      return text_.fail_at(begin, "E0301", "no value above this line is called '" + name + "'",
                           suggestion(values_, name));
    value = found->second;
    known = known && value.valid();
    return true;
  }
  const std::string_view word = cursor_.word();
  if (word.empty()) return text_.fail(unexpected(cursor_, "an operand"));
  if (begins_literal(word, cursor_)) {
    cursor_.rewind(begin);
    return literal(begin, value);
  }
  if (depth >= max_text_depth)
    return text_.fail_at(begin, "E0103",
                         "operations inside operands deeper than " +
                             std::to_string(max_text_depth) + " levels");
  if (cursor_.peek() != '(')
    return text_.fail(unexpected(cursor_, "'(' after " + std::string(word)));
  std::vector<Value> results;
  if (!operation(begin, word, results, known, depth + 1)) return false;
  if (known && results.size() != 1)
    return text_.fail_at(begin, "E0309",
                         "an operand is one value, not " + std::to_string(results.size()));
  if (known) value = results[0];
  return true;
}

// Recursion follows operations inside operands, to `max_text_depth`.
bool BodyParser::operation(Cursor::Mark begin, std::string_view name, std::vector<Value>& results,
                           bool& known, int depth) {
  const OpRow* row = graph_.context().ops.find(name);
  if (!row || row->leaf) return unknown_operation(begin, name);
  const bool enclosed = cursor_.accept("(");
  std::vector<Value> operands;
  const bool none = enclosed ? cursor_.peek() == ')' || cursor_.peek() == '{'
                             : cursor_.peek() == ':' || cursor_.peek() == '{';
  if (!none) do {
      operands.emplace_back();
      if (!operand(operands.back(), known, depth)) return false;
    } while (cursor_.accept(","));
  Attrs attrs(row->attrs.size());
  if (!attributes(*row, attrs)) return false;
  if (enclosed && !text_.expect(")")) return false;
  if (!known) return true;
  const OriginId origin = graph_.context().origins.add({.place = cursor_.place(begin)});
  const auto node = graph_.add(*row, operands, std::move(attrs), origin);
  if (!node) return text_.fail(node.error());
  for (int i = 0; i < graph_.node(*node).result_count; ++i)
    results.push_back(graph_.result(*node, i));
  ++text_.expanded;
  return text_.expanded <= max_expanded_nodes ||
         text_.fail_at(begin, "E0103",
                       "'" + graph_.name + "' has more than " + std::to_string(max_expanded_nodes) +
                           " nodes with its calls expanded");
}

bool BodyParser::unknown_operation(Cursor::Mark begin, std::string_view name) {
  std::vector<std::string_view> known;
  for (const OpRow* row : graph_.context().ops.rows())
    if (!row->leaf) known.push_back(row->name);
  return text_.fail_at(begin, "E0303", "there is no operation '" + std::string(name) + "'",
                       did_you_mean(name, known));
}

bool BodyParser::attributes(const OpRow& row, Attrs& attrs) {
  if (!cursor_.accept("{")) return true;
  do {
    const auto begin = cursor_.mark();
    const std::string name(cursor_.word());
    if (name.empty()) return text_.fail(unexpected(cursor_, "an attribute's name"));
    const int position = attr_position(row, name);
    if (position < 0) {
      std::vector<std::string_view> known;
      for (const AttrSpec& spec : row.attrs) known.push_back(spec.name);
      return text_.fail_at(begin, "E0204", row.name + ": unknown attribute '" + name + "'",
                           did_you_mean(name, known));
    }
    AttrValue& value = attrs[static_cast<std::size_t>(position)];
    if (!absent(value))
      return text_.fail_at(begin, "E0305", row.name + ": attribute '" + name + "' is there twice");
    if (!text_.expect("=") || !attribute(row.attrs[static_cast<std::size_t>(position)].kind, value))
      return false;
  } while (cursor_.accept(","));
  return text_.expect("}");
}

bool BodyParser::attribute(AttrKind kind, AttrValue& value) {
  if (kind == AttrKind::body) return body(value);
  auto read = read_attribute(cursor_, kind);
  if (!read) return text_.fail(read.error());
  value = std::move(*read);
  return true;
}

bool BodyParser::body(AttrValue& value) {
  const auto begin = cursor_.mark();
  if (!text_.expect("@")) return false;
  const auto name = cursor_.name();
  if (!name) return text_.fail(unexpected(cursor_, "a function's name"));
  const auto found = text_.functions.by_name.find(*name);
  if (found == text_.functions.by_name.end())
    return text_.fail_at(begin, "E0312", "no function above this line is called '" + *name + "'",
                         suggestion(text_.functions.by_name, *name));
  TextFunction& function = text_.functions.list[found->second];
  function.called = true;
  value = Body{function.graph};
  text_.expanded += text_.functions.expanded[found->second];
  return true;
}

} // namespace nnc
