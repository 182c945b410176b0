// One function of a graph text while it is read: the graph so far, what its names stand for, and
// the errors. The readers of the header (parse.cpp) and of the lines (parse_body.h) share it.
#pragma once

#include "ir/messages.h"
#include "ir/text/attribute_reader.h"
#include "ir/text/parse.h"

#include <algorithm>

namespace nnc {

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

struct FunctionText {
  FunctionText(Context& text_context, Cursor& text, std::vector<Error>& list, Functions& known)
      : context(text_context), cursor(text), errors(list), functions(known),
        graph(text_context, "") {}

  Context& context;
  Cursor& cursor;
  std::vector<Error>& errors;
  Functions& functions;
  Graph graph;
  ByName<Value> values;      ///< invalid where the definition failed
  std::int64_t expanded = 0; ///< nodes with calls expanded

  // Each reader below returns false after an error.
  bool fail(Error error);
  bool fail_at(Cursor::Mark from, std::string code, std::string message, std::string help = {});
  bool expect(std::string_view symbol);
  /// `%name`
  bool value_name(std::string& name);
};

/// "did you mean": the nearest of the names in a map.
template <class T>
std::string suggestion(const ByName<T>& map, std::string_view name) {
  constexpr std::size_t enough = 1000; // a suggestion is not worth comparing a million names
  std::vector<std::string_view> known;
  for (const auto& [each, value] : map)
    if (known.size() < enough) known.push_back(each);
  std::ranges::sort(known);
  return did_you_mean(name, known);
}

} // namespace nnc
