#include "frontends/cli/tensors.h"

#include "ir/messages.h"
#include "ir/suggestion.h"
#include "runtime/cast.h"
#include "runtime/files/npy.h"
#include "runtime/tensor_text.h"

#include <fmt/format.h>

#include <filesystem>

namespace nnc::cli {
namespace {

Status convert(NamedTensor& input, const TypeDoc& wanted, bool casts) {
  const Type& given = input.tensor.type();
  if (given.dtype == wanted.dtype) return std::nullopt;
  if (!casts)
    return Error{.code = "E0615",
                 .message = fmt::format("input {} is {}, what is given is {}", quote(input.name),
                                        to_string(wanted), to_string(given)),
                 .help = fmt::format("--cast converts {} to {}", dtype_name(given.dtype),
                                     dtype_name(wanted.dtype))};
  auto converted = cast(input.tensor, wanted.dtype);
  if (!converted) return converted.error();
  input.tensor = std::move(*converted);
  return std::nullopt;
}

Status declared_input(NamedTensor& input, const ModelDoc& doc, bool casts) {
  std::vector<std::string> known;
  for (const LeafDoc& leaf : doc.inputs) {
    known.push_back(leaf.name.text);
    if (leaf.name.text == input.name)
      return leaf.type ? convert(input, *leaf.type, casts) : Status();
  }
  return Error{.code = "E0630",
               .message = fmt::format("the model has no input {}", quote(input.name)),
               .help = nearest_or_all(input.name, known, "inputs")};
}

} // namespace

Result<NamedTensor> parse_named_tensor(const std::string& text) {
  const std::size_t equal = text.find('=');
  if (equal == std::string::npos || equal == 0)
    return Error{.code = "E0630",
                 .message = fmt::format("{} gives no value to a name", quote(text)),
                 .help = "write x=@x.npy, or x=2x3xf32=1 2 3 4 5 6"};
  const std::string name = text.substr(0, equal);
  const std::string value = text.substr(equal + 1);
  auto tensor = value.starts_with("@") ? load_npy(value.substr(1)) : parse_tensor(value, name);
  if (!tensor) return tensor.error();
  return NamedTensor{name, std::move(*tensor)};
}

Result<std::vector<NamedTensor>> parse_named_tensors(const std::vector<std::string>& texts) {
  std::vector<NamedTensor> tensors;
  for (const std::string& text : texts) {
    auto tensor = parse_named_tensor(text);
    if (!tensor) return tensor.error();
    for (const NamedTensor& other : tensors)
      if (other.name == tensor->name)
        return Error{.code = "E0630",
                     .message = fmt::format("{} is given twice", quote(tensor->name))};
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

std::vector<std::pair<std::string, Type>> types_of(std::span<const NamedTensor> tensors) {
  std::vector<std::pair<std::string, Type>> types;
  for (const NamedTensor& tensor : tensors) types.emplace_back(tensor.name, tensor.tensor.type());
  return types;
}

Result<std::vector<NamedTensor>> read_inputs(const std::vector<std::string>& texts,
                                             const Source& source, bool casts) {
  auto given = parse_named_tensors(texts);
  if (!given || !source.model()) return given;
  for (NamedTensor& input : *given)
    if (Status error = declared_input(input, *source.model()->doc, casts)) return *error;
  return given;
}

std::string file_name(const std::string& name) {
  std::string result;
  for (const char c : name) {
    const bool plain = c != '/' && c != '%' && static_cast<unsigned char>(c) >= 0x20;
    result +=
        plain && !(c == '.' && result.empty()) ? std::string(1, c) : fmt::format("%{:02X}", c);
  }
  return result;
}

Status make_folder(const std::string& path) {
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (!failure && std::filesystem::is_directory(path, failure)) return std::nullopt;
  return Error{.code = "E0122",
               .message = fmt::format("cannot create the folder {}: {}", quote(path, 4096),
                                      failure ? failure.message() : "it is a file")};
}

} // namespace nnc::cli
