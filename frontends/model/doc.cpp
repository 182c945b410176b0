#include "frontends/model/doc.h"

#include "ir/messages.h"
#include "ir/suggestion.h"

#include <algorithm>
#include <array>

namespace nnc {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

} // namespace

Errors in_order(Errors errors) {
  std::ranges::stable_sort(errors, {}, [](const Error& error) {
    return std::pair(error.place.line, error.place.column);
  });
  Errors kept;
  for (Error& error : errors) {
    if (kept.size() == error_limit) break;
    const bool known = std::ranges::any_of(kept, [&](const Error& other) {
      return other.place == error.place && other.message == error.message;
    });
    if (!known) kept.push_back(std::move(error));
  }
  return kept;
}

const AttrDoc* AttrDoc::find(std::string_view key) const {
  const auto* object = get<AttrObject>();
  if (!object) return nullptr;
  const auto found =
      std::ranges::find_if(*object, [&](const AttrEntry& entry) { return entry.key.text == key; });
  return found == object->end() ? nullptr : &found->value;
}

std::string_view kind_name(const AttrDoc& value) {
  constexpr std::array<std::string_view, 7> names = {
      "null", "true or false", "a number", "a string", "a name", "a list", "an object"};
  return names[value.value.index()];
}

const FunctionDoc* ModelDoc::function(std::string_view function_name) const {
  const auto found = std::ranges::find_if(
      functions, [&](const FunctionDoc& f) { return f.name.text == function_name; });
  return found == functions.end() ? nullptr : &*found;
}

std::vector<const LeafDoc*> ModelDoc::leaves() const {
  std::vector<const LeafDoc*> all;
  for (const auto* group : {&inputs, &params, &state, &constants})
    for (const LeafDoc& leaf : *group) all.push_back(&leaf);
  return all;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && letter(text[0]) &&
         std::ranges::all_of(text, [](char c) {
           return letter(c) || digit(c) || c == '.' || c == '/' || c == '-';
         });
}

bool is_bare_name(std::string_view text) {
  return is_name(text) && text.find_first_of("./-") == std::string_view::npos;
}

std::string written_name(std::string_view name) {
  return is_bare_name(name) ? std::string(name) : "`" + std::string(name) + "`";
}

std::string to_string(const TypeDoc& type) {
  std::string text = std::string(dtype_name(type.dtype)) + "[";
  for (const SizeDoc& size : type.shape) {
    if (text.back() != '[') text += ',';
    text += size.symbol.empty() ? std::to_string(size.value) : size.symbol;
  }
  return text + "]";
}

Result<TypeDoc> parse_type_doc(std::string_view text, Mark mark, const std::string& file) {
  // The text of a JSON string starts one column after its quote.
  const auto fail = [&](std::string code, std::size_t at, std::size_t length, std::string what) {
    return Error{.code = std::move(code),
                 .message = std::move(what),
                 .place = {file, mark.line, mark.column + 1 + static_cast<int>(at),
                           static_cast<int>(std::max<std::size_t>(length, 1))},
                 .help = "write a type like f32[32,784]; a scalar is f32[]"};
  };
  const std::size_t open = text.find('[');
  const auto dtype = dtype_from_name(text.substr(0, open));
  if (!dtype) {
    const std::size_t length = std::min(open, text.size());
    Error error = fail("E0201", 0, length, quote(text.substr(0, open)) + " is not a dtype");
    if (std::string help = dtype_help(text.substr(0, open)); !help.empty())
      error.help = std::move(help);
    return error;
  }
  if (open == std::string_view::npos || text.back() != ']')
    return fail("E0201", 0, text.size(), quote(text) + " is not a type");
  TypeDoc type{.dtype = *dtype, .mark = mark};
  for (std::size_t at = open + 1; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size() - 1);
    const std::string_view size = text.substr(at, end - at);
    if (size.empty() && end == text.size() - 1 && type.shape.empty() && at == open + 1) break;
    if (is_bare_name(size)) {
      type.shape.push_back({.symbol = std::string(size)});
    } else {
      std::int64_t value = 0;
      const bool digits = !size.empty() && size.size() <= 13 && std::ranges::all_of(size, digit);
      if (digits)
        for (const char c : size) value = value * 10 + (c - '0');
      if (!digits || value > max_size)
        return fail("E0109", at, size.size(),
                    quote(size) + " is not a size: 0 to 2^40 in plain digits, or a symbol");
      type.shape.push_back({.value = value});
    }
    if (type.shape.size() > static_cast<std::size_t>(max_rank))
      return fail("E0202", 0, text.size(), "a type of more than 16 sizes");
    at = end + 1;
  }
  return type;
}

} // namespace nnc
