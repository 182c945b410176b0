#include "frontends/host/train/layer_log.h"

#include "frontends/host/train/train_log.h"
#include "runtime/files/atomic_write.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

namespace nnc {
namespace {

constexpr std::string_view header = "epoch,layer,gradient_norm,saturated\n";

std::string field(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

} // namespace

Status LayerLog::make(Session& session, const FunctionDoc& function, const std::string& loss,
                      const Dataset& data, std::int64_t rows,
                      const std::vector<std::pair<std::string, std::int64_t>>& sizes,
                      std::string path) {
  if (path.empty()) return std::nullopt;
  auto layers = Layers::make(session, function, loss, data, rows, sizes);
  if (!layers) return layers.error();
  layers_ = std::move(*layers);
  path_ = std::move(path);
  rows_ = rows;
  return std::nullopt;
}

Status LayerLog::open(std::int64_t keep) {
  if (path_.empty()) return std::nullopt;
  std::string kept(header);
  if (keep > 0 && std::filesystem::exists(path_)) {
    const auto text = read_text(path_);
    if (!text) return text.error();
    if (!text->starts_with(header))
      return Error{.code = "E0613",
                   .message = "this is no log of layers",
                   .place = {path_, 1, 1},
                   .help = "give --log-layers another file"};
    for (std::string_view rest = std::string_view(*text).substr(header.size()); !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      std::int64_t epoch = 0;
      const auto read = std::from_chars(line.data(), line.data() + line.size(), epoch);
      if (read.ec != std::errc() || epoch > keep) break;
      kept += std::string(line) + "\n";
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
  }
  return write_file(path_, kept);
}

Status LayerLog::add(std::int64_t epoch, std::span<const std::int64_t> rows) {
  if (!layers_) return std::nullopt;
  const auto states = layers_->look(rows.first(static_cast<std::size_t>(rows_)));
  if (!states) return states.error();
  std::string text;
  for (const LayerState& state : *states)
    text += fmt::format("{},{},{},{}\n", epoch, state.name, field(state.gradient_norm),
                        field(state.saturated_share));
  return append_to_file(path_, text);
}

} // namespace nnc
