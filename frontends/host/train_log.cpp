#include "frontends/host/train_log.h"

#include "frontends/host/source.h"
#include "ir/messages.h"
#include "runtime/files/atomic_write.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace nnc {
namespace {

constexpr std::string_view header = "epoch,loss,valid_loss,valid_accuracy,ms\n";

std::string field(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

std::string row(const EpochReport& report) {
  return fmt::format("{},{},{},{},{:.3f}\n", report.epoch, report.loss, field(report.valid_loss),
                     field(report.valid_accuracy), report.milliseconds);
}

/// Numbers between commas; an empty field is no number. Nothing if the line is no row of a log.
std::optional<EpochReport> parse_row(std::string_view line) {
  std::vector<std::optional<double>> fields;
  while (true) {
    const std::string_view text = line.substr(0, line.find(','));
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (!text.empty() && (read.ec != std::errc() || read.ptr != text.data() + text.size()))
      return std::nullopt;
    fields.push_back(text.empty() ? std::nullopt : std::optional(value));
    if (text.size() == line.size()) break;
    line.remove_prefix(text.size() + 1);
  }
  if (fields.size() != 5 || !fields[0] || !fields[1]) return std::nullopt;
  return EpochReport{static_cast<std::int64_t>(*fields[0]), *fields[1], fields[2], fields[3],
                     fields[4].value_or(0)};
}

Error unwritable(const std::string& path) {
  return {.code = "E0122",
          .message = fmt::format("cannot write {}: {}", quote(path), std::strerror(errno)),
          .place = {path}};
}

} // namespace

Result<TrainLog> TrainLog::open(const std::string& path, std::int64_t keep) {
  TrainLog log;
  log.path_ = path;
  if (path.empty()) return log;
  std::string kept(header);
  if (keep > 0 && std::filesystem::exists(path)) {
    auto text = read_text(path);
    if (!text) return text.error();
    std::string_view rest = *text;
    for (int line = 1; !rest.empty(); ++line) {
      const std::string_view one = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      if (line == 1 && one.size() + 1 == header.size() && header.starts_with(one)) continue;
      const auto report = parse_row(one);
      if (line == 1 || !report)
        return Error{.code = "E0613",
                     .message = "this is no log of a training run",
                     .place = {path, line, 1},
                     .help = "give --log another file"};
      if (report->epoch > keep) break;
      log.kept_.push_back(*report);
      kept += row(*report);
    }
  }
  if (Status error = write_file(path, kept)) return *error;
  return log;
}

Status TrainLog::add(const EpochReport& report) {
  if (path_.empty()) return std::nullopt;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path_.c_str(), "ae"),
                                                             std::fclose);
  if (!file) return unwritable(path_);
  const std::string text = row(report);
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fflush(file.get()) != 0)
    return unwritable(path_);
  return std::nullopt;
}

} // namespace nnc
