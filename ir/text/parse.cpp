#include "ir/text/parse.h"

#include "ir/builder.h"
#include "ir/suggest.h"
#include "ir/text/attribute_reader.h"

#include <algorithm>

namespace nnc {
namespace {

struct TextHash : std::hash<std::string_view> {
  using is_transparent = void;
};
template <class T>
using ByName = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// Functions read so far.
struct Functions {
  std::vector<TextFunction> list;
  std::vector<std::int64_t> expanded; ///< nodes with calls expanded
  ByName<std::size_t> by_name;
};

template <class Map>
std::string suggestion(const Map& map, std::string_view name) {
  constexpr std::size_t enough = 1000; // a suggestion is not worth comparing a million names
  std::vector<std::string_view> known;
  for (const auto& [each, value] : map)
    if (known.size() < enough) known.push_back(each);
  std::ranges::sort(known);
  return did_you_mean(name, known);
}

class FunctionParser {
public:
  FunctionParser(Context& context, Cursor& cursor, std::vector<Error>& errors, Functions& functions)
      : context_(context), cursor_(cursor), errors_(errors), functions_(functions),
        graph_(context, "") {}

  /// False when the rest of the text cannot be read.
  bool run() {
    if (!header() || !expect("{")) return false;
    while (!cursor_.accept("}")) {
      if (errors_.size() >= max_text_errors) return false;
      if (cursor_.at_end()) return fail(unexpected(cursor_, "'}'"));
      if (!statement()) skip_statement();
    }
    finish_ports();
    return true;
  }

  Graph take() { return std::move(graph_); }
  std::int64_t expanded() const { return expanded_; }

private:
  struct Port {
    std::string name;
    std::string value;
    Place place;
  };

  bool fail(Error error) {
    if (errors_.size() < max_text_errors) errors_.push_back(std::move(error));
    return false;
  }
  bool expect(std::string_view symbol) {
    return cursor_.accept(symbol) || fail(unexpected(cursor_, "'" + std::string(symbol) + "'"));
  }
  bool error_at(Cursor::Mark from, std::string code, std::string message, std::string help = {}) {
    return fail({.code = std::move(code),
                 .message = std::move(message),
                 .place = cursor_.place(from),
                 .help = std::move(help)});
  }

  // ---- the header ----

  bool header() {
    if (!cursor_.accept_word("func")) return fail(unexpected(cursor_, "func"));
    const auto begin = cursor_.mark();
    if (!expect("@")) return false;
    auto name = cursor_.name();
    if (!name) return fail(unexpected(cursor_, "the function's name"));
    if (functions_.by_name.contains(*name))
      error_at(begin, "E0305", "function '" + *name + "' is there twice");
    graph_.name = std::move(*name);
    if (!leaves() || !expect("->") || !ports(outputs_, false)) return false;
    return !cursor_.accept_word("update") || ports(updates_, true);
  }

  bool leaves() {
    if (!expect("(")) return false;
    if (cursor_.accept(")")) return true;
    do {
      if (!leaf()) return false;
    } while (cursor_.accept(","));
    return expect(")");
  }

  bool leaf() {
    auto begin = cursor_.mark();
    Role role = Role::input;
    if (const auto word = cursor_.word(); !word.empty()) {
      const auto known = role_from_name(word);
      if (!known) return cursor_.rewind(begin), fail(unexpected(cursor_, "a role or '%'"));
      role = *known;
      begin = cursor_.mark();
    }
    std::string name;
    if (!value_name(name)) return false;
    const Place place = cursor_.place(begin);
    if (!expect(":")) return false;
    const auto type = read_type(cursor_);
    if (!type) return fail(type.error());
    const OriginId origin = context_.origins.add({.place = place});
    if (values_.contains(name))
      return fail({.code = "E0305", .message = "'" + name + "' is there twice", .place = place});
    const Value leaf = graph_.add_leaf(name, role, *type, origin);
    values_.emplace(std::move(name), leaf);
    return true;
  }

