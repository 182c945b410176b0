// The layers of a model while it trains: a CSV file with one row for each epoch and layer, looked
// at with the weights after the epoch, on the rows of its first step.
//
//   epoch,layer,gradient_norm,saturated
//   1,w1,0.31,
//   1,h,0.12,0.05
#pragma once

#include "frontends/host/train/layers.h"

namespace nnc {

class LayerLog {
public:
  /// An empty path is no log.
  Status make(Session& session, const FunctionDoc& function, const std::string& loss,
              const Dataset& data, std::int64_t rows,
              const std::vector<std::pair<std::string, std::int64_t>>& sizes, std::string path);
  /// A new file, or an old one cut down to its first `keep` epochs. E0122 when it cannot be
  /// written, E0613 when what is there is no such log.
  Status open(std::int64_t keep);
  /// The state after an epoch that visited these rows.
  Status add(std::int64_t epoch, std::span<const std::int64_t> rows);

private:
  std::string path_;
  std::int64_t rows_ = 0;
  std::optional<Layers> layers_;
};

} // namespace nnc
