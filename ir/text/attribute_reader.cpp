#include "ir/text/attribute_reader.h"

#include <algorithm>

namespace nnc {
namespace {

/// What is wrong with a type stands at the type.
Error placed(Error error, Place place) {
  error.place = std::move(place);
  return error;
}

template <class T, class Read>
Result<std::vector<T>> read_list(Cursor& cursor, Read read) {
  std::vector<T> list;
  if (!cursor.accept("[")) return unexpected(cursor, "'['");
  if (cursor.accept("]")) return list;
  do {
    auto item = read();
    if (!item) return item.error();
    list.push_back(std::move(*item));
  } while (cursor.accept(","));
  if (!cursor.accept("]")) return unexpected(cursor, "',' or ']'");
  return list;
}

Result<std::int64_t> read_integer(Cursor& cursor) {
  if (const auto value = cursor.integer()) return *value;
  return unexpected(cursor, "a whole number");
}

Result<bool> read_boolean(Cursor& cursor) {
  if (cursor.accept_word("true")) return true;
  if (cursor.accept_word("false")) return false;
  return unexpected(cursor, "true or false");
}

/// An element of a literal as the bytes hold it.
struct Element {
  double real = 0;
  std::int64_t integer = 0;
};

Result<Element> read_element(Cursor& cursor, DType dtype) {
  if (is_float(dtype)) {
    if (const auto value = cursor.real()) return Element{.real = *value};
    return unexpected(cursor, "a number");
  }
  const auto begin = cursor.mark();
  std::int64_t value = 0;
  if (dtype == DType::boolean) {
    auto truth = read_boolean(cursor);
    if (!truth) return truth.error();
    value = *truth;
  } else {
    auto integer = read_integer(cursor);
    if (!integer) return integer.error();
    value = *integer;
  }
  if (wrap_integer(dtype, value) != value)
    return Error{.code = "E0130",
                 .message =
                     std::to_string(value) + " does not fit " + std::string(dtype_name(dtype)),
                 .place = cursor.place(begin)};
  return Element{.integer = value};
}

Literal make_literal(const Type& type, const std::vector<Element>& elements) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    if (is_float(type.dtype))
      store_real(type.dtype, bytes->data(), at, elements[i].real);
    else
      store_integer(type.dtype, bytes->data(), at, elements[i].integer);
  }
  return {type, std::move(bytes)};
}

Result<AttrValue> widened(auto result) {
  if (!result) return std::move(result).error();
  return AttrValue(std::move(*result));
}

} // namespace

Error unexpected(Cursor& cursor, std::string_view wanted) {
  return {.code = "E0130",
          .message = std::string(wanted) + " should come here, not " + cursor.found(),
          .place = cursor.here()};
}

Result<Type> read_type(Cursor& cursor) {
  const auto begin = cursor.mark();
  std::string text(cursor.word());
  if (text.empty()) return unexpected(cursor, "a type like f32[2,3]");
  if (cursor.accept("[")) {
    text += '[';
    while (!cursor.at_end() && cursor.peek() != ']' && text.size() < 400) {
      if (cursor.accept(",")) {
        text += ',';
        continue;
      }
      const auto size = cursor.name();
      if (!size) return unexpected(cursor, "a size");
      text += *size;
    }
    if (!cursor.accept("]")) return unexpected(cursor, "']'");
    text += ']';
  }
  auto type = parse_type(text);
  if (!type) return placed(type.error(), cursor.place(begin));
  return type;
}

bool begins_literal(std::string_view word, Cursor& cursor) {
  return dtype_from_name(word) && (cursor.peek() == '(' || cursor.peek() == '[');
}

Result<LiteralText> read_literal(Cursor& cursor) {
  const auto begin = cursor.mark();
  const auto dtype = dtype_from_name(cursor.word());
  if (!dtype) return cursor.rewind(begin), unexpected(cursor, "a dtype like f32");
  Type type{*dtype, {}};
  if (cursor.peek() == '[') {
    cursor.rewind(begin);
    auto read = read_type(cursor);
    if (!read) return read.error();
    type = std::move(*read);
  }
  if (!cursor.accept("(")) return unexpected(cursor, "'(' and a value");
  const auto element = [&] { return read_element(cursor, type.dtype); };
  LiteralText text{.type = type, .splat = cursor.peek() != '[', .literal = {}};
  if (text.splat) {
    auto value = element();
    if (!value) return value.error();
    text.literal = make_literal({type.dtype, {}}, {*value});
  } else {
    const auto list_begin = cursor.mark();
    auto values = read_list<Element>(cursor, element);
    if (!values) return values.error();
    if (static_cast<std::int64_t>(values->size()) != type.elements())
      return Error{.code = "E0130",
                   .message = to_string(type) + " has " + std::to_string(type.elements()) +
                              " elements, the list " + std::to_string(values->size()),
                   .place = cursor.place(list_begin)};
    text.literal = make_literal(type, *values);
  }
  if (!cursor.accept(")")) return unexpected(cursor, "')'");
  return text;
}

Result<AttrValue> read_attribute(Cursor& cursor, AttrKind kind) {
  const auto integers = [&] {
    return read_list<std::int64_t>(cursor, [&] { return read_integer(cursor); });
  };
  switch (kind) {
  case AttrKind::integer:
    return widened(read_integer(cursor));
  case AttrKind::real:
    if (const auto value = cursor.real()) return AttrValue(*value);
    return unexpected(cursor, "a number");
  case AttrKind::boolean:
    return widened(read_boolean(cursor));
  case AttrKind::string:
    if (auto value = cursor.string()) return AttrValue(std::move(*value));
    return unexpected(cursor, "a string in double quotes");
  case AttrKind::integers:
    return widened(integers());
  case AttrKind::integer_lists:
    return widened(read_list<std::vector<std::int64_t>>(cursor, integers));
  case AttrKind::dtype: {
    const auto begin = cursor.mark();
    if (const auto dtype = dtype_from_name(cursor.word())) return AttrValue(*dtype);
    cursor.rewind(begin);
    return unexpected(cursor, "a dtype like f32");
  }
  case AttrKind::type:
    return widened(read_type(cursor));
  case AttrKind::literal: {
    auto read = read_literal(cursor);
    if (!read) return read.error();
    return AttrValue(std::move(read->literal));
  }
  case AttrKind::body:
    break;
  }
  throw InternalError("read_attribute: a body");
}

} // namespace nnc
