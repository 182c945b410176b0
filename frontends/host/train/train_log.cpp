#include "frontends/host/train/train_log.h"

#include "frontends/host/source.h"
#include "ir/messages.h"
#include "runtime/files/atomic_write.h"
#include "runtime/number_text.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace nnc {
namespace {

std::string header(const std::vector<std::string>& metrics) {
  std::string text = "epoch,loss,valid_loss,";
  for (const std::string& metric : metrics) text += "valid_" + metric + ",";
  return text + "ms\n";
}

std::string field(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

std::string row(const EpochReport& report, const std::vector<std::string>& metrics) {
  std::string text = fmt::format("{},{},{},", report.epoch, report.loss, field(report.valid_loss));
  for (std::size_t i = 0; i < metrics.size(); ++i)
    text += field(i < report.metrics.size() ? report.metrics[i].value : std::nullopt) + ",";
  return text + fmt::format("{:.3f}\n", report.milliseconds);
}

/// Numbers between commas; an empty field is no number.
std::optional<std::vector<std::optional<double>>> parse_fields(std::string_view line) {
  std::vector<std::optional<double>> fields;
  while (true) {
    const std::string_view text = line.substr(0, line.find(','));
    const auto value = parse_number<double>(text);
    if (!value && !text.empty()) return std::nullopt;
    fields.push_back(value);
    if (text.size() == line.size()) return fields;
    line.remove_prefix(text.size() + 1);
  }
}

/// Nothing if the line is no row of a log with these metrics.
std::optional<EpochReport> parse_row(std::string_view line,
                                     const std::vector<std::string>& metrics) {
  const auto fields = parse_fields(line);
  if (!fields || fields->size() != metrics.size() + 4) return std::nullopt;
  const auto& [epoch, loss] = std::pair((*fields)[0], (*fields)[1]);
  if (!epoch || !loss) return std::nullopt;
  EpochReport report{static_cast<std::int64_t>(*epoch), *loss, (*fields)[2], {}};
  if (report.valid_loss)
    for (std::size_t i = 0; i < metrics.size(); ++i)
      report.metrics.push_back({metrics[i], (*fields)[3 + i]});
  report.milliseconds = fields->back().value_or(0);
  return report;
}

Error unwritable(const std::string& path) {
  return {.code = "E0122",
          .message = fmt::format("cannot write {}: {}", quote(path), std::strerror(errno)),
          .place = {path}};
}

} // namespace

Result<TrainLog> TrainLog::open(const std::string& path, std::int64_t keep,
                                const std::vector<std::string>& metrics) {
  TrainLog log;
  log.path_ = path;
  log.metrics_ = metrics.empty() ? std::vector<std::string>{"accuracy"} : metrics;
  if (path.empty()) return log;
  const std::string first = header(log.metrics_);
  std::string kept = first;
  if (keep > 0 && std::filesystem::exists(path)) {
    auto text = read_text(path);
    if (!text) return text.error();
    std::string_view rest = *text;
    for (int line = 1; !rest.empty(); ++line) {
      const std::string_view one = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      if (line == 1 && one.size() + 1 == first.size() && first.starts_with(one)) continue;
      const auto report = parse_row(one, log.metrics_);
      if (line == 1 || !report)
        return Error{.code = "E0613",
                     .message = "this is no log of a training run with these metrics",
                     .place = {path, line, 1},
                     .help = "give --log another file"};
      if (report->epoch > keep) break;
      log.kept_.push_back(*report);
      kept += row(*report, log.metrics_);
    }
  }
  if (Status error = write_file(path, kept)) return *error;
  return log;
}

Status TrainLog::add(const EpochReport& report) {
  return path_.empty() ? std::nullopt : append_to_file(path_, row(report, metrics_));
}

Status append_to_file(const std::string& path, std::string_view text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "ae"),
                                                             std::fclose);
  if (!file) return unwritable(path);
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fflush(file.get()) != 0)
    return unwritable(path);
  return std::nullopt;
}

} // namespace nnc
