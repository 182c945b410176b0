#include "frontends/host/train/overfit.h"

#include "frontends/host/train/shuffle.h"

#include <algorithm>
#include <numeric>

namespace nnc {
namespace {

/// A dataset of these rows alone.
Result<Dataset> only(const Dataset& data, std::span<const std::int64_t> rows) {
  auto inputs = chosen_rows(data, rows);
  if (!inputs) return inputs.error();
  return Dataset{.rows = static_cast<std::int64_t>(rows.size()),
                 .inputs = std::move(*inputs),
                 .batch_symbol = data.batch_symbol,
                 .batch = data.batch,
                 .features = data.features,
                 .labels = data.labels,
                 .normalization = data.normalization};
}

} // namespace

Result<Overfit> overfit(Session& session, const FunctionDoc& function, const Dataset& data,
                        std::int64_t rows, const TrainOptions& options,
                        const TrainObserver& observer) {
  std::vector<std::int64_t> order = shuffled_rows(data.rows, options.seed, 0);
  order.resize(static_cast<std::size_t>(std::min(rows, data.rows)));
  const auto few = only(data, order);
  if (!few) return few.error();
  const TrainOptions plain{.function = options.function,
                           .epochs = options.epochs,
                           .batch = options.batch,
                           .seed = options.seed,
                           .sizes = options.sizes};
  Overfit result{.rows = few->rows};
  const TrainObserver watching{.stop = [&] { return result.fits || observer.stop(); },
                               .epoch =
                                   [&](const EpochReport& report) {
                                     if (report.epoch == 1) result.first_loss = report.loss;
                                     result.epochs = report.epoch;
                                     result.loss = report.loss;
                                     result.fits = std::abs(report.loss) <=
                                                   near_zero * std::abs(result.first_loss);
                                     observer.epoch(report);
                                   }};
  const auto outcome = train(session, function, *few, plain, watching);
  if (!outcome) return outcome.error();
  result.interrupted = outcome->interrupted && !result.fits;
  if (result.fits || result.interrupted) return result;
  const auto loss = loss_of(session, function, *few, plain);
  if (!loss) return loss.error();
  // A model with a fixed batch looks at as many rows.
  const std::int64_t looked = few->batch_symbol.empty() ? few->batch : few->rows;
  auto layers = Layers::make(session, function, *loss, *few, looked, plain.sizes);
  if (!layers) return layers.error();
  std::vector<std::int64_t> first(static_cast<std::size_t>(looked));
  std::iota(first.begin(), first.end(), 0);
  auto states = layers->look(first);
  if (!states) return states.error();
  result.layers = std::move(*states);
  return result;
}

} // namespace nnc
