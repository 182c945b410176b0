// How good predictions are: one row per metric, so that a new one is a new row.
//
// Classes are compared through a table of counts, values element by element. Rows with a class that
// stands in neither labels nor predictions have no part in the means over classes; a quotient 0/0
// counts as 0, as is usual.
#pragma once

#include "ir/error.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace nnc {

/// How many rows of class `label` (a row of the table) were taken for each class.
struct Confusion {
  std::size_t classes = 0;
  std::vector<std::int64_t> counts; ///< [classes, classes], labels first

  std::int64_t at(std::size_t label, std::size_t predicted) const {
    return counts[label * classes + predicted];
  }
};

/// The first output of `predict` for some rows, and their labels, both row-major.
struct Predictions {
  std::size_t width = 1;       ///< outputs of one row
  std::vector<double> outputs; ///< scores of classes, probabilities of class 1, or values
  std::size_t label_width = 1; ///< labels of one row
  std::vector<double> labels;
  Confusion confusion = {}; ///< where there are classes: of the whole rows

  std::size_t rows() const { return labels.size() / label_width; }
};

/// What the outputs and labels have to be.
enum class Needs {
  classes,     ///< whole labels, and a score for each class or the probability of class 1
  two_classes, ///< the same with two of them
  values       ///< as many outputs as labels
};
std::string_view needs_text(Needs needs);

struct Metric {
  std::string_view name;
  std::string_view formula;
  Needs needs;
  /// Nothing where it is not defined.
  std::optional<double> (*compute)(const Predictions&);
};

std::span<const Metric> metrics();
const Metric* find_metric(std::string_view name);

/// Counts rows by label and by the class with the greatest output (the first of several), or with
/// one output by whether it is above 1/2. E0625 for a label that is no class, and for a single
/// output outside [0, 1].
Result<Confusion> confusion_of(const Predictions& predictions);

} // namespace nnc
