#include "runtime/files/safetensors.h"

#include "ir/messages.h"
#include "runtime/files/atomic_write.h"
#include "runtime/files/safetensors_json.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>
#include <numeric>
#include <set>

namespace nnc {
namespace {

constexpr std::size_t length_bytes = 8;

constexpr std::array<std::string_view, dtype_count> names = {"F64", "F32", "F16", "BF16", "I64",
                                                             "I32", "U32", "I8",  "U8",   "BOOL"};

Error malformed(std::string_view name, const std::string& why) {
  return {.code = "E0701",
          .message = quote(name, 4096) + " is not a valid safetensors file: " + why,
          .place = {std::string(name)}};
}

Error unknown_dtype(std::string_view file, const SafetensorsEntry& entry) {
  return {.code = "E0702",
          .message = fmt::format("{}: {} has the dtype {}, which nnc does not have",
                                 quote(file, 4096), quote(entry.name), quote(entry.dtype)),
          .place = {std::string(file)},
          .help = "convert it to one of F64 F32 F16 BF16 I64 I32 U32 I8 U8 BOOL"};
}

// The type and bytes of one entry; `data` are the bytes of all.
Result<TensorView> check_entry(SafetensorsEntry& entry, std::span<const std::byte> data,
                               std::string_view file) {
  const auto dtype = std::find(names.begin(), names.end(), entry.dtype);
  if (dtype == names.end()) return unknown_dtype(file, entry);
  TensorView view{std::move(entry.name), {static_cast<DType>(dtype - names.begin()), {}}, {}};
  view.type.shape = std::move(entry.shape);
  if (const auto error = check_type(view.type))
    return malformed(file, quote(view.name) + ": " + error->message);
  if (entry.begin > entry.end || entry.end > data.size())
    return malformed(file, fmt::format("{} is at bytes {} to {} of {}", quote(view.name),
                                       entry.begin, entry.end, data.size()));
  view.bytes = data.subspan(entry.begin, entry.end - entry.begin);
  if (static_cast<std::int64_t>(view.bytes.size()) != view.type.bytes())
    return malformed(file, fmt::format("{} is {}, which has {} bytes, but is at bytes {} to {}",
                                       quote(view.name), to_string(view.type), view.type.bytes(),
                                       entry.begin, entry.end));
  if (const auto bad = first_bad_bool(view.type, view.bytes))
    return malformed(file, fmt::format("element {} of {} is the byte {}, not a bool", *bad,
                                       quote(view.name), static_cast<int>(view.bytes[*bad])));
  return view;
}

// Every byte belongs to exactly one tensor.
Status check_cover(std::span<const TensorView> tensors, std::span<const std::byte> data,
                   std::string_view file) {
  const std::byte* end = data.data();
  for (const TensorView& tensor : tensors) {
    if (tensor.bytes.data() < end)
      return malformed(file, quote(tensor.name) + " overlaps the tensor before it");
    if (tensor.bytes.data() > end)
      return malformed(file, "there are bytes of no tensor before " + quote(tensor.name));
    end = tensor.bytes.data() + tensor.bytes.size();
  }
  const auto left = data.data() + data.size() - end;
  if (left > 0) return malformed(file, fmt::format("{} bytes follow the last tensor", left));
  return std::nullopt;
}

Error cannot_store(const std::string& why) {
  return {.code = "E0703", .message = "cannot make a safetensors file: " + why};
}

Status check_names(std::span<const TensorView> tensors) {
  std::set<std::string_view> seen;
  for (const TensorView& tensor : tensors) {
    if (tensor.name.empty() || tensor.name == "__metadata__")
      return cannot_store(quote(tensor.name) + " is no name for a tensor");
    if (!seen.insert(tensor.name).second)
      return cannot_store("the name " + quote(tensor.name) + " is there twice");
    if (static_cast<std::int64_t>(tensor.bytes.size()) != tensor.type.bytes())
      throw InternalError("safetensors_header: bytes that do not fit their type");
  }
  return std::nullopt;
}

Result<std::string> metadata_text(const Metadata& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata) {
    const auto k = json_string(key), v = json_string(value);
    if (!k || !v) return cannot_store("the metadata " + quote(key) + " is not UTF-8");
    text += (text.empty() ? "\"__metadata__\":{" : ",") + *k + ":" + *v;
  }
  return text.empty() ? text : text + "}";
}

} // namespace

