#include "frontends/model/attributes.h"

#include "frontends/nn/counted.h"
#include "frontends/nn/range.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nnc {
namespace {

bool wants(const nn::AttrDecl& attr, std::initializer_list<AttrKind> kinds) {
  return std::ranges::any_of(
      attr.kinds, [&](AttrKind kind) { return std::ranges::find(kinds, kind) != kinds.end(); });
}

Error attr_error(std::string_view user, const nn::AttrDecl& attr, std::string message,
                 std::string help = {}) {
  return {.code = "E0204",
          .message = fmt::format("{}: attribute '{}' {}", user, attr.name, message),
          .help = std::move(help)};
}

/// A number, or the string for one that JSON cannot write.
std::optional<double> real_value(const AttrDoc& doc) {
  if (const auto* number = doc.get<NumberDoc>()) return number->real;
  const auto* text = doc.get<std::string>();
  if (!text) return std::nullopt;
  if (*text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (*text == "inf") return std::numeric_limits<double>::infinity();
  if (*text == "-inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

class AttributeReader {
public:
  AttributeReader(std::string_view user, const nn::AttrDecl& attr, const Sizes& sizes)
      : user_(user), attr_(attr), sizes_(sizes) {}

  Result<AttrValue> read(const AttrDoc& doc) {
    if (doc.null()) return AttrValue{};
    if (const bool* flag = doc.get<bool>()) return AttrValue{*flag};
    if (const auto* number = doc.get<NumberDoc>()) {
      if (number->integer && !(wants(attr_, {AttrKind::real}) && *number->integer == 0))
        return AttrValue{*number->integer};
      return AttrValue{number->real};
    }
    if (const auto* text = doc.get<std::string>()) return string(*text, doc.mark);
    if (const auto* list = doc.get<AttrList>()) return this->list(*list);
    if (const auto* symbol = doc.get<Symbol>()) {
      auto size = integer(doc);
      if (!size && !wants(attr_, {AttrKind::integer, AttrKind::integers}))
        return attr_error(
            user_, attr_, "is the name " + quote(symbol->text),
            fmt::format("strings stand in double quotes: {}=\"{}\"", attr_.name, symbol->text));
      if (!size) return size.error();
      return AttrValue{*size};
    }
    return attr_error(user_, attr_, "is " + std::string(kind_name(doc)));
  }

private:
  Result<std::int64_t> integer(const AttrDoc& doc) {
    if (const auto* number = doc.get<NumberDoc>(); number && number->integer)
      return *number->integer;
    const auto* symbol = doc.get<Symbol>();
    const auto* text = doc.get<std::string>();
    if (!symbol && !text)
      return attr_error(user_, attr_,
                        doc.get<NumberDoc>() ? fmt::format("holds {}, which is not an integer",
                                                           doc.get<NumberDoc>()->real)
                                             : fmt::format("holds {}", kind_name(doc)));
    const std::string& name = symbol ? symbol->text : *text;
    if (const auto size = sizes_.find(name)) return *size;
    if (sizes_.open(name)) return size_without_value(name);
    return attr_error(
        user_, attr_, "holds " + quote(name) + ", which is no number and no size with a value",
        fmt::format("if it is a size: --size {}=..., or \"sizes\" in the model", name));
  }

  Result<AttrValue> string(const std::string& text, Mark mark) {
    if (wants(attr_, {AttrKind::type})) {
      auto type = parse_type_doc(text, mark, {});
      if (!type) return type.error();
      auto resolved = sizes_.resolve(*type, "'" + attr_.name + "'");
      if (!resolved) return resolved.error();
      return AttrValue{std::move(*resolved)};
    }
    if (wants(attr_, {AttrKind::real}))
      if (const auto number = real_value({text, mark})) return AttrValue{*number};
    if (!wants(attr_, {AttrKind::string, AttrKind::dtype}) &&
        wants(attr_, {AttrKind::integer, AttrKind::integers}) && is_bare_name(text)) {
      auto size = integer({text, mark});
      if (!size) return size.error();
      return AttrValue{*size};
    }
    return AttrValue{text};
  }

  Result<AttrValue> list(const AttrList& list) {
    const bool nested = std::ranges::any_of(
        list, [](const AttrDoc& item) { return item.get<AttrList>() != nullptr; });
    if (!nested) {
      auto items = integers(list);
      if (!items) return items.error();
      return AttrValue{std::move(*items)};
    }
    std::vector<std::vector<std::int64_t>> lists;
    for (const AttrDoc& item : list) {
      const auto* inner = item.get<AttrList>();
      if (!inner) return attr_error(user_, attr_, "mixes integers and lists");
      auto items = integers(*inner);
      if (!items) return items.error();
      lists.push_back(std::move(*items));
    }
    return AttrValue{std::move(lists)};
  }

  Result<std::vector<std::int64_t>> integers(const AttrList& list) {
    std::vector<std::int64_t> result;
    for (const AttrDoc& item : list) {
      auto value = integer(item);
      if (!value) return value.error();
      result.push_back(*value);
    }
    return result;
  }

  std::string_view user_;
  const nn::AttrDecl& attr_;
  const Sizes& sizes_;
};

/// Fills the elements of a literal in row-major order.
class LiteralReader {
public:
  LiteralReader(const Type& type, const std::string& file)
      : type_(type), file_(file),
        bytes_(std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()))) {}

  Result<Literal> read(const AttrDoc& value) {
    const auto* list = value.get<AttrList>();
    Status error;
    if (!list) {
      for (std::int64_t i = 0; i < type_.elements() && !error; ++i) error = store(i, value);
    } else {
      const bool flat = std::ranges::none_of(
          *list, [](const AttrDoc& item) { return item.get<AttrList>() != nullptr; });
      error = flat ? this->flat(value) : nested(value, 0);
    }
    if (error) return *error;
    return Literal{type_, std::move(bytes_)};
  }

private:
  Error fail(Mark mark, std::string message) const {
    return {.code = "E0107",
            .message = std::move(message),
            .place = {file_, mark.line, mark.column, mark.length}};
  }

  Error too_large(Mark mark, double value) const {
    Error error =
        fail(mark, fmt::format("{} cannot hold {}", dtype_name(type_.dtype), attr_text(value)));
    error.help = nn::largest_help(type_.dtype);
    return error;
  }

  Status flat(const AttrDoc& value) {
    const AttrList& list = *value.get<AttrList>();
    if (static_cast<std::int64_t>(list.size()) != type_.elements())
      return fail(value.mark,
                  fmt::format("{} for {}, which has {}", counted(std::ssize(list), "number"),
                              to_string(type_), counted(type_.elements(), "element")));
    return items(list);
  }

  Status nested(const AttrDoc& value, std::size_t axis) {
    const auto* list = value.get<AttrList>();
    if (!list || axis >= type_.shape.size() ||
        static_cast<std::int64_t>(list->size()) != type_.shape[axis])
      return fail(value.mark, fmt::format("the lists are not nested as {}", to_string(type_)));
    if (axis + 1 == type_.shape.size()) return items(*list);
    for (const AttrDoc& item : *list)
      if (Status error = nested(item, axis + 1)) return error;
    return std::nullopt;
  }

  Status items(const AttrList& list) {
    for (const AttrDoc& item : list)
      if (Status error = store(next_++, item)) return error;
    return std::nullopt;
  }

  Status store(std::int64_t at, const AttrDoc& item) {
    const auto misfit = [&] {
      return fail(item.mark, fmt::format("this is no {}", dtype_name(type_.dtype)));
    };
    if (is_float(type_.dtype)) {
      const auto value = real_value(item);
      if (!value) return misfit();
      if (nn::too_large(type_.dtype, *value)) return too_large(item.mark, *value);
      store_real(type_.dtype, bytes_->data(), at, *value);
      return std::nullopt;
    }
    if (const bool* flag = item.get<bool>(); flag && type_.dtype == DType::boolean) {
      store_integer(type_.dtype, bytes_->data(), at, *flag);
      return std::nullopt;
    }
    const auto* number = item.get<NumberDoc>();
    if (!number || !number->integer ||
        wrap_integer(type_.dtype, *number->integer) != *number->integer)
      return misfit();
    store_integer(type_.dtype, bytes_->data(), at, *number->integer);
    return std::nullopt;
  }

  const Type& type_;
  const std::string& file_;
  std::shared_ptr<std::vector<std::byte>> bytes_;
  std::int64_t next_ = 0;
};

} // namespace

Result<AttrValue> attribute_value(std::string_view user, const nn::AttrDecl& attr,
                                  const AttrDoc& value, const Sizes& sizes) {
  return AttributeReader(user, attr, sizes).read(value);
}

Result<Literal> literal_value(const AttrDoc& value, const Type& type, const std::string& file) {
  if (value.get<AttrList>() && type.elements() > max_inline_elements)
    return Error{.code = "E0103",
                 .message = fmt::format("{} has {} elements; values in a model have at most {}",
                                        to_string(type), type.elements(), max_inline_elements),
                 .place = {file, value.mark.line, value.mark.column, value.mark.length},
                 .help = "keep it in a .safetensors or .npy file beside the model"};
  return LiteralReader(type, file).read(value);
}

} // namespace nnc
