#include "ir/text/parse.h"

#include "ir/text/parse_body.h"

#include <algorithm>

namespace nnc {
namespace {

/// Reads a function: its header here, its lines through `BodyParser`.
class FunctionParser : FunctionText {
public:
  FunctionParser(Context& context, Cursor& cursor, std::vector<Error>& errors, Functions& functions)
      : FunctionText(context, cursor, errors, functions) {}

  /// False when the rest of the text cannot be read.
  bool run() {
    if (!header() || !expect("{") || !BodyParser(*this).run()) return false;
    finish_ports();
    return true;
  }

  using FunctionText::expanded;
  Graph take() { return std::move(graph); }

private:
  struct Port {
    std::string name;
    std::string value;
    Place place;
  };

  bool header() {
    if (!cursor.accept_word("func")) return fail(unexpected(cursor, "func"));
    const auto begin = cursor.mark();
    if (!expect("@")) return false;
    auto name = cursor.name();
    if (!name) return fail(unexpected(cursor, "the function's name"));
    if (functions.by_name.contains(*name))
      fail_at(begin, "E0305", "function '" + *name + "' is there twice");
    graph.name = std::move(*name);
    if (!leaves() || !expect("->") || !ports(outputs_, false)) return false;
    return !cursor.accept_word("update") || ports(updates_, true);
  }

  bool leaves() {
    if (!expect("(")) return false;
    if (cursor.accept(")")) return true;
    do {
      if (!leaf()) return false;
    } while (cursor.accept(","));
    return expect(")");
  }

  bool leaf() {
    auto begin = cursor.mark();
    Role role = Role::input;
    if (const auto word = cursor.word(); !word.empty()) {
      const auto known = role_from_name(word);
      if (!known) return cursor.rewind(begin), fail(unexpected(cursor, "a role or '%'"));
      role = *known;
      begin = cursor.mark();
    }
    std::string name;
    if (!value_name(name)) return false;
    const Place place = cursor.place(begin);
    if (!expect(":")) return false;
    const auto type = read_type(cursor);
    if (!type) return fail(type.error());
    const OriginId origin = context.origins.add({.place = place});
    if (values.contains(name))
      return fail({.code = "E0305", .message = "'" + name + "' is there twice", .place = place});
    const Value leaf = graph.add_leaf(name, role, *type, origin);
    values.emplace(std::move(name), leaf);
    return true;
  }

  bool ports(std::vector<Port>& list, bool named) {
    if (!expect("(")) return false;
    if (cursor.accept(")")) return true;
    do {
      Port port;
      const auto begin = cursor.mark();
      if (cursor.peek() != '%') {
        auto name = cursor.name();
        if (!name) return fail(unexpected(cursor, "'%' and a name"));
        port.name = std::move(*name);
        if (!expect("=")) return false;
      }
      if (!value_name(port.value)) return false;
      port.place = cursor.place(begin);
      if (port.name.empty()) port.name = port.value;
      const bool twice =
          std::ranges::any_of(list, [&](const Port& other) { return other.name == port.name; });
      if (twice)
        fail({.code = "E0305",
              .message =
                  std::string(named ? "update of '" : "output '") + port.name + "' is there twice",
              .place = port.place});
      list.push_back(std::move(port));
    } while (cursor.accept(","));
    return expect(")");
  }

  /// Outputs and updates stand above the values that they name.
  void finish_ports() {
    for (Port& port : outputs_)
      if (const Value value = port_value(port); value.valid())
        graph.outputs.push_back({std::move(port.name), value});
    for (Port& port : updates_) {
      const Value value = port_value(port);
      const auto target = values.find(port.name);
      const bool is_leaf =
          target != values.end() && target->second.valid() && graph.is_leaf(target->second);
      const Role role = is_leaf ? graph.role(target->second) : Role::input;
      if (role != Role::param && role != Role::state) {
        fail({.code = "E0309",
              .message = "'" + port.name + "' is no param or state, so it cannot be updated",
              .place = port.place});
      } else if (value.valid() && graph.type(value) != graph.type(target->second)) {
        fail({.code = "E0309",
              .message = "'" + port.name + "' is " + to_string(graph.type(target->second)) +
                         ", its new value '" + port.value + "' " + to_string(graph.type(value)),
              .place = port.place});
      } else if (value.valid()) {
        graph.updates.push_back({std::move(port.name), value});
      }
    }
  }

  Value port_value(const Port& port) {
    const auto found = values.find(port.value);
    if (found == values.end())
      fail({.code = "E0301",
            .message = "no value is called '" + port.value + "'",
            .place = port.place,
            .help = suggestion(values, port.value)});
    return found == values.end() ? Value{} : found->second;
  }

  std::vector<Port> outputs_, updates_;
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
    functions.expanded.push_back(parser.expanded);
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
