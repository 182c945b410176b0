#include "frontends/cli/train_text.h"

#include "frontends/cli/chart.h"
#include "frontends/nn/counted.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace nnc::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.6g}", *value) : "none";
}

/// Columns as wide as their longest cell, the first `left` of them to the left.
std::string table(const Rows& rows, std::size_t left) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths.resize(std::max(widths.size(), row.size()), 0);
      widths[i] = std::max(widths[i], row[i].size());
    }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += fmt::format("{}{:{}}", i == 0 ? "" : "  ",
                          i < left ? row[i] : fmt::format("{:>{}}", row[i], widths[i]), widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

/// "0, 3, 4 and 12 more".
template <class T>
std::string some(const std::vector<T>& all) {
  constexpr std::size_t most = 10;
  const auto shown = std::span(all).first(std::min(all.size(), most));
  std::string text = fmt::format("{}", fmt::join(shown, ", "));
  if (all.size() > most) text += fmt::format(" and {} more", all.size() - most);
  return text;
}

/// What a model that cannot learn a few rows suffers from, and what helps.
std::string diagnosis(std::span<const LayerState> layers) {
  std::vector<std::string> without; // gradient
  bool saturated = false;
  for (const LayerState& layer : layers) {
    if (layer.gradient_norm == 0.0) without.push_back(layer.name);
    saturated |= !layer.saturated_units.empty();
  }
  if (saturated)
    return "saturated units let no gradient through: smaller initial values, --normalize, or a "
           "smaller learning rate\n";
  if (!without.empty())
    return fmt::format("no gradient reaches {}: initial values that are not 0, and differ\n",
                       some(without));
  return "no unit is saturated: another learning rate, more epochs, or a model with more units\n";
}

} // namespace

void Progress::show(const EpochReport& report) {
  losses_.push_back(report.loss);
  last_ = report;
  if (!isatty(STDERR_FILENO)) return;
  std::fputs(("\r\x1b[K" + line()).c_str(), stderr);
  std::fflush(stderr);
}

void Progress::end() {
  if (isatty(STDERR_FILENO) && !losses_.empty()) std::fputs("\n", stderr);
}

std::string Progress::line() const {
  std::string text = fmt::format("epoch {}/{}  loss {:.4f}", last_.epoch, epochs_, last_.loss);
  if (last_.valid_loss) text += fmt::format("  valid {:.4f}", *last_.valid_loss);
  for (const Measured& metric : last_.metrics)
    if (metric.value) text += fmt::format("  {} {:.3f}", metric.name, *metric.value);
  return text + fmt::format("  {:.1f} ms  {}", last_.milliseconds, sparkline(losses_, 20));
}

std::string metrics_text(std::span<const Measured> metrics) {
  std::string text;
  for (const Measured& metric : metrics)
    text += fmt::format(", {} {}", metric.name,
                        metric.value ? fmt::format("{:#.4g}", *metric.value) : "none");
  return text;
}

std::string summary_text(const TrainOutcome& outcome, Keep keep) {
  const std::vector<EpochReport>& epochs = outcome.epochs;
  // Without a log, epochs before a resumption are not known.
  const auto best = std::ranges::find(epochs, outcome.best_epoch, &EpochReport::epoch);
  const bool is_best = keep == Keep::best && best != epochs.end();
  const EpochReport& report = is_best ? *best : epochs.back();
  std::string text = counted(epochs.back().epoch, "epoch");
  if (is_best) text += fmt::format(", best {}", report.epoch);
  text += fmt::format(", loss {:.6g}", report.loss);
  if (report.valid_loss) text += fmt::format(", validation loss {:.6g}", *report.valid_loss);
  return text + metrics_text(report.metrics);
}

std::string test_text(const Score& score) {
  return fmt::format("test loss {:.6g}{}", score.loss, metrics_text(score.metrics));
}

std::string confusion_text(const Confusion& confusion) {
  Rows rows = {{"label"}};
  for (std::size_t k = 0; k < confusion.classes; ++k) rows[0].push_back(std::to_string(k));
  rows[0].insert(rows[0].end(), {"rows", "recall"});
  std::vector<std::string> precisions = {"precision"};
  for (std::size_t k = 0; k < confusion.classes; ++k) {
    std::int64_t labelled = 0, taken = 0;
    std::vector<std::string> row = {std::to_string(k)};
    for (std::size_t other = 0; other < confusion.classes; ++other) {
      row.push_back(std::to_string(confusion.at(k, other)));
      labelled += confusion.at(k, other);
      taken += confusion.at(other, k);
    }
    const auto share = [hits = confusion.at(k, k)](std::int64_t of) {
      return of == 0 ? "none"
                     : fmt::format("{:.3f}", static_cast<double>(hits) / static_cast<double>(of));
    };
    row.insert(row.end(), {std::to_string(labelled), share(labelled)});
    precisions.push_back(share(taken));
    rows.push_back(std::move(row));
  }
  rows.push_back(std::move(precisions));
  return "rows by label (down) and prediction (across)\n" + table(rows, 1);
}

std::string settings_text(std::span<const Setting> settings) {
  std::string text;
  for (const Setting& setting : settings)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", setting.name, setting.value);
  return text;
}

std::string ranking_text(std::span<const TrialResult> ranked) {
  Rows rows = {{"rank"}};
  const EpochReport shown = ranked[0].report.value_or(EpochReport{});
  for (const Setting& setting : ranked[0].settings) rows[0].push_back(setting.name);
  rows[0].push_back("loss");
  if (shown.valid_loss) rows[0].push_back("validation loss");
  for (const Measured& metric : shown.metrics) rows[0].push_back(metric.name);
  rows[0].push_back("epoch");
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const TrialResult& trial = ranked[i];
    std::vector<std::string> row = {std::to_string(i + 1)};
    for (const Setting& setting : trial.settings) row.push_back(setting.value);
    if (trial.report) {
      row.push_back(number(trial.report->loss));
      if (shown.valid_loss) row.push_back(number(trial.report->valid_loss));
      for (const Measured& metric : trial.report->metrics) row.push_back(number(metric.value));
      row.push_back(std::to_string(trial.report->epoch));
    } else {
      row.emplace_back("not finite");
    }
    rows.push_back(std::move(row));
  }
  return table(rows, 0);
}

std::string overfit_text(const Overfit& overfit) {
  const std::string numbers = fmt::format("loss {:.6g} after {}, from {:.6g}", overfit.loss,
                                          counted(overfit.epochs, "epoch"), overfit.first_loss);
  if (overfit.fits)
    return fmt::format("{} learnt by heart: {}\n", counted(overfit.rows, "row"), numbers);
  std::string text =
      fmt::format("{} not learnt by heart: {}\n", counted(overfit.rows, "row"), numbers);
  Rows rows = {{"layer", "gradient norm", "saturated", "saturated units"}};
  for (const LayerState& layer : overfit.layers) {
    const std::vector<std::size_t>& units = layer.saturated_units;
    rows.push_back(
        {layer.name, layer.gradient_norm ? number(layer.gradient_norm) : "",
         layer.saturated_share ? fmt::format("{:.1f} %", 100 * *layer.saturated_share) : ""});
    if (layer.units > 0)
      rows.back().push_back(
          units.empty() ? fmt::format("0 of {}", layer.units)
                        : fmt::format("{} of {}: {}", units.size(), layer.units, some(units)));
  }
  return text + table(rows, 1) + diagnosis(overfit.layers);
}

} // namespace nnc::cli
