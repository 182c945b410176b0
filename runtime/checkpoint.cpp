#include "runtime/checkpoint.h"

#include "ir/messages.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

namespace nnc {
namespace {

constexpr std::size_t most_errors = 20;

class SlotMatcher {
public:
  SlotMatcher(const Safetensors& content, std::string_view file) : content_(content), file_(file) {
    for (const TensorView& tensor : content.tensors) by_name_.emplace(tensor.name, &tensor);
  }

  // The tensor of each slot, null when the file need not and does not have it.
  Result<std::vector<const TensorView*>> match(std::span<const Slot> slots) {
    std::vector<const TensorView*> found;
    for (const Slot& slot : slots) taken_.insert(slot.name);
    for (const Slot& slot : slots) {
      const auto at = by_name_.find(slot.name);
      found.push_back(at == by_name_.end() ? nullptr : at->second);
      if (!found.back() && slot.required) add(missing(slot));
      if (found.back() && found.back()->type != slot.type) add(differs(slot, found.back()->type));
    }
    if (first_) return std::move(*first_);
    return found;
  }

  std::vector<std::string> unused() const {
    std::vector<std::string> names;
    for (const TensorView& tensor : content_.tensors)
      if (!taken_.contains(tensor.name)) names.push_back(tensor.name);
    return names;
  }

private:
  // Only names that no other slot takes can be meant.
  Error missing(const Slot& slot) const {
    return {.code = "E0704",
            .message = fmt::format("{} has no tensor {}, which is {}", quote(file_, 4096),
                                   quote(slot.name), to_string(slot.type)),
            .place = {std::string(file_)},
            .help = first_ ? std::string() : did_you_mean(slot.name, unused())};
  }

  Error differs(const Slot& slot, const Type& type) const {
    Error error{.code = "E0705",
                .message = fmt::format("{} is {}, {} holds {}", quote(slot.name),
                                       to_string(slot.type), quote(file_, 4096), to_string(type)),
                .place = {std::string(file_)}};
    if (first_) return error; // only the first error's help is shown
    for (const TensorView& tensor : content_.tensors)
      if (tensor.type == slot.type && !taken_.contains(tensor.name) &&
          edit_distance(tensor.name, slot.name, 2) <= 2)
        error.help = fmt::format("did you mean {}, which is {}?", quote(tensor.name),
                                 to_string(tensor.type));
    return error;
  }

  // The first error is the error, the others become its notes.
  void add(Error error) {
    if (!first_)
      first_ = std::move(error);
    else if (first_->notes.size() + 1 < most_errors)
      first_->notes.push_back({error.place, error.message});
  }

  const Safetensors& content_;
  std::string_view file_;
  std::unordered_map<std::string_view, const TensorView*> by_name_;
  std::unordered_set<std::string_view> taken_;
  std::optional<Error> first_;
};

} // namespace

Status save_checkpoint(const std::string& path, std::span<const Slot> slots,
                       const Metadata& metadata) {
  std::vector<TensorView> tensors;
  for (const Slot& slot : slots) tensors.push_back({slot.name, slot.type, slot.bytes});
  return save_safetensors(path, tensors, metadata);
}

Result<LoadedCheckpoint> read_checkpoint(std::span<const std::byte> bytes, std::string_view name,
                                         std::span<const Slot> slots, const FileLimits& limits) {
  auto content = read_safetensors(bytes, name, limits);
  if (!content) return std::move(content).error();
  SlotMatcher matcher(*content, name);
  const auto found = matcher.match(slots);
  if (!found) return found.error();
  LoadedCheckpoint result;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const TensorView* const tensor = (*found)[i];
    if (!tensor) {
      result.missing.push_back(slots[i].name);
      continue;
    }
    if (slots[i].bytes.size() != tensor->bytes.size())
      throw InternalError("read_checkpoint: a slot that does not fit its type");
    std::copy(tensor->bytes.begin(), tensor->bytes.end(), slots[i].bytes.begin());
  }
  result.unused = matcher.unused();
  result.metadata = std::move(content->metadata);
  return result;
}

Result<LoadedCheckpoint> load_checkpoint(const std::string& path, std::span<const Slot> slots,
                                         const FileLimits& limits) {
  const auto bytes = read_file(path, limits);
  if (!bytes) return bytes.error();
  return read_checkpoint(*bytes, path, slots, limits);
}

Result<std::int64_t> metadata_integer(const Metadata& metadata, const std::string& key,
                                      std::string_view file) {
  const auto error = [&](const std::string& why) {
    return Error{.code = "E0706",
                 .message =
                     fmt::format("{}: the metadata {} {}", quote(file, 4096), quote(key), why),
                 .place = {std::string(file)},
                 .help = "only files that nnc train wrote can be resumed"};
  };
  const auto found = metadata.find(key);
  if (found == metadata.end()) return error("is missing");
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size())
    return error("is " + quote(text) + ", not a whole number");
  return value;
}

} // namespace nnc
