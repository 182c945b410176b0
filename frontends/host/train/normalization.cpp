#include "frontends/host/train/normalization.h"

#include "ir/messages.h"
#include "runtime/cast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

std::string mean_name(const std::string& input) { return input + ":mean"; }
std::string deviation_name(const std::string& input) { return input + ":deviation"; }

/// Adds f(element, position in the row) of these rows to `sums`.
template <class F>
void add_up(std::span<const double> all, std::span<const std::int64_t> rows, std::span<double> sums,
            F f) {
  for (const std::int64_t row : rows) {
    const auto elements = all.subspan(static_cast<std::size_t>(row) * sums.size(), sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += f(elements[i], i);
  }
}

} // namespace

Result<Normalization> normalization_of(const std::string& input, const Tensor& features,
                                       std::span<const std::int64_t> rows) {
  Type row{DType::f64, features.type().shape};
  row.shape.erase(row.shape.begin());
  auto mean = Tensor::zeros(row), deviation = Tensor::zeros(row);
  auto wide = cast(features, DType::f64);
  for (const auto* tensor : {&mean, &deviation, &wide})
    if (!*tensor) return tensor->error();
  const auto all = std::as_const(*wide).as<double>();
  const auto means = mean->as<double>(), deviations = deviation->as<double>();
  const auto count = static_cast<double>(rows.size());
  add_up(all, rows, means, [](double x, std::size_t) { return x; });
  for (double& m : means) m /= count;
  add_up(all, rows, deviations,
         [&](double x, std::size_t i) { return (x - means[i]) * (x - means[i]); });
  for (std::size_t i = 0; i < deviations.size(); ++i) {
    deviations[i] = std::sqrt(deviations[i] / count);
    // What rounding leaves of a constant is no deviation.
    if (!(deviations[i] > 1e-14 * std::abs(means[i]))) deviations[i] = 1;
  }
  return Normalization{input, std::move(*mean), std::move(*deviation)};
}

Status Normalization::apply(Tensor& rows) const {
  const auto means = mean.as<double>(), deviations = deviation.as<double>();
  auto wide = cast(rows, DType::f64);
  if (!wide) return wide.error();
  const auto all = wide->as<double>();
  if (!is_float(rows.type().dtype) || means.empty() || all.size() % means.size() != 0)
    return Error{.code = "E0615",
                 .message = fmt::format("{} is {}; the means to normalize it by are of rows with "
                                        "{} elements",
                                        quote(input), to_string(rows.type()), means.size())};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::size_t k = i % means.size();
    all[i] = (all[i] - means[k]) / deviations[k];
  }
  auto narrow = cast(*wide, rows.type().dtype);
  if (!narrow) return narrow.error();
  rows = std::move(*narrow);
  return std::nullopt;
}

std::vector<Slot> Normalization::slots() {
  return {{mean_name(input), mean.type(), mean.bytes()},
          {deviation_name(input), deviation.type(), deviation.bytes()}};
}

Result<std::optional<Normalization>> stored_normalization(std::span<const std::byte> bytes,
                                                          std::string_view file,
                                                          const std::string& input) {
  const auto read = read_safetensors(bytes, file);
  if (!read) return read.error();
  const auto find = [&](const std::string& name) {
    const auto found = std::ranges::find(read->tensors, name, &TensorView::name);
    return found != read->tensors.end() && found->type.dtype == DType::f64 ? &*found : nullptr;
  };
  const TensorView* mean = find(mean_name(input));
  const TensorView* deviation = find(deviation_name(input));
  if (!mean || !deviation || mean->type != deviation->type) return std::optional<Normalization>();
  auto means = Tensor::copy_of(mean->type, mean->bytes);
  if (!means) return means.error();
  auto deviations = Tensor::copy_of(deviation->type, deviation->bytes);
  if (!deviations) return deviations.error();
  return std::optional(Normalization{input, std::move(*means), std::move(*deviations)});
}

} // namespace nnc
