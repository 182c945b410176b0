#include "frontends/host/train/training_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace nnc {
namespace {

const std::string running_prefix = "last:";

} // namespace

void TrainingCheckpoint::set_identity(std::vector<std::pair<std::string, std::int64_t>> identity) {
  identity_ = std::move(identity);
  identity_.emplace_back("keeps_best", keep_ == Keep::best);
}

void TrainingCheckpoint::add(std::vector<Slot> slots) {
  std::ranges::move(slots, std::back_inserter(added_));
}

/// Params and state of the session, as the file calls them.
std::vector<Slot> TrainingCheckpoint::running_slots() const {
  std::vector<Slot> slots = session_.slots();
  for (Slot& slot : slots) {
    slot.required = true;
    if (splits()) slot.name.insert(0, running_prefix);
  }
  return slots;
}

std::vector<Slot> TrainingCheckpoint::best_slots() {
  std::vector<Slot> slots;
  for (NamedTensor& best : best_)
    slots.push_back({best.name, best.tensor.type(), best.tensor.bytes()});
  return slots;
}

Status TrainingCheckpoint::save(Metadata metadata) {
  if (path_.empty()) return std::nullopt;
  for (const auto& [key, value] : identity_) metadata["nnc." + key] = std::to_string(value);
  metadata["nnc.has_best"] = std::to_string(splits());
  std::vector<Slot> slots = running_slots();
  if (splits()) std::ranges::move(best_slots(), std::back_inserter(slots));
  slots.insert(slots.end(), added_.begin(), added_.end());
  return save_checkpoint(path_, slots, metadata);
}

Result<std::optional<Metadata>> TrainingCheckpoint::load() {
  if (path_.empty() || !std::filesystem::exists(path_)) return std::optional<Metadata>();
  const auto bytes = read_file(path_);
  if (!bytes) return bytes.error();
  const auto looked = read_checkpoint(*bytes, path_, {});
  if (!looked) return looked.error();
  if (Status error = check_identity(looked->metadata)) return *error;
  const auto has_best = metadata_integer(looked->metadata, "nnc.has_best", path_);
  if (!has_best) return has_best.error();
  if (*has_best != 0) note_best(); // makes room for them
  std::vector<Slot> slots = running_slots();
  if (splits()) std::ranges::move(best_slots(), std::back_inserter(slots));
  slots.insert(slots.end(), added_.begin(), added_.end());
  const auto read = read_checkpoint(*bytes, path_, slots);
  if (!read) return read.error();
  return std::optional(looked->metadata);
}

Status TrainingCheckpoint::check_identity(const Metadata& metadata) const {
  for (const auto& [key, here] : identity_) {
    const auto saved = metadata_integer(metadata, "nnc." + key, path_);
    if (!saved) return saved.error();
    if (*saved == here) continue;
    const std::string what =
        key == "data"
            ? "the checkpoint comes from a run on other data"
            : fmt::format("the checkpoint comes from a run with {} {}, not {}", key, *saved, here);
    return Error{.code = "E0707",
                 .message = what,
                 .place = {path_},
                 .help = "resume with the data and options of that run, or give --checkpoint "
                         "another file"};
  }
  return std::nullopt;
}

void TrainingCheckpoint::note_best() {
  if (keep_ != Keep::best) return;
  best_.clear();
  for (const Slot& slot : session_.slots()) {
    auto copy = Tensor::copy_of(slot.type, slot.bytes);
    if (!copy) throw InternalError("no memory for the best weights");
    best_.push_back({slot.name, std::move(*copy)});
  }
}

void TrainingCheckpoint::restore_best() {
  if (!splits()) return;
  for (const NamedTensor& best : best_)
    std::ranges::copy(best.tensor.bytes(), session_.find(best.name)->bytes().begin());
}

} // namespace nnc