  bool ports(std::vector<Port>& list, bool named) {
    if (!expect("(")) return false;
    if (cursor_.accept(")")) return true;
    do {
      Port port;
      const auto begin = cursor_.mark();
      if (cursor_.peek() != '%') {
        auto name = cursor_.name();
        if (!name) return fail(unexpected(cursor_, "'%' and a name"));
        port.name = std::move(*name);
        if (!expect("=")) return false;
      }
      if (!value_name(port.value)) return false;
      port.place = cursor_.place(begin);
      if (port.name.empty()) port.name = port.value;
      const bool twice =
          std::ranges::any_of(list, [&](const Port& other) { return other.name == port.name; });
      if (twice)
        fail({.code = "E0305",
              .message =
                  std::string(named ? "update of '" : "output '") + port.name + "' is there twice",
              .place = port.place});
      list.push_back(std::move(port));
    } while (cursor_.accept(","));
    return expect(")");
  }

  bool value_name(std::string& name) {
    if (!expect("%")) return false;
    auto read = cursor_.name();
    if (!read) return fail(unexpected(cursor_, "a name"));
    name = std::move(*read);
    return true;
  }

  /// Outputs and updates stand above the values that they name.
  void finish_ports() {
    for (Port& port : outputs_)
      if (const Value value = port_value(port); value.valid())
        graph_.outputs.push_back({std::move(port.name), value});
    for (Port& port : updates_) {
      const Value value = port_value(port);
      const auto target = values_.find(port.name);
      const bool is_leaf =
          target != values_.end() && target->second.valid() && graph_.is_leaf(target->second);
      const Role role = is_leaf ? graph_.role(target->second) : Role::input;
      if (role != Role::param && role != Role::state) {
        fail({.code = "E0309",
              .message = "'" + port.name + "' is no param or state, so it cannot be updated",
              .place = port.place});
      } else if (value.valid() && graph_.type(value) != graph_.type(target->second)) {
        fail({.code = "E0309",
              .message = "'" + port.name + "' is " + to_string(graph_.type(target->second)) +
                         ", its new value '" + port.value + "' " + to_string(graph_.type(value)),
              .place = port.place});
      } else if (value.valid()) {
        graph_.updates.push_back({std::move(port.name), value});
      }
    }
  }

  Value port_value(const Port& port) {
    const auto found = values_.find(port.value);
    if (found == values_.end())
      fail({.code = "E0301",
            .message = "no value is called '" + port.value + "'",
            .place = port.place,
            .help = suggestion(values_, port.value)});
    return found == values_.end() ? Value{} : found->second;
  }

  // ---- statements ----

