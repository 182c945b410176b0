#include "frontends/json/fields.h"

#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nnc {

void Fields::fail(std::string code, Mark mark, std::string message, std::string help) {
  errors_.push_back({.code = std::move(code),
                     .message = std::move(message),
                     .place = {file, mark.line, mark.column, mark.length},
                     .help = std::move(help)});
}

namespace {

std::string wrong_kind(std::string_view what, std::string_view wanted, const AttrDoc& found) {
  return fmt::format("{} is {}, not {}", what, wanted, kind_name(found));
}

} // namespace

AttrObject* Fields::object(AttrDoc& value, std::string_view what) {
  auto* found = std::get_if<AttrObject>(&value.value);
  if (!found) fail("E0107", value.mark, wrong_kind(what, "an object", value));
  return found;
}

AttrList* Fields::list(AttrDoc& value, std::string_view what) {
  auto* found = std::get_if<AttrList>(&value.value);
  if (!found) fail("E0107", value.mark, wrong_kind(what, "a list", value));
  return found;
}

std::string Fields::string(const AttrDoc& value, std::string_view what) {
  if (const auto* text = value.get<std::string>()) return *text;
  fail("E0107", value.mark, wrong_kind(what, "a string", value));
  return {};
}

bool Fields::boolean(const AttrDoc& value, std::string_view what) {
  if (const auto* found = value.get<bool>()) return *found;
  fail("E0107", value.mark, wrong_kind(what, "true or false", value));
  return false;
}

NameDoc Fields::name(NameDoc text, std::string_view what) {
  if (is_name(text.text)) return text;
  fail("E0108", text.mark, fmt::format("{} {} is not a name", what, quote(text.text)),
       text.text.size() > 255 ? "names have at most 255 bytes"
                              : "a letter or _ first, then letters, digits and _ . / -");
  return {};
}

NameDoc Fields::name(const AttrDoc& value, std::string_view what) {
  const auto* text = value.get<std::string>();
  if (text) return name(NameDoc{*text, value.mark}, what);
  fail("E0107", value.mark, wrong_kind(what, "a name", value));
  return {};
}

std::vector<NameDoc> Fields::names(AttrDoc& value, std::string_view what) {
  std::vector<NameDoc> result;
  if (value.get<std::string>()) {
    result.push_back(name(value, what));
  } else if (auto* items = std::get_if<AttrList>(&value.value)) {
    for (const AttrDoc& item : *items) result.push_back(name(item, what));
  } else {
    fail("E0107", value.mark, wrong_kind(what, "a name or a list of names", value));
  }
  std::erase_if(result, [](const NameDoc& one) { return one.text.empty(); });
  return result;
}

SizeDoc Fields::size(const AttrDoc& value, std::string_view what) {
  const auto* number = value.get<NumberDoc>();
  if (!number) {
    fail("E0107", value.mark, wrong_kind(what, "a number", value));
  } else if (!number->integer || *number->integer < 0 || *number->integer > max_size) {
    fail("E0109", value.mark,
         fmt::format("{} {} is not a size", what,
                     std::abs(number->real) < 0x1p53 ? number_text(*number) : "this number"),
         "a size is 0 to 2^40, in plain digits");
  } else {
    return {.value = *number->integer};
  }
  return {};
}

std::optional<TypeDoc> Fields::type(const AttrDoc& value, std::string_view what) {
  const auto* text = value.get<std::string>();
  if (!text) {
    fail("E0107", value.mark, wrong_kind(what, "a type such as \"f32[N,64]\"", value));
    return std::nullopt;
  }
  auto parsed = parse_type_doc(*text, value.mark, file);
  if (parsed) return std::move(*parsed);
  fail(parsed.error());
  return std::nullopt;
}

bool Fields::each(AttrObject& object, std::string_view what, std::span<const Field> fields) {
  bool all = true;
  for (AttrEntry& entry : object) {
    if (ignored(entry.key.text)) continue;
    const auto found = std::ranges::find(fields, entry.key.text, &Field::key);
    if (found != fields.end()) {
      found->read(entry);
      continue;
    }
    std::vector<std::string_view> known;
    for (const Field& field : fields) known.push_back(field.key);
    std::string help = did_you_mean(entry.key.text, known);
    if (help.empty()) help = fmt::format("the keys are {}", fmt::join(known, " "));
    fail("E0105", entry.key.mark, fmt::format("{} has no key {}", what, quote(entry.key.text)),
         std::move(help));
    const auto meant = nearest_name(entry.key.text, known);
    const auto same = [&](const AttrEntry& other) { return other.key.text == *meant; };
    if (meant && std::ranges::none_of(object, same))
      std::ranges::find(fields, *meant, &Field::key)->read(entry);
    else
      all = all && !entry.value.get<AttrObject>() && !entry.value.get<AttrList>();
  }
  return all;
}

std::string number_text(const NumberDoc& number) {
  if (number.integer) {
    return *number.integer == 0 && std::signbit(number.real) ? "-0"
                                                             : std::to_string(*number.integer);
  }
  std::string text = fmt::format("{}", number.real);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

} // namespace nnc
