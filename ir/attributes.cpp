#include "ir/attributes.h"

#include "ir/text/cursor.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>
#include <functional>

namespace nnc {
namespace {

constexpr std::array<std::string_view, 10> kind_names = {
    "integer", "number", "true or false", "string",  "list of integers", "list of integer lists",
    "dtype",   "type",   "literal",       "function"};

template <class T>
T read(const std::byte* bytes, std::int64_t i) {
  T value;
  std::memcpy(&value, bytes + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

template <class T>
void write(std::byte* bytes, std::int64_t i, T value) {
  std::memcpy(bytes + i * static_cast<std::int64_t>(sizeof(T)), &value, sizeof(T));
}

template <class T>
Literal splat(const Type& type, T value, void (*store)(DType, std::byte*, std::int64_t, T)) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::int64_t i = 0; i < type.elements(); ++i) store(type.dtype, bytes->data(), i, value);
  return {type, std::move(bytes)};
}

std::size_t hash_bytes(const void* data, std::size_t size) {
  return std::hash<std::string_view>{}({static_cast<const char*>(data), size});
}

struct HashAttr {
  std::size_t operator()(std::monostate) const { return 1; }
  std::size_t operator()(std::int64_t v) const { return std::hash<std::int64_t>{}(v); }
  std::size_t operator()(double v) const { return hash_bytes(&v, sizeof v); }
  std::size_t operator()(bool v) const { return v ? 3 : 5; }
  std::size_t operator()(const std::string& v) const { return std::hash<std::string>{}(v); }
  std::size_t operator()(const std::vector<std::int64_t>& v) const {
    return v.size() + hash_bytes(v.data(), v.size() * sizeof(std::int64_t));
  }
  std::size_t operator()(const std::vector<std::vector<std::int64_t>>& v) const {
    std::size_t hash = v.size();
    for (const auto& list : v) hash = hash * 31 + (*this)(list);
    return hash;
  }
  std::size_t operator()(DType v) const { return static_cast<std::size_t>(v) + 7; }
  std::size_t operator()(const Type& v) const {
    return (*this)(v.shape) * 31 + static_cast<std::size_t>(v.dtype);
  }
  std::size_t operator()(const Literal& v) const {
    return (*this)(v.type) * 31 + hash_bytes(v.bytes->data(), v.bytes->size());
  }
  std::size_t operator()(const Body& v) const { return std::hash<const void*>{}(v.graph.get()); }
};

} // namespace

bool same_attr(const AttrValue& a, const AttrValue& b) {
  const double *x = std::get_if<double>(&a), *y = std::get_if<double>(&b);
  if (x && y) return std::memcmp(x, y, sizeof *x) == 0;
  return a == b;
}

std::string real_text(double value, DType dtype) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::string text =
      dtype == DType::f64 ? fmt::format("{}", value) : fmt::format("{}", static_cast<float>(value));
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string element_text(const Literal& literal, std::int64_t i) {
  if (is_float(literal.type.dtype)) return real_text(literal_real(literal, i), literal.type.dtype);
  const std::int64_t value = literal_integer(literal, i);
  if (literal.type.dtype == DType::boolean) return value ? "true" : "false";
  return std::to_string(value);
}

namespace {

struct PrintAttr {
  std::string operator()(std::monostate) const { return "none"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(double v) const { return real_text(v); }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(const std::string& v) const { return quoted_string(v); }
  std::string operator()(const std::vector<std::int64_t>& v) const { return to_string(v); }
  std::string operator()(const std::vector<std::vector<std::int64_t>>& v) const {
    std::string text = "[";
    for (std::size_t i = 0; i < v.size(); ++i) text += std::string(i ? ", " : "") + (*this)(v[i]);
    return text + "]";
  }
  std::string operator()(DType v) const { return std::string(dtype_name(v)); }
  std::string operator()(const Type& v) const { return to_string(v); }
  std::string operator()(const Literal& v) const {
    if (v.type.scalar())
      return std::string(dtype_name(v.type.dtype)) + "(" + element_text(v, 0) + ")";
    std::string text = to_string(v.type) + "([";
    for (std::int64_t i = 0; i < v.type.elements(); ++i) {
      if (i) text += ", ";
      text += element_text(v, i);
    }
    return text + "])";
  }
  std::string operator()(const Body&) const { return "body"; }
};

} // namespace

double load_real(DType dtype, const std::byte* bytes, std::int64_t i) {
  switch (dtype) {
  case DType::f64:
    return read<double>(bytes, i);
  case DType::f32:
    return static_cast<double>(read<float>(bytes, i));
  case DType::f16:
    return static_cast<double>(f16_to_float(read<std::uint16_t>(bytes, i)));
  case DType::bf16:
    return static_cast<double>(bf16_to_float(read<std::uint16_t>(bytes, i)));
  default:
    throw InternalError("load_real: not a float dtype");
  }
}

std::int64_t load_integer(DType dtype, const std::byte* bytes, std::int64_t i) {
  switch (dtype) {
  case DType::i64:
    return read<std::int64_t>(bytes, i);
  case DType::i32:
    return read<std::int32_t>(bytes, i);
  case DType::u32:
    return read<std::uint32_t>(bytes, i);
  case DType::i8:
    return read<std::int8_t>(bytes, i);
  case DType::u8:
    return read<std::uint8_t>(bytes, i);
  case DType::boolean:
    return read<std::uint8_t>(bytes, i) != 0;
  default:
    throw InternalError("load_integer: not an integer dtype");
  }
}

void store_real(DType dtype, std::byte* bytes, std::int64_t i, double value) {
  switch (dtype) {
  case DType::f64:
    return write(bytes, i, value);
  case DType::f32:
    return write(bytes, i, static_cast<float>(value));
  case DType::f16:
    return write(bytes, i, float_to_f16(static_cast<float>(value)));
  case DType::bf16:
    return write(bytes, i, float_to_bf16(static_cast<float>(value)));
  default:
    throw InternalError("store_real: not a float dtype");
  }
}

void store_integer(DType dtype, std::byte* bytes, std::int64_t i, std::int64_t value) {
  const std::int64_t wrapped = wrap_integer(dtype, value);
  switch (dtype_size(dtype)) {
  case 8:
    return write(bytes, i, wrapped);
  case 4:
    return write(bytes, i, static_cast<std::uint32_t>(wrapped));
  default:
    return write(bytes, i, static_cast<std::uint8_t>(wrapped));
  }
}

Literal splat_literal(const Type& type, double value) { return splat(type, value, store_real); }
Literal splat_literal(const Type& type, std::int64_t value) {
  return splat(type, value, store_integer);
}

double literal_real(const Literal& literal, std::int64_t i) {
  return load_real(literal.type.dtype, literal.bytes->data(), i);
}

std::int64_t literal_integer(const Literal& literal, std::int64_t i) {
  return load_integer(literal.type.dtype, literal.bytes->data(), i);
}

std::string_view attr_kind_name(AttrKind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

bool absent(const AttrValue& value) { return value.index() == 0; }

AttrKind kind_of(const AttrValue& value) {
  if (absent(value)) throw InternalError("kind_of: attribute is absent");
  return static_cast<AttrKind>(value.index() - 1);
}

std::string attr_text(const AttrValue& value) { return std::visit(PrintAttr{}, value); }

AttrsId AttrPool::intern(Attrs attrs) {
  std::size_t hash = attrs.size();
  for (const AttrValue& value : attrs) hash = hash * 1099511628211u + std::visit(HashAttr{}, value);
  for (auto [it, end] = interned_.equal_range(hash); it != end; ++it) {
    const Attrs& known = lists_[it->second];
    if (known.size() == attrs.size() &&
        std::equal(known.begin(), known.end(), attrs.begin(), same_attr))
      return {it->second};
  }
  lists_.push_back(std::move(attrs));
  const auto id = static_cast<std::uint32_t>(lists_.size() - 1);
  interned_.emplace(hash, id);
  return {id};
}

} // namespace nnc
