// How long a loss has not fallen: what early stopping and halve_on_plateau go by.
#pragma once

#include "frontends/host/session.h"

namespace nnc {

/// The least loss of all epochs so far, and the epochs since.
class Patience {
public:
  /// Whether this loss is below all before it. A NaN never is.
  bool falls(double loss);
  std::int64_t waited() const { return waited_; }
  /// Counts from here on; the least loss stays.
  void restart() { waited_ = 0; }

  /// In the metadata of a checkpoint, under keys that begin with `prefix`.
  void save(Metadata& metadata, const std::string& prefix) const;
  Status load(const Metadata& metadata, const std::string& prefix, const std::string& file);

private:
  std::optional<double> least_;
  std::int64_t waited_ = 0;
};

/// Doubles in metadata: their bits as a whole number.
std::string double_bits(double value);
/// E0706 when it is missing or no whole number.
Result<double> metadata_double(const Metadata& metadata, const std::string& key,
                               std::string_view file);

} // namespace nnc
