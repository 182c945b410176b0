#include "frontends/cli/tensors.h"

#include "frontends/model/leaf_values.h"
#include "frontends/nn/initializers.h"
#include "ir/messages.h"
#include "runtime/files/npy.h"
#include "runtime/tensor_text.h"

#include <fmt/format.h>

#include <filesystem>

namespace nnc::cli {

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

Result<Tensor> random_tensor(const std::string& name, const Type& type, std::uint32_t seed) {
  const std::string path = "input." + name;
  if (is_float(type.dtype)) {
    const auto uniform = nn::make_initializer("uniform");
    const auto value = nn::initial_value(*uniform, type, seed, path);
    return value ? to_tensor(*value) : Result<Tensor>(value.error());
  }
  auto tensor = Tensor::zeros(type);
  if (!tensor) return tensor;
  const auto key = nn::philox_site_key({seed, 0}, path);
  for (std::int64_t i = 0; i < type.elements(); ++i) {
    const auto block = nn::philox_block(key, {static_cast<std::uint32_t>(i / 4), 0, 0, 0});
    store_integer(type.dtype, tensor->bytes().data(), i,
                  block[static_cast<std::size_t>(i % 4)] & 1);
  }
  return tensor;
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
