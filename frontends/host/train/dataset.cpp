#include "frontends/host/train/dataset.h"

#include "frontends/model/sizes.h"
#include "ir/messages.h"
#include "runtime/cast.h"
#include "runtime/files/csv.h"
#include "runtime/files/idx.h"
#include "runtime/files/npy.h"
#include "runtime/files/npz.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace nnc {
namespace {

Error data_error(const std::string& file, std::string message, std::string help = {}) {
  return {.code = "E0625", .message = std::move(message), .place = {file}, .help = std::move(help)};
}

/// Loads the files of one run.
class Loader {
public:
  Loader(const Source& source, const FunctionDoc& function, const DataOptions& options)
      : doc_(*source.model()->doc), function_(function), options_(options) {}

  Result<Dataset> run() {
    if (Status error = find_inputs()) return *error;
    if (options_.files.empty()) return data_error({}, "there are no data", "--data FILE");
    if (Status error = read()) return *error;
    for (NamedTensor& input : data_.inputs)
      if (input.tensor.type().shape.empty() || input.tensor.type().shape[0] != data_.rows)
        return data_error(options_.files.back(),
                          fmt::format("input {} has {}, not {} rows", quote(input.name),
                                      to_string(input.tensor.type()), data_.rows));
    if (data_.rows == 0) return data_error(options_.files[0], "there are no rows");
    return std::move(data_);
  }

private:
  Error model_error(Mark mark, std::string message, std::string help = {}) const {
    return {.code = "E0625",
            .message = std::move(message),
            .place = doc_.place(mark),
            .help = std::move(help)};
  }

  // --- the inputs of the model

  Status find_inputs() {
    for (const LeafDoc& leaf : doc_.inputs)
      if (!function_.in ||
          std::ranges::find(*function_.in, leaf.name.text, &NameDoc::text) != function_.in->end())
        inputs_.push_back(&leaf);
    if (inputs_.empty())
      return model_error(function_.name.mark, fmt::format("{} has no inputs that data could feed",
                                                          quote(function_.name.text)));
    for (const LeafDoc* leaf : inputs_) {
      if (leaf->type->shape.empty())
        return model_error(leaf->type->mark, fmt::format("input {} is a scalar; its first axis has "
                                                         "to count rows",
                                                         quote(leaf->name.text)));
      if (leaf->type->shape[0] != inputs_[0]->type->shape[0])
        return model_error(leaf->type->mark,
                           fmt::format("inputs {} and {} count their rows differently",
                                       quote(inputs_[0]->name.text), quote(leaf->name.text)));
    }
    const SizeDoc& first = inputs_[0]->type->shape[0];
    data_.batch_symbol = first.symbol;
    data_.batch = first.symbol.empty() ? first.value : 0;
    bind_sizes();
    features_ = static_cast<std::size_t>(
        std::ranges::find_if(inputs_, [](const LeafDoc* l) { return is_float(l->type->dtype); }) -
        inputs_.begin());
    if (features_ < inputs_.size()) data_.features = features_;
    if (inputs_.size() == 2 && features_ < 2) data_.labels = 1 - features_;
    return std::nullopt;
  }

  void bind_sizes() {
    for (const auto& [name, size] : doc_.sizes) sizes_.set(name.text, size.value);
    for (const auto& [name, size] : function_.sizes) sizes_.set(name.text, size.value);
    for (const auto& [name, size] : options_.sizes) sizes_.set(name, size);
    if (data_.batch_symbol.empty()) return;
    data_.batch = sizes_.find(data_.batch_symbol).value_or(0);
  }

  /// The type of an input that holds all rows.
  Result<Type> type_of(const LeafDoc& leaf) {
    TypeDoc rest = *leaf.type;
    rest.shape.erase(rest.shape.begin());
    auto type = sizes_.resolve(rest, "input " + quote(leaf.name.text));
    if (!type) {
      Error error = type.error();
      error.place = doc_.place(leaf.type->mark);
      return error;
    }
    type->shape.insert(type->shape.begin(), data_.rows);
    return type;
  }

  // --- the files

  Status read() {
    const std::string& path = options_.files[0];
    if (path.ends_with(".npz")) return read_archive(path);
    if (inputs_.size() > 2 || features_ == inputs_.size())
      return model_error(function_.name.mark,
                         fmt::format("{} has {} inputs; this file can only feed one float input "
                                     "and one of labels",
                                     quote(function_.name.text), inputs_.size()),
                         "a .npz file has a tensor for each input, by name");
    data_.inputs.resize(inputs_.size());
    for (std::size_t i = 0; i < inputs_.size(); ++i) data_.inputs[i].name = inputs_[i]->name.text;
    if (path.ends_with(".csv") || path.ends_with(".tsv") || path.ends_with(".txt"))
      return read_table(path);
    return read_tensors();
  }

  Status read_archive(const std::string& path) {
    auto tensors = load_npz(path);
    if (!tensors) return tensors.error();
    std::vector<std::string> known;
    for (const NamedTensor& one : *tensors) known.push_back(one.name);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const std::string& name = inputs_[i]->name.text;
      const auto found = std::ranges::find(*tensors, name, &NamedTensor::name);
      if (found == tensors->end())
        return data_error(path, fmt::format("no tensor {} for the input of that name", quote(name)),
                          fmt::format("the file has {}", fmt::join(known, ", ")));
      if (i == 0 && !found->tensor.type().shape.empty()) data_.rows = found->tensor.type().shape[0];
      data_.inputs.push_back({name, {}});
      if (Status error = give(i, std::move(found->tensor), path, options_.cast)) return error;
    }
    return std::nullopt;
  }

