// How well a model does on rows that it is not trained on.
#pragma once

#include "frontends/host/batch.h"

namespace nnc {

struct Score {
  double loss = 0;
  std::optional<double> accuracy;
};

/// The loss comes from the function `evaluate` if the model declares one, else from the value that
/// training minimises. The accuracy is the output `accuracy` of `evaluate`, else the share of rows
/// whose largest output of `predict` (a float [rows, classes]) is the one that an integer label
/// names, else there is none. Means weigh every row alike.
class Validation {
public:
  static Result<Validation> make(Session& session, const Dataset& data, const std::string& loss,
                                 std::vector<std::int64_t> rows, std::int64_t batch,
                                 const std::vector<std::pair<std::string, std::int64_t>>& sizes);
  Result<Score> run();

private:
  struct Part {
    Batch evaluate;
    std::optional<Batch> predict;
  };
  Result<Part> part(Session& session, const std::string& loss, std::int64_t rows,
                    const std::vector<std::pair<std::string, std::int64_t>>& sizes) const;
  std::int64_t hits(const Batch& predict, std::span<const std::int64_t> rows) const;

  const Dataset* data_ = nullptr;
  std::optional<Tensor> labels_; ///< i64, where `predict` is compared with them
  std::vector<std::int64_t> rows_;
  std::size_t loss_ = 0;
  std::optional<std::size_t> accuracy_; ///< outputs of `evaluate`
  std::vector<Part> parts_;             ///< whole batches, then the last partial one
};

} // namespace nnc
