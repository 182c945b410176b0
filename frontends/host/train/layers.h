// What training does to the layers of a model: how long the gradients of params and of the results
// of activations are, and which units are saturated, on some rows of the data.
//
// An element of an activation is saturated when its slope is below 1/100: what comes back through
// it is next to nothing. A unit is one position of a row; it is saturated when all of its elements
// are, in every row.
#pragma once

#include "frontends/host/train/activations.h"
#include "frontends/host/train/batch.h"

namespace nnc {

struct LayerState {
  std::string name;                           ///< of a param or an activation
  std::optional<double> gradient_norm = {};   ///< Euclidean; none inside an expression
  std::optional<double> saturated_share = {}; ///< of the elements; none of a param
  std::size_t units = 0;                      ///< of an activation
  std::vector<std::size_t> saturated_units = {};
};

class Layers {
public:
  /// Adds what it needs to the session: gradients of `loss`, and slopes. `rows` are those of a
  /// look.
  static Result<Layers> make(Session& session, const FunctionDoc& function, const std::string& loss,
                             const Dataset& data, std::int64_t rows,
                             const std::vector<std::pair<std::string, std::int64_t>>& sizes);
  /// With the params as they are; params first, then activations, in the order of the model.
  Result<std::vector<LayerState>> look(std::span<const std::int64_t> rows);

private:
  Layers() = default;
  std::vector<std::string> gradients_; ///< whose gradients the first outputs are
  std::vector<std::string> slopes_;    ///< activations, whose slopes the others are
  std::optional<Batch> batch_;
};

} // namespace nnc