  bool statement() {
    results_.clear();
    const auto begin = cursor_.mark();
    do {
      const auto at = cursor_.mark();
      std::string name;
      if (!value_name(name)) return false;
      if (const auto [entry, fresh] = values_.try_emplace(name, Value{}); !fresh) {
        error_at(at, "E0305", "'" + name + "' is there twice");
        name.clear(); // keeps its first meaning
      }
      results_.push_back(std::move(name));
    } while (cursor_.accept(","));
    if (!expect("=")) return false;
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

  /// Reads the types at the end of a line and compares them.
  bool check_types(Cursor::Mark begin, std::span<const Value> values, bool known) {
    if (known && values.size() != results_.size())
      return error_at(begin, "E0309",
                      "the operation has " + std::to_string(values.size()) + " results, not " +
                          std::to_string(results_.size()));
    const auto at = cursor_.mark();
    std::string actual;
    for (const Value value : values)
      actual += (actual.empty() ? "" : ", ") + to_string(graph_.type(value));
    if (!cursor_.accept(":")) {
      Error error = unexpected(cursor_, "':' and the type");
      if (known) error.help = "it is " + actual;
      return fail(std::move(error));
    }
    for (std::size_t i = 0; i < results_.size(); ++i) {
      if (i && !expect(",")) return false;
      const auto type_begin = cursor_.mark();
      const auto type = read_type(cursor_);
      if (!type) return fail(type.error());
      if (known && *type != graph_.type(values[i]))
        return error_at(type_begin, "E0308",
                        "the type is written " + to_string(*type) + ", but it is " +
                            to_string(graph_.type(values[i])));
    }
    if (cursor_.peek() == ',') return error_at(at, "E0309", "there are more types than results");
    return true;
  }

  /// What could not be read defines no value; lines that use its results stay silent.
  void skip_statement() {
    const auto at_statement = [&] { return cursor_.peek() == '%' || cursor_.peek() == '}'; };
    if (cursor_.begins_line() && at_statement()) return;
    do cursor_.skip_line();
    while (!cursor_.at_end() && !at_statement());
  }

  /// A literal or an operation; `known` becomes false when an operand failed before.
  bool expression(std::vector<Value>& results, bool& known) {
    const auto begin = cursor_.mark();
    const std::string_view word = cursor_.word();
    if (word.empty()) return fail(unexpected(cursor_, "an operation"));
    if (begins_literal(word, cursor_)) {
      cursor_.rewind(begin);
      results.assign(1, Value{});
      return literal(begin, results[0]);
    }
    return operation(begin, word, results, known, 0);
  }

  bool literal(Cursor::Mark begin, Value& result) {
    auto read = read_literal(cursor_);
    if (!read) return fail(read.error());
    Builder builder(graph_);
    builder.origin = context_.origins.add({.place = cursor_.place(begin)});
    result = builder.literal(std::move(read->literal));
    if (read->splat && !read->type.scalar())
      result = builder.broadcast(result, read->type.shape, {});
    if (auto error = builder.take_error()) return fail(std::move(*error));
    return true;
  }

  bool operand(Value& value, bool& known, int depth) {
    const auto begin = cursor_.mark();
    if (cursor_.peek() == '%') {
      std::string name;
      if (!value_name(name)) return false;
      const auto found = values_.find(name);
      if (found == values_.end())
        return error_at(begin, "E0301", "no value above this line is called '" + name + "'",
                        suggestion(values_, name));
      value = found->second;
      known = known && value.valid();
      return true;
    }
    const std::string_view word = cursor_.word();
    if (word.empty()) return fail(unexpected(cursor_, "an operand"));
    if (begins_literal(word, cursor_)) {
      cursor_.rewind(begin);
      return literal(begin, value);
    }
    if (depth >= max_text_depth)
      return error_at(begin, "E0103",
                      "operations inside operands deeper than " + std::to_string(max_text_depth) +
                          " levels");
    if (cursor_.peek() != '(') return fail(unexpected(cursor_, "'(' after " + std::string(word)));
    std::vector<Value> results;
    if (!operation(begin, word, results, known, depth + 1)) return false;
    if (known && results.size() != 1)
      return error_at(begin, "E0309",
                      "an operand is one value, not " + std::to_string(results.size()));
    if (known) value = results[0];
    return true;
  }

  // Recursion follows operations inside operands, to `max_text_depth`.
  bool operation(Cursor::Mark begin, std::string_view name, std::vector<Value>& results,
                 bool& known, int depth) {
    const OpRow* row = context_.ops.find(name);
    if (!row || is_leaf_row(*row)) return unknown_operation(begin, name);
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
    if (enclosed && !expect(")")) return false;
    if (!known) return true;
    const OriginId origin = context_.origins.add({.place = cursor_.place(begin)});
    const auto node = graph_.add(*row, operands, std::move(attrs), origin);
    if (!node) return fail(node.error());
    for (int i = 0; i < graph_.node(*node).result_count; ++i)
      results.push_back(graph_.result(*node, i));
    ++expanded_;
    return expanded_ <= max_expanded_nodes ||
           error_at(begin, "E0103",
                    "'" + graph_.name + "' has more than " + std::to_string(max_expanded_nodes) +
                        " nodes with its calls expanded");
  }

  /// Leaves stand in the header only.
  bool is_leaf_row(const OpRow& row) const { return &row == &context_.ops.at("input"); }

  bool unknown_operation(Cursor::Mark begin, std::string_view name) {
    std::vector<std::string_view> known;
    for (const OpRow* row : context_.ops.rows())
      if (!is_leaf_row(*row)) known.push_back(row->name);
    return error_at(begin, "E0303", "there is no operation '" + std::string(name) + "'",
                    did_you_mean(name, known));
  }

  bool attributes(const OpRow& row, Attrs& attrs) {
    if (!cursor_.accept("{")) return true;
    do {
      const auto begin = cursor_.mark();
      const std::string name(cursor_.word());
      if (name.empty()) return fail(unexpected(cursor_, "an attribute's name"));
      const int position = attr_position(row, name);
      if (position < 0) {
        std::vector<std::string_view> known;
        for (const AttrSpec& spec : row.attrs) known.push_back(spec.name);
        return error_at(begin, "E0204", row.name + ": unknown attribute '" + name + "'",
                        did_you_mean(name, known));
      }
      AttrValue& value = attrs[static_cast<std::size_t>(position)];
      if (!absent(value))
        return error_at(begin, "E0305", row.name + ": attribute '" + name + "' is there twice");
      if (!expect("=") || !attribute(row.attrs[static_cast<std::size_t>(position)].kind, value))
        return false;
    } while (cursor_.accept(","));
    return expect("}");
  }

  bool attribute(AttrKind kind, AttrValue& value) {
    if (kind == AttrKind::body) return body(value);
    auto read = read_attribute(cursor_, kind);
    if (!read) return fail(read.error());
    value = std::move(*read);
    return true;
  }

  bool body(AttrValue& value) {
    const auto begin = cursor_.mark();
    if (!expect("@")) return false;
    const auto name = cursor_.name();
    if (!name) return fail(unexpected(cursor_, "a function's name"));
    const auto found = functions_.by_name.find(*name);
    if (found == functions_.by_name.end())
      return error_at(begin, "E0312", "no function above this line is called '" + *name + "'",
                      suggestion(functions_.by_name, *name));
    TextFunction& function = functions_.list[found->second];
    function.called = true;
    value = Body{function.graph};
    expanded_ += functions_.expanded[found->second];
    return true;
  }

  Context& context_;
  Cursor& cursor_;
  std::vector<Error>& errors_;
  Functions& functions_;
  Graph graph_;
  ByName<Value> values_; ///< invalid where the definition failed
  std::vector<Port> outputs_, updates_;
  std::vector<std::string> results_; ///< names that the statement defines
  std::int64_t expanded_ = 0;
};

} // namespace

Parsed<std::vector<TextFunction>> parse_module(Context& context, std::string_view text,
                                               const std::string& file) {
  Cursor cursor(text, file);
  std::vector<Error> errors;
  Functions functions;
  do {
    FunctionParser parser(context, cursor, errors, functions);
    if (!parser.run()) break;
    auto graph = std::make_shared<Graph>(parser.take());
    functions.by_name.emplace(graph->name, functions.list.size());
    functions.list.push_back({std::move(graph)});
    functions.expanded.push_back(parser.expanded());
  } while (!cursor.at_end() && errors.size() < max_text_errors);
  if (!errors.empty()) {
    std::ranges::stable_sort(errors, {}, [](const Error& error) {
      return std::pair(error.place.line, error.place.column);
    });
    return errors;
  }
  return std::move(functions.list);
}

Parsed<Graph> parse_graph(Context& context, std::string_view text, const std::string& file) {
  auto module = parse_module(context, text, file);
  if (auto* errors = std::get_if<std::vector<Error>>(&module)) return std::move(*errors);
  std::vector<TextFunction>& functions = std::get<0>(module);
  std::erase_if(functions, [](const TextFunction& function) { return function.called; });
  if (functions.size() != 1)
    return std::vector<Error>{{.code = "E0309",
                               .message = "the text has " + std::to_string(functions.size()) +
                                          " functions that no other calls, not one",
                               .place = {file, 1, 1}}};
  return std::move(*functions[0].graph);
}

} // namespace nnc