  Status read_table(const std::string& path) {
    CsvOptions csv{.dtype = inputs_[features_]->type->dtype};
    if (path.ends_with(".tsv")) csv.delimiter = '\t';
    if (data_.labels) {
      csv.label_column = static_cast<int>(options_.label_column.value_or(-1));
      csv.label_dtype = inputs_[*data_.labels]->type->dtype;
    } else if (options_.label_column) {
      return unused_labels(path);
    }
    auto table = load_csv(path, csv);
    if (!table) return table.error();
    data_.rows = table->features.type().shape[0];
    if (Status error = give(features_, std::move(table->features), path, false)) return error;
    return data_.labels ? give(*data_.labels, std::move(*table->labels), path, false)
                        : std::nullopt;
  }

  Error unused_labels(const std::string& path) const {
    return data_error(path,
                      fmt::format("{} has no input for a label column", quote(function_.name.text)),
                      "leave --label-column out");
  }

  /// .npy or IDX: features and labels in two files, or a table in one.
  Status read_tensors() {
    std::vector<Tensor> tensors;
    for (const std::string& path : options_.files) {
      auto tensor = path.ends_with(".npy") ? load_npy(path) : load_idx(path);
      if (!tensor) {
        Error error = tensor.error();
        // Any other name is taken for IDX, which has no ending of its own.
        if (error.code == "E0614" && error.help.empty())
          error.help = "data are tables (.csv .tsv .txt), .npz, .npy, or IDX with any other name";
        return error;
      }
      tensors.push_back(std::move(*tensor));
    }
    const auto convert = [&](std::size_t i) {
      return options_.cast || !options_.files[i].ends_with(".npy");
    };
    const std::string& path = options_.files[0];
    if (!tensors[0].type().shape.empty()) data_.rows = tensors[0].type().shape[0];
    if (tensors.size() == inputs_.size()) {
      if (!data_.labels && options_.label_column) return unused_labels(path);
      if (Status error = give(features_, std::move(tensors[0]), path, convert(0))) return error;
      return data_.labels
                 ? give(*data_.labels, std::move(tensors[1]), options_.files[1], convert(1))
                 : std::nullopt;
    }
    if (tensors.size() > 1 || tensors[0].type().rank() != 2)
      return data_error(path,
                        fmt::format("{} needs {} files of data: features and labels",
                                    quote(function_.name.text), inputs_.size()),
                        "--data FEATURES --data LABELS, or a table with a label column");
    return split(std::move(tensors[0]), path);
  }

  /// A column of a table as labels.
  Status split(Tensor table, const std::string& path) {
    const std::int64_t columns = table.type().shape[1];
    const std::int64_t asked = options_.label_column.value_or(-1);
    const std::int64_t column = asked < 0 ? asked + columns : asked;
    if (column < 0 || column >= columns)
      return data_error(path, fmt::format("no column {}: there are {}", asked, columns));
    const DType dtype = table.type().dtype;
    auto features = Tensor::zeros({dtype, {data_.rows, columns - 1}});
    if (!features) return features.error();
    auto labels = Tensor::zeros({dtype, {data_.rows}});
    if (!labels) return labels.error();
    const std::size_t size = dtype_size(dtype), before = static_cast<std::size_t>(column) * size;
    const std::size_t after = static_cast<std::size_t>(columns - 1) * size - before;
    const std::byte* from = table.bytes().data();
    std::byte* to = features->bytes().data();
    for (std::byte* label = labels->bytes().data();
         label < labels->bytes().data() + labels->bytes().size(); label += size) {
      std::memcpy(to, from, before);
      std::memcpy(label, from + before, size);
      std::memcpy(to + before, from + before + size, after);
      from += before + size + after, to += before + after;
    }
    if (Status error = give(features_, std::move(*features), path, options_.cast)) return error;
    // The labels of a table of floats are whole numbers that must be converted.
    return give(*data_.labels, std::move(*labels), path, true);
  }

  /// Checks a tensor against its input and keeps it.
  Status give(std::size_t at, Tensor tensor, const std::string& path, bool convert) {
    const auto type = type_of(*inputs_[at]);
    if (!type) return type.error();
    const std::string what = "input " + quote(inputs_[at]->name.text);
    if (convert && tensor.type().dtype != type->dtype) {
      auto converted = cast(tensor, type->dtype);
      if (!converted) return converted.error();
      tensor = std::move(*converted);
    }
    if (tensor.type().dtype == type->dtype && tensor.type().elements() == type->elements() &&
        !tensor.type().shape.empty() && tensor.type().shape[0] == data_.rows)
      tensor.reshape(type->shape);
    if (Status error = require_type(tensor.type(), *type, what, path)) return error;
    data_.inputs[at].tensor = std::move(tensor);
    return std::nullopt;
  }

  const ModelDoc& doc_;
  const FunctionDoc& function_;
  const DataOptions& options_;
  Sizes sizes_;
  std::vector<const LeafDoc*> inputs_;
  std::size_t features_ = 0; ///< which input takes them
  Dataset data_;
};

} // namespace

Status normalize(Dataset& data, std::span<const std::int64_t> rows) {
  if (!data.features)
    return data_error({}, "there are no features to normalize: no input takes floats");
  NamedTensor& features = data.inputs[*data.features];
  auto made = normalization_of(features.name, features.tensor, rows);
  if (!made) return made.error();
  data.normalization = std::move(*made);
  return data.normalization->apply(features.tensor);
}

Status normalize_like(const Dataset& like, Dataset& data) {
  if (!like.normalization || !data.features) return std::nullopt;
  data.normalization = like.normalization;
  return data.normalization->apply(data.inputs[*data.features].tensor);
}

Result<Dataset> load_dataset(const Source& source, const FunctionDoc& function,
                             const DataOptions& options) {
  return Loader(source, function, options).run();
}

} // namespace nnc
