#include "ir/messages.h"
#include "runtime/files/npy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <utility>

namespace nnc {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

constexpr std::array<std::pair<std::string_view, DType>, 12> descriptions = {{
    {"<f8", DType::f64},
    {"<f4", DType::f32},
    {"<f2", DType::f16},
    {"<V2", DType::bf16},
    {"|V2", DType::bf16},
    {"<i8", DType::i64},
    {"<i4", DType::i32},
    {"<u4", DType::u32},
    {"|i1", DType::i8},
    {"|u1", DType::u8},
    {"|b1", DType::boolean},
    {"<b1", DType::boolean},
}};

// The dictionary of a header is a Python literal with three keys:
// {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
class DictionaryReader {
public:
  DictionaryReader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Result<NpyHeader> read() {
    skip_spaces();
    if (!take('{')) return malformed("its header is not a dictionary");
    for (bool closed = false; !closed;) {
      skip_spaces();
      if ((closed = take('}'))) break;
      if (auto error = read_entry()) return *error;
      skip_spaces();
      if (!take(',') && !(closed = take('}')))
        return malformed("its header has no ',' or '}' at " + quote(text_.substr(at_), 20));
    }
    skip_spaces();
    if (at_ != text_.size())
      return malformed("its header goes on after the dictionary: " + quote(text_.substr(at_), 20));
    for (const auto& [seen, key] :
         {std::pair(seen_descr_, "descr"), std::pair(seen_order_, "fortran_order"),
          std::pair(seen_shape_, "shape")})
      if (!seen) return malformed(fmt::format("its header has no key '{}'", key));
    if (auto error = check_type(header_.type)) {
      error->place.file = name_;
      return *error;
    }
    return header_;
  }

private:
  Error malformed(const std::string& why) const {
    return {.code = "E0610",
            .message = quote(name_, 4096) + " is not a valid .npy file: " + why,
            .place = {std::string(name_)}};
  }

  void skip_spaces() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  std::optional<std::string_view> read_string() {
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return std::nullopt;
    const std::size_t begin = at_ + 1;
    const std::size_t end = text_.find(text_[at_], begin);
    if (end == std::string_view::npos) return std::nullopt;
    at_ = end + 1;
    return text_.substr(begin, end - begin);
  }

  Status read_entry() {
    const auto key = read_string();
    if (!key) return malformed("its header has no key at " + quote(text_.substr(at_), 20));
    skip_spaces();
    if (!take(':')) return malformed("its header has no ':' after " + quote(*key));
    skip_spaces();
    bool* const seen = *key == "descr"           ? &seen_descr_
                       : *key == "fortran_order" ? &seen_order_
                       : *key == "shape"         ? &seen_shape_
                                                 : nullptr;
    if (!seen) return malformed("its header has the unknown key " + quote(*key));
    if (*seen) return malformed("its header has the key " + quote(*key) + " twice");
    *seen = true;
    if (seen == &seen_descr_) return read_descr();
    if (seen == &seen_shape_) return read_shape();
    header_.fortran_order = take("True");
    if (!header_.fortran_order && !take("False"))
      return malformed("'fortran_order' is neither True nor False");
    return std::nullopt;
  }

  Status read_descr() {
    Error unsupported{.code = "E0611", .message = {}, .place = {std::string(name_)}};
    if (at_ < text_.size() && text_[at_] == '[') {
      unsupported.message = quote(name_, 4096) + " holds structures, which nnc does not read";
      unsupported.help = "save each field as a file of its own";
      return unsupported;
    }
    const auto descr = read_string();
    if (!descr) return malformed("'descr' is not a string");
    for (const auto& [text, dtype] : descriptions)
      if (text == *descr) {
        header_.type.dtype = dtype;
        return std::nullopt;
      }
    unsupported.message = quote(name_, 4096) + " holds elements of the kind " + quote(*descr) +
                          ", which nnc does not read";
    unsupported.help =
        descr->ends_with('O')
            ? "an array of objects can run code when it is read; save it as numbers"
        : descr->starts_with('>')
            ? "it is big-endian; save it as array.astype(array.dtype.newbyteorder('<'))"
            : "save it as one of f8 f4 f2 i8 i4 u4 i1 u1 b1, like array.astype('f4')";
    return unsupported;
  }

  Status read_shape() {
    if (!take('(')) return malformed("'shape' is not a tuple");
    bool comma = true;
    while (true) {
      skip_spaces();
      if (take(')')) break;
      if (!comma) return malformed("'shape' has no ',' between its sizes");
      std::int64_t size = 0;
      const char* const begin = text_.data() + at_;
      const auto [end, fault] = std::from_chars(begin, text_.data() + text_.size(), size);
      if (fault != std::errc{} || size < 0 || *begin == '-')
        return malformed("'shape' has a size that is not from 0 to 2^40 at " +
                         quote(text_.substr(at_), 20));
      at_ += static_cast<std::size_t>(end - begin);
      header_.type.shape.push_back(size);
      skip_spaces();
      comma = take(',');
    }
    if (header_.type.rank() == 1 && !comma) return malformed("'shape' is a number, not a tuple");
    return std::nullopt;
  }

  std::string_view text_, name_;
  std::size_t at_ = 0;
  NpyHeader header_;
  bool seen_descr_ = false, seen_order_ = false, seen_shape_ = false;
};

} // namespace

Result<NpyHeader> read_npy_header(std::span<const std::byte> bytes, std::string_view name,
                                  const FileLimits& limits) {
  const auto malformed = [&](const std::string& why) {
    return Error{.code = "E0610",
                 .message = quote(name, 4096) + " is not a valid .npy file: " + why,
                 .place = {std::string(name)}};
  };
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(magic)) return malformed("it does not begin with \\x93NUMPY");
  if (text.size() < 10) return malformed("it ends inside its header");
  const int major = static_cast<unsigned char>(text[6]);
  if (major < 1 || major > 3 || text[7] != 0)
    return malformed(fmt::format("its version is {}.{}, known are 1.0, 2.0 and 3.0", major,
                                 static_cast<unsigned char>(text[7])));
  const std::size_t begin = major == 1 ? 10 : 12;
  if (text.size() < begin) return malformed("it ends inside its header");
  std::uint32_t length = 0; // little-endian, 2 bytes in version 1, else 4
  std::memcpy(&length, text.data() + 8, begin - 8);
  if (length > limits.npy_header)
    return malformed(
        fmt::format("its header has {} bytes, the limit is {}", length, limits.npy_header));
  if (length > text.size() - begin)
    return malformed(
        fmt::format("its header has {} bytes, the file only {} more", length, text.size() - begin));
  auto header = DictionaryReader(text.substr(begin, length), name).read();
  if (header) header->data_begin = begin + length;
  return header;
}

} // namespace nnc