Result<Safetensors> read_safetensors(std::span<const std::byte> bytes, std::string_view name,
                                     const FileLimits& limits) {
  if (bytes.size() < length_bytes) return malformed(name, "it is shorter than 8 bytes");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), length_bytes);
  if (length > static_cast<std::uint64_t>(limits.safetensors_header))
    return malformed(name, fmt::format("its header has {} bytes, the limit is {}", length,
                                       limits.safetensors_header));
  if (length > bytes.size() - length_bytes)
    return malformed(name, fmt::format("its header has {} bytes, the file only {} more", length,
                                       bytes.size() - length_bytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + length_bytes, length);
  if (!text.starts_with('{')) return malformed(name, "its header does not begin with '{'");
  auto [header, fault] = parse_safetensors_json(text);
  if (!fault.empty()) return malformed(name, fault);

  Safetensors result;
  result.metadata = std::move(header.metadata);
  std::stable_sort(header.entries.begin(), header.entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  const auto data = bytes.subspan(length_bytes + length);
  for (SafetensorsEntry& entry : header.entries) {
    auto view = check_entry(entry, data, name);
    if (!view) return std::move(view).error();
    result.tensors.push_back(std::move(*view));
  }
  if (auto error = check_cover(result.tensors, data, name)) return *error;
  return result;
}

Result<SafetensorsHeader> safetensors_header(std::span<const TensorView> tensors,
                                             const Metadata& metadata) {
  if (auto error = check_names(tensors)) return *error;
  SafetensorsHeader header;
  header.order.resize(tensors.size());
  std::iota(header.order.begin(), header.order.end(), std::size_t{0});
  std::sort(header.order.begin(), header.order.end(), [&](std::size_t i, std::size_t j) {
    const std::size_t a = dtype_size(tensors[i].type.dtype), b = dtype_size(tensors[j].type.dtype);
    return a != b ? a > b : tensors[i].name < tensors[j].name;
  });
  auto text = metadata_text(metadata);
  if (!text) return std::move(text).error();
  std::size_t at = 0;
  for (const std::size_t i : header.order) {
    const TensorView& tensor = tensors[i];
    const auto name = json_string(tensor.name);
    if (!name) return cannot_store("the name " + quote(tensor.name) + " is not UTF-8");
    *text += fmt::format("{}{}:{{\"dtype\":\"{}\",\"shape\":{},\"data_offsets\":[{},{}]}}",
                         text->empty() ? "" : ",", *name,
                         names[static_cast<std::size_t>(tensor.type.dtype)],
                         to_string(tensor.type.shape), at, at + tensor.bytes.size());
    at += tensor.bytes.size();
  }
  std::string body = "{" + *text + "}";
  body.append((8 - body.size() % 8) % 8, ' ');
  const std::uint64_t length = body.size();
  header.text.assign(reinterpret_cast<const char*>(&length), length_bytes);
  header.text += body;
  return header;
}

Status save_safetensors(const std::string& path, std::span<const TensorView> tensors,
                        const Metadata& metadata) {
  const auto header = safetensors_header(tensors, metadata);
  if (!header) return header.error();
  auto file = AtomicFile::create(path);
  if (!file) return std::move(file).error();
  if (auto error = file->write(std::as_bytes(std::span(header->text)))) return error;
  for (const std::size_t i : header->order)
    if (auto error = file->write(tensors[i].bytes)) return error;
  return file->commit();
}

TensorView view_of(std::string name, const Tensor& tensor) {
  return {std::move(name), tensor.type(), tensor.bytes()};
}

} // namespace nnc
