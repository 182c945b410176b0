#include "runtime/tensor_text.h"

#include "ir/messages.h"
#include "ir/suggestion.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <charconv>

namespace nnc {
namespace {

class LiteralReader {
public:
  LiteralReader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Result<Tensor> read() {
    const std::size_t equals = text_.find('=');
    if (equals == std::string_view::npos) return fault(0, text_.size(), "there is no '='");
    auto type = read_type(text_.substr(0, equals));
    if (!type) return std::move(type).error();
    return read_elements(std::move(*type), equals + 1);
  }

private:
  Error fault(std::size_t at, std::size_t length, const std::string& why) const {
    return {.code = "E0601",
            .message = "not a tensor: " + why,
            .place = {std::string(name_), 1, static_cast<int>(at) + 1, static_cast<int>(length)},
            .help = "write sizes, dtype and elements, like 2x3xf32=1 2 3 4 5 6"};
  }

  // `2x3xf32`; every part but the last is a size.
  Result<Type> read_type(std::string_view text) const {
    Type type;
    std::size_t at = 0;
    while (true) {
      const std::size_t cross = text.find('x', at);
      const std::string_view part = text.substr(at, cross - at);
      if (cross == std::string_view::npos) {
        const auto dtype = dtype_from_name(part);
        if (!dtype) {
          Error error = fault(at, part.size(), quote(part) + " is not a dtype");
          if (std::string help = dtype_help(part); !help.empty()) error.help = std::move(help);
          return error;
        }
        type.dtype = *dtype;
        break;
      }
      std::int64_t size = 0;
      const auto [end, bad] = std::from_chars(part.data(), part.data() + part.size(), size);
      if (bad != std::errc{} || end != part.data() + part.size() || part.front() == '-')
        return fault(at, part.size(), quote(part) + " is not a size from 0 to 2^40");
      type.shape.push_back(size);
      at = cross + 1;
    }
    if (const auto error = check_type(type)) return fault(0, text.size(), error->message);
    return type;
  }

  Result<Tensor> read_elements(Type type, std::size_t begin) const {
    // Each element takes a digit and a space, so the text bounds the memory.
    const std::int64_t expected = type.elements();
    if (expected > static_cast<std::int64_t>((text_.size() - begin + 1) / 2))
      return fault(begin, text_.size() - begin,
                   to_string(type) + " has " + std::to_string(expected) +
                       " elements, more than are given");
    auto tensor = Tensor::zeros(type);
    if (!tensor) return tensor;
    const std::size_t size = dtype_size(type.dtype);
    std::int64_t count = 0;
    for (std::size_t at = begin; (at = text_.find_first_not_of(' ', at)) < text_.size();) {
      const std::size_t end = std::min(text_.find(' ', at), text_.size());
      const std::string_view word = text_.substr(at, end - at);
      if (count == expected)
        return fault(at, word.size(),
                     "more elements than the " + std::to_string(expected) + " of " +
                         to_string(type));
      switch (read_number(word, type.dtype,
                          tensor->bytes().data() + static_cast<std::size_t>(count) * size)) {
      case NumberFault::none:
        break;
      case NumberFault::not_a_number:
        return fault(at, word.size(),
                     quote(word) + " is not of dtype " + std::string(dtype_name(type.dtype)));
      case NumberFault::out_of_range:
        return fault(at, word.size(),
                     quote(word) + " is outside the range of " +
                         std::string(dtype_name(type.dtype)));
      }
      ++count;
      at = end;
    }
    if (count < expected)
      return fault(begin, std::max<std::size_t>(text_.size() - begin, 1),
                   to_string(type) + " has " + std::to_string(expected) + " elements, " +
                       std::to_string(count) + " are given");
    return tensor;
  }

  std::string_view text_, name_;
};

} // namespace

Result<Tensor> parse_tensor(std::string_view text, std::string_view name) {
  return LiteralReader(text, name).read();
}

std::string element_text(const Tensor& tensor, std::int64_t position) {
  const DType dtype = tensor.type().dtype;
  return number_text(dtype, tensor.bytes().data() +
                                static_cast<std::size_t>(position) * dtype_size(dtype));
}

std::string to_text(const Tensor& tensor, std::int64_t limit) {
  std::string text;
  for (const std::int64_t size : tensor.type().shape) text += std::to_string(size) + "x";
  text += std::string(dtype_name(tensor.type().dtype)) + "=";
  const std::int64_t count = tensor.type().elements();
  for (std::int64_t i = 0; i < std::min(count, limit); ++i)
    text += (i ? " " : "") + element_text(tensor, i);
  if (count > limit) text += " ... (" + std::to_string(count) + " elements)";
  return text;
}

} // namespace nnc
