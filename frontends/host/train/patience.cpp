#include "frontends/host/train/patience.h"

#include <bit>
#include <cmath>

namespace nnc {

std::string double_bits(double value) { return std::to_string(std::bit_cast<std::int64_t>(value)); }

Result<double> metadata_double(const Metadata& metadata, const std::string& key,
                               std::string_view file) {
  const auto bits = metadata_integer(metadata, key, file);
  if (!bits) return bits.error();
  return std::bit_cast<double>(*bits);
}

bool Patience::falls(double loss) {
  const bool fell = least_ ? loss < *least_ : !std::isnan(loss);
  if (fell) least_ = loss;
  waited_ = fell ? 0 : waited_ + 1;
  return fell;
}

void Patience::save(Metadata& metadata, const std::string& prefix) const {
  metadata[prefix + ".waited"] = std::to_string(waited_);
  if (least_) metadata[prefix + ".least"] = double_bits(*least_);
}

Status Patience::load(const Metadata& metadata, const std::string& prefix,
                      const std::string& file) {
  const auto waited = metadata_integer(metadata, prefix + ".waited", file);
  if (!waited) return waited.error();
  waited_ = *waited;
  if (!metadata.contains(prefix + ".least")) return std::nullopt;
  const auto least = metadata_double(metadata, prefix + ".least", file);
  if (!least) return least.error();
  least_ = *least;
  return std::nullopt;
}

} // namespace nnc
