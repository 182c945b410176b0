// The rows of a training run: files of data bound to the inputs of a model by role
// (docs/training.md).
//
// The first float input of the function takes the features, the next input the labels; the first
// axis of both counts rows. A table (CSV, or a .npy file of rank 2) has its labels in one column; a
// .npz file has a tensor for each input, by name; .npy and IDX files may come in pairs, features
// and labels. One row of features may have any shape with as many elements as the table has
// columns.
#pragma once

#include "frontends/host/source.h"
#include "frontends/host/train/normalization.h"

namespace nnc {

struct DataOptions {
  std::vector<std::string> files;
  std::optional<std::int64_t> label_column = {}; ///< from 0; -1 is the last one
  bool cast = false;                             ///< convert dtypes of .npy and .npz files
  std::vector<std::pair<std::string, std::int64_t>> sizes = {}; ///< from the command line
};

struct Dataset {
  std::int64_t rows = 0;
  std::vector<NamedTensor> inputs; ///< for each input of the function; first axis = rows
  std::string batch_symbol;        ///< the size symbol of the first axes; empty: a plain size
  std::int64_t batch = 0;          ///< its value in the model; 0: it has none
  std::optional<std::size_t> features = {}; ///< which of the inputs takes them: the first of floats
  std::optional<std::size_t> labels = {};   ///< which takes labels, where there are two
  std::optional<Normalization> normalization = {}; ///< that the features went through
};

/// Takes mean and deviation of the features over `rows` and normalises all features by them. E0625
/// when no input takes features of floats.
Status normalize(Dataset& data, std::span<const std::int64_t> rows);
/// Features of other rows by the means and deviations of `like`, if it has such.
Status normalize_like(const Dataset& like, Dataset& data);

/// `function` is declared in the model. E0625 when the data do not fit the inputs, E0306 for sizes,
/// and the errors of readers, with line and column where the file has such.
Result<Dataset> load_dataset(const Source& source, const FunctionDoc& function,
                             const DataOptions& options);

} // namespace nnc
